import LedgerCache
package import LedgerCore

/// Records a person's decision on conflicts of contents.
package enum ResolveWorkflow {
  /// What to keep.
  package enum Keep: Sendable {
    /// What a location has.
    case location(LocationID)
    /// A content, by one of its digests.
    case digest(Digest)
    /// Nothing: the heads are deleted.
    case none
  }

  /// Decides on the conflicts at and below these paths.
  ///
  /// - Returns: the events recorded; they go out with the next sync.
  /// - Throws: `WorkflowError` where a name means no conflict, or where what is to be kept is not
  ///   there; then nothing is recorded.
  package static func run(
    _ open: OpenLocation, paths: [LibraryPath], keep: Keep
  ) async throws -> [Event] {
    var facts: [CausedFact] = []
    for path in paths {
      var found: [PathState] = []
      try open.cache.paths(under: [path]) { state in
        if !state.conflicts.isEmpty || state.heads.count > 1 { found.append(state) }
      }
      guard !found.isEmpty else {
        throw WorkflowError(
          .notFound, "There is no conflict at \(path). Nothing was recorded.",
          hint: "ledger status lists conflicts.")
      }
      for state in found {
        facts.append(CausedFact(.resolved(state.path, keep: try digest(state, keep, open))))
      }
    }
    return try await open.record(facts, since: open.file.scannedSeen)
  }

  private static func digest(
    _ state: PathState, _ keep: Keep, _ open: OpenLocation
  ) throws -> Digest? {
    switch keep {
    case .none: return nil
    case .digest(let digest):
      let known = state.copies.values.contains { $0.file.content.digests.contains(digest) }
      guard known else {
        throw WorkflowError(
          .notFound, "No location has \(digest) at \(state.path). Nothing was recorded.",
          hint: "ledger ls --json \(state.path) shows what each has.")
      }
      return digest
    case .location(let location):
      guard let copy = state.copies[location], copy.version != nil else {
        throw WorkflowError(
          .notFound, "\(location) has no file at \(state.path). Nothing was recorded.",
          hint: "ledger ls \(state.path) shows who has one.")
      }
      return copy.file.content.digest
    }
  }
}
