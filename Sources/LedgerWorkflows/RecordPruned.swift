import LedgerCache
package import LedgerCore
import LedgerStorage

extension OpenLocation {
  /// Records as `pruned` what a script removed itself. Nothing else that changed here is recorded: the
  /// next scan does that.
  ///
  /// - Parameter names: paths or folders, all of whose files must be gone.
  /// - Returns: the events, and what a person should hear of.
  /// - Throws: `WorkflowError` where one is still there, or where the scan can't be believed.
  package func recordPruned(
    _ names: [String], consent: ScanConsent
  ) async throws -> (recorded: [Event], attention: [Attention]) {
    if let fault = try await storageFault() {
      throw WorkflowError(.unhealthy, "\(fault) Nothing was recorded.", hint: "Mount its disk.")
    }
    if storage.needsSecondScan {
      // Who removed them says so: one listing that lacks them too is enough.
      let named = try names.flatMap { try presentPaths(named: $0) }
      try keepMissing(try readMissing().union(named).sorted(), isNews: false)
    }
    let scanned = try await scan(consent)
    if let missing = scanned.missing {
      try keepMissing(missing, isNews: scanned.newlyMissingCount > 0)
    }
    if let halt = scanned.detection.halts.first {
      throw WorkflowError(.unhealthy, "\(halt.text) Nothing was recorded.")
    }
    guard scanned.result.observation.isComplete else {
      throw WorkflowError(
        .unhealthy, "Not all of \(paths.home) could be listed, so nothing there counts as gone.",
        hint: "ledger scan says what could not be read.")
    }
    var gone: [LibraryPath: FileFact] = [:]
    for fact in scanned.detection.facts where fact.cause == nil {
      switch fact.fact {
      case .deleted(let file, _), .pruned(let file): gone[file.path] = file
      default: break
      }
    }
    var facts: [LibraryPath: CausedFact] = [:]
    for name in names {
      for path in try presentPaths(named: name) {
        guard let file = gone[path] else { throw stillThere(path, scanned) }
        let media = try cache.state(of: path)?.copies[location]?.file.media ?? file.media
        facts[path] = CausedFact(
          .pruned(FileFact(path: path, media: media, content: file.content)))
      }
    }
    let recorded = try await record(
      facts.keys.sorted().compactMap { facts[$0] }, since: file.scannedSeen)
    if !facts.isEmpty { try cache.updateFiles(upsert: [], remove: facts.keys.sorted()) }
    let lost = try facts.keys.sorted().filter { try cache.state(of: $0)?.condition == .lost }
    return (
      recorded,
      lost.map {
        Attention(
          reason: "lost", path: $0.bytes, detail: "no location has a copy any more", waits: false)
      }
    )
  }

  // The files that the ledger has here at or below a name; none where they are pruned already.
  private func presentPaths(named name: String) throws -> [LibraryPath] {
    let path = try libraryPath(name)
    var found: [LibraryPath] = []
    var isKnown = false
    try cache.paths(under: [path]) { state in
      guard let copy = state.copies[location] else { return }
      if copy.version != nil { found.append(state.path) }
      if copy.version != nil || copy.standing == .pruned { isKnown = true }
    }
    guard isKnown else {
      throw WorkflowError(
        .notFound,
        "\(name.debugDescription) never was here, as far as the ledger knows. Nothing was recorded.",
        hint: "ledger ls --location \(location) lists what is here.")
    }
    return found
  }

  private func stillThere(_ path: LibraryPath, _ scanned: Scanned) -> WorkflowError {
    let name = String(describing: path).debugDescription
    return here(path, scanned) != nil
      ? WorkflowError(
        .blocked, "\(name) is still there. Nothing was recorded.",
        hint: "Without --record-only, ledger prune makes room of it where that is safe.")
      : WorkflowError(
        .blocked, "\(name) was not removed, it has another name now. Nothing was recorded.",
        hint: "ledger scan records that.")
  }
}
