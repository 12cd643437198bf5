import LedgerCache
package import LedgerCore

/// Records a person's decision on deletions.
package enum DecideWorkflow {
  /// A deletion that nobody has decided on.
  package struct Candidate: Sendable {
    /// The deletion.
    package let deletion: Deletion
    /// Where.
    package let path: LibraryPath
  }

  /// The undecided deletions that some location has still to carry out, or that are in conflict, in
  /// the order of their paths.
  package static func candidates(in open: OpenLocation) throws -> [Candidate] {
    var found: [Candidate] = []
    try open.cache.paths { state in
      let concerned = Set(state.applying.values).union(state.conflicts.compactMap(\.deletion))
      let asked = state.proposals.map(\.id)
      for id in concerned.union(asked).sorted() {
        guard let deletion = state.deletions[id], deletion.decision == .pending else { continue }
        found.append(Candidate(deletion: deletion, path: state.path))
      }
    }
    return found
  }

  /// Decides on deletions by id, path, folder, or all.
  ///
  /// - Returns: the events recorded; they go out with the next sync.
  /// - Throws: `WorkflowError` where a name means no pending deletion; then nothing is recorded.
  package static func run(
    _ open: OpenLocation, names: [String], all: Bool, approves: Bool
  ) throws -> [Event] {
    try open.catchUp()
    let candidates = try candidates(in: open)
    var chosen: Set<EventID> = all ? Set(candidates.map(\.deletion.id)) : []
    for name in names {
      let fitting = candidates.filter { candidate in
        candidate.deletion.id.description == name
          || candidate.path.isNamed(by: name)
      }
      guard !fitting.isEmpty else {
        throw WorkflowError(
          .notFound,
          "No pending deletion is called \(name.debugDescription). Nothing was recorded.",
          hint: "ledger status lists them.")
      }
      chosen.formUnion(fitting.map(\.deletion.id))
    }
    guard !chosen.isEmpty else { return [] }
    let targets = chosen.sorted()
    var facts: [CausedFact] = []
    for start in stride(from: 0, to: targets.count, by: 1_000) {
      let part = Array(targets[start..<min(start + 1_000, targets.count)])
      facts.append(CausedFact(approves ? .approved(part) : .rejected(part)))
    }
    return try open.record(facts, since: open.file.scannedSeen)
  }
}
