import LedgerCore
import LedgerGit

/// What the hub said.
package struct HubAnswer: Sendable {
  /// Whether the hub has batches of this location that the clone lacked: the machine came back from
  /// an older copy.
  package let isBehind: Bool
  /// Why it could not be reached, in git's and ssh's own words.
  package let trouble: String?
}

extension OpenLocation {
  /// Fetches what the hub has, as every run does before it appends; one that can't be reached is no
  /// error.
  ///
  /// - Throws: `WorkflowError` where the hub lost history or another machine writes as this location.
  package mutating func askHub() async throws -> HubAnswer {
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
    return HubAnswer(isBehind: try adoptOwnStream(), trouble: trouble)
  }

  /// Takes over batches of this location that the hub has and the clone lacks; true where there were
  /// any.
  package func adoptOwnStream() throws -> Bool {
    guard let hub = try repository.hubHead(of: location) else { return false }
    guard let own = try repository.heads(own: location).heads[location] else {
      _ = try repository.adoptStream(of: location)
      return true
    }
    if own == hub { return false }
    if try repository.isAncestor(hub, of: own) { return false }
    guard try repository.isAncestor(own, of: hub) else {
      throw WorkflowError(
        .twoWriters,
        "Another machine has written as \(location) too: the hub's stream and this clone's "
          + "have parted. Nothing was touched.",
        hint: "Use one machine for a location; join the other one under a name of its own.")
    }
    _ = try repository.adoptStream(of: location)
    return true
  }
}
