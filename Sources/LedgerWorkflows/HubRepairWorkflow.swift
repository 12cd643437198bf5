import LedgerCore
package import LedgerGit

/// What a repair of the hub came to.
package struct HubRepair: Sendable {
  /// Whether an empty hub was made.
  package var isMade = false
  /// What the hub has again, by branch.
  package var pushed: [String] = []
  /// What it refused, by branch, and why.
  package var refused: [(name: String, why: String)] = []
  /// Branches that it has rewritten.
  package var parted: [RewoundBranch] = []
  /// Whether the hub's `main` alone had parted from the clone's, which follows it now: with every stream
  /// there, the next sync merges what it lacks.
  package var hasFollowedMain = false
  /// Its address.
  package var hub = ""
}

/// Gives a hub that lost history back what this clone has, and fills a new and empty one.
package enum HubRepairWorkflow {
  /// Pushes what the hub lacks: this location's stream, and those of others where the key may.
  ///
  /// - Parameter address: another hub that is to take the place of this location's; nil: the same.
  /// - Throws: `WorkflowError`, `HubProblem`, `GitProgramError`; then no ref of the clone has moved.
  package static func run(
    _ open: inout OpenLocation, hub address: String?, folder: String
  ) async throws -> HubRepair {
    let text = address ?? open.file.hub
    let hub = try InitWorkflow.address(text, folder)
    if case .local(let path) = hub.place, "\(path)/".hasPrefix("\(open.paths.home)/") {
      throw WorkflowError(
        .usage, "The hub \(path) would be inside \(open.paths.home). Nothing was done.",
        hint: "Name a folder outside those that hold photos.")
    }
    let host = HubHost(hub, environment: open.git.environment)
    var repair = HubRepair()
    repair.hub = hub.text
    open.outside.progress(.step("asking the hub"))
    var there: [String: CommitID]
    do {
      there = try await open.git.refs(at: hub.text)
    } catch let error as GitProgramError where error.kind == .unreachable {
      // No repository there, or a host that does not answer: then this fails too.
      repair.isMade = try await host.makeIfMissing()
      there = try await open.git.refs(at: hub.text)
    }
    if there.isEmpty { try await host.installTemplate() }
    let heads = try open.repository.heads(own: open.location).heads
    let difference = try await open.git.difference(at: hub.text, refs: there, heads: heads)
    repair.parted = difference.parted
    // A key without a shell there can't look, and need not.
    if let old = try? await host.outdatedFiles(), !old.isEmpty {
      try await host.installTemplate(isNew: there.isEmpty)
    }
    try await push(difference, of: open, &repair)
    if repair.refused.isEmpty, repair.parted.isEmpty, let main = there["refs/heads/main"],
      try open.repository.followMain(main)
    {
      repair.hasFollowedMain = true
    }
    let isOwnThere = !repair.refused.contains { $0.name == open.location.name || $0.name == "main" }
    if hub.text != open.file.hub, isOwnThere, repair.parted.isEmpty {
      try await open.git.setHub(hub)
      open.file.hub = hub.text
      try open.saveFile()
    }
    open.outside.progress(.done)
    return repair
  }

  private static func push(
    _ difference: HubDifference, of open: OpenLocation, _ repair: inout HubRepair
  ) async throws {
    // A stream stands on the ledger's first commit and `main` on the streams: one after the other.
    let (mains, streams) = (
      difference.missing.filter { $0.ref == "refs/heads/main" },
      difference.missing.filter { $0.ref != "refs/heads/main" }
    )
    let isNew =
      mains.count > 1 || (mains.count == 1 && difference.missing.first?.ref == mains[0].ref)
    let first = isNew ? Array(mains.prefix(1)) : []
    for refs in [first, streams, Array(mains.dropFirst(first.count))] where !refs.isEmpty {
      open.outside.progress(.step("pushing to the hub"))
      let (results, words) = try await open.git.push(refs, to: repair.hub)
      for (ref, _) in refs {
        let name = String(ref.dropFirst(11))
        switch results[ref] {
        case .landed, .upToDate:
          if !repair.pushed.contains(name) { repair.pushed.append(name) }
        case .refused(let why): repair.refused.append((name, HubWords.reason(why, words, ref)))
        case nil: repair.refused.append((name, words))
        }
      }
    }
  }
}

/// What a hub says to a push.
package enum HubWords {
  /// The reason in one line: the hook's own where there is one.
  package static func reason(_ why: String, _ words: String, _ ref: String) -> String {
    let mark = "ledger: refused \(ref): "
    for line in words.split(whereSeparator: \.isNewline) {
      guard let start = line.firstRange(of: mark) else { continue }
      return String(line[start.upperBound...]).trimmingSpaces
    }
    return why
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
