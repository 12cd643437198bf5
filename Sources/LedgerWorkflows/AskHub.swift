import LedgerCore
import LedgerFormat
package import LedgerGit

extension OpenLocation {
  /// Fetches what the hub has, as every run does before it appends; one that can't be reached is no
  /// error.
  ///
  /// - Returns: that it can't be reached, and why, in git's and ssh's own words.
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
          hint: "This clone still has everything that it ever had: ledger hub repair gives it back."
        )
      }
      hasAskedHub = true
    } catch let error as GitProgramError where error.kind == .unreachable {
      trouble = error.hubTrouble
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
      throw try twoWriters(own, hub)
    }
    try keepCameBack()
    _ = try repository.adoptStream(of: location)
  }

  /// What two machines have written as this location, in words.
  func twoWriters(_ own: CommitID, _ hub: CommitID) throws -> WorkflowError {
    let (here, there) = try repository.parting(of: location, own, hub)
    return WorkflowError(
      .twoWriters,
      "Two machines have written as \(location): \(Self.writer(there)) on the hub, "
        + "\(Self.writer(here)) here. Both are kept, and nothing was touched.",
      hint:
        "If this machine is to go on as \(location), run ledger join \(file.hub) --as \(location) "
        + "--take-over \(paths.home): what was recorded here goes on behind the other's. Else join "
        + "it under a name of its own.")
  }

  private static func writer(_ files: BatchFiles) -> String {
    let headers = files.blobs.compactMap { blob -> BatchHeader? in
      guard case .valid(let batch) = BatchFile.decode(blob.bytes, name: blob.name) else {
        return nil
      }
      return batch.header
    }
    guard let first = headers.first, let last = headers.last else { return "somebody" }
    let from = InstantText.encode(first.at)
    let to = first == last ? "" : " to \(InstantText.encode(last.at))"
    return "\(first.host) (events \(first.first) to \(last.last), \(from)\(to))"
  }
}

extension GitProgramError {
  /// What a person reads after "The hub" where the trouble is the hub's, so that what is new waits for
  /// the next run; nil where it is not.
  package var hubTrouble: String? {
    switch kind {
    case .unreachable: "can't be reached: \(brief)"
    case .unwritable: "could not write what is new: \(brief)"
    case .rejected, .unusable, .other: nil
    }
  }
}
