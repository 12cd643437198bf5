import LedgerCore
import LedgerGit

extension OpenLocation {
  /// Fetches what the hub has, as every run does before it appends; one that can't be reached is no
  /// error.
  ///
  /// - Returns: why it could not be reached, in git's and ssh's own words.
  /// - Throws: `WorkflowError` where the hub lost history or another machine writes as this location.
  package mutating func askHub() async throws -> String? {
    var trouble: String?
    outside.progress(.step("fetching from the hub"))
    do {
      if case .rewound(let branches) = try await git.fetch() {
        let names = branches.map(\.name).joined(separator: ", ")
        throw WorkflowError(
          .hubRewound,
          "The hub lost or rewrote history of \(names). Nothing was merged or touched.",
          hint: "Look at the hub; this clone still has everything that it ever had.")
      }
      hasAskedHub = true
    } catch let error as GitProgramError where error.kind == .unreachable {
      trouble = error.brief
    }
    outside.progress(.done)
    try adoptOwnStream()
    return trouble
  }

  /// Takes over batches of this location that the hub has and the clone lacks: the machine came back
  /// from an older copy.
  package func adoptOwnStream() throws {
    guard let hub = try repository.hubHead(of: location) else { return }
    guard let own = try repository.heads(own: location).heads[location] else {
      try keepCameBack()
      _ = try repository.adoptStream(of: location)
      return
    }
    if own == hub { return }
    if try repository.isAncestor(hub, of: own) { return }
    guard try repository.isAncestor(own, of: hub) else {
      throw WorkflowError(
        .twoWriters,
        "Another machine has written as \(location) too: the hub's stream and this clone's "
          + "have parted. Nothing was touched.",
        hint: "Use one machine for a location; join the other one under a name of its own.")
    }
    try keepCameBack()
    _ = try repository.adoptStream(of: location)
  }
}
