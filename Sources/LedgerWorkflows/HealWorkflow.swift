import LedgerCache
package import LedgerCore
import LedgerStorage

/// Puts the right bytes in the place of files that were found damaged, from a folder that has them.
package enum HealWorkflow {
  /// What came of it.
  package struct Result: Sendable {
    /// The files that are whole again.
    package var healed: [LibraryPath] = []
    /// What was recorded.
    package var recorded: [Event] = []
    /// What could not be done, for a person.
    package var attention: [Attention] = []
  }

  /// The folder that a person means: a location of this machine by its name, or a path.
  ///
  /// - Throws: `WorkflowError` where there is none.
  package static func folder(named name: String, from start: String, _ open: OpenLocation) throws
    -> String
  {
    let joined = Registry.joined(in: open.outside).first {
      $0.ledger == open.file.ledger && $0.location.name == name
    }
    let path = joined?.root ?? (name.hasPrefix("/") ? name : "\(start)/\(name)")
    guard let real = StateFolder.resolve(path) else {
      throw WorkflowError(
        .notFound,
        "There is no location \(name.debugDescription) on this machine and no folder "
          + "\(path). Nothing was changed.",
        hint: "Give the folder where the right bytes are, mounted here if it is another machine's.")
    }
    return real
  }

  /// The damaged files here that the names mean; all where there are none.
  ///
  /// - Throws: `WorkflowError` where a name means no damaged file.
  package static func damaged(_ open: OpenLocation, names: [String]) throws -> [PathState] {
    var found: [PathState] = []
    try open.cache.paths { state in
      if state.copies[open.location]?.damage != nil { found.append(state) }
    }
    for name in names where !found.contains(where: { $0.path.isNamed(by: name) }) {
      throw WorkflowError(
        .notFound,
        "\(name.debugDescription) is no file that was found damaged here. Nothing was "
          + "changed.", hint: "ledger verify finds damage.")
    }
    guard !names.isEmpty else { return found }
    return found.filter { state in names.contains { state.path.isNamed(by: $0) } }
  }

  /// Puts the right bytes in place; the damaged file goes to the trash.
  package static func run(
    _ open: OpenLocation, _ states: [PathState], from folder: String
  ) async throws -> Result {
    let home = try open.folder(
      for: "only a folder's files can be replaced",
      instead: "Move the damaged file away there, and copy the right one in.")
    var result = Result()
    try home.finishHealings()
    var source = try FolderStorage(root: folder, location: FolderStorage.nobody)
    // Any other folder has the library's own paths.
    source.map =
      Registry.joined(in: open.outside).first { $0.root == folder && $0.place == .folder }?.map
      ?? PathMap.none
    let files = Dictionary(
      try open.cache.knownFiles().map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    let causes = try open.cache.events(of: open.location, after: 0, types: ["damaged"])
    let last = try open.cache.numbers()[open.location]
    let now = open.outside.clock.now().milliseconds / 1_000
    var facts: [CausedFact] = []
    var moved: [KnownFile] = []
    for state in states {
      guard let copy = state.copies[open.location], let damage = copy.damage,
        let version = copy.version, let file = files[state.path],
        let cause = causes.last(where: { $0.event.fact.file?.path == state.path })
      else { continue }
      let path = open.spelling(file.diskBytes, of: state.path)
      let healing = Healing(
        found: Content(digest: damage, also: [], byteCount: file.stamp.byteCount),
        right: copy.file.content, source: source,
        sourcePath: source.map.place(of: state.path).bytes, cause: cause.id, after: last, now: now)
      switch home.heal(path, healing) {
      case .done(let stamp):
        result.healed.append(state.path)
        let whole = FileFact(
          path: state.path, media: copy.file.media, content: copy.file.content,
          modified: stamp.modified)
        facts.append(CausedFact(.added(whole), cause: version))
        moved.append(
          KnownFile(
            path: state.path, content: copy.file.content, stamp: stamp,
            hashedAt: FileTime(seconds: now, nanoseconds: 0), diskBytes: file.diskBytes))
      case let outcome:
        result.attention.append(
          Attention(
            reason: "damaged", path: state.path.bytes,
            detail: "not replaced: \(RestoreWorkflow.describe(outcome))", waits: true))
      }
    }
    result.recorded = try await open.record(facts, since: open.file.scannedSeen)
    try open.cache.updateFiles(upsert: moved, remove: [])
    return result
  }
}
