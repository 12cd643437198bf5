package import LedgerCore

/// The end of a stream that another repository has not got.
package struct UnsentBatches: Hashable, Sendable {
  /// The last commit that both have; the ledger's first commit where the other has none of it.
  package let base: CommitID
  /// The batch files after it, in the order of their numbers.
  package let blobs: [BatchBlob]
}

extension LedgerRepository {
  /// What this clone holds of its location's own stream and `other` lacks; nil if that is nothing.
  /// - Throws: `GitError` for an object that is missing or damaged here.
  package func unsent(
    of location: LocationID, beyond other: LedgerRepository
  ) throws(GitError) -> UnsentBatches? {
    guard let head = try target(of: "refs/heads/\(location.name)") else { return nil }
    let theirs = try other.target(of: "refs/heads/\(location.name)")
    var base = head
    var commits: [CommitID] = []
    // Its objects alone say nothing: `main` may still merge what its stream has lost.
    while try !isInStream(base, of: theirs, in: other) {
      commits.append(base)
      guard let parent = try parents(of: base).first else {
        throw GitError(call: "unsent", message: "\(other.path) belongs to another ledger")
      }
      base = parent
    }
    if commits.isEmpty { return nil }
    // Only what each commit has written itself is read: older objects may be what is damaged.
    var blobs: [BatchBlob] = []
    for commit in commits.reversed() {
      if let blob = try lastBatch(of: location, at: commit) { blobs.append(blob) }
    }
    return UnsentBatches(base: base, blobs: blobs)
  }

  private func isInStream(
    _ commit: CommitID, of head: CommitID?, in other: LedgerRepository
  ) throws(GitError) -> Bool {
    guard try other.contains(commit) else { return false }
    // Asked there, as here the object may be what is damaged.
    if try other.parents(of: commit).isEmpty { return true }
    guard let head else { return false }
    return try other.isAncestor(commit, of: head)
  }

  /// The batches of two commits of a stream that the other has not, by the last commit that both
  /// stand on: what two machines have written as one location.
  /// - Throws: `GitError` for an object that is missing.
  package func parting(
    of location: LocationID, _ one: CommitID, _ two: CommitID
  ) throws(GitError) -> (one: BatchFiles, two: BatchFiles) {
    var below: Set<CommitID> = [two]
    var id = two
    while let parent = try parents(of: id).first {
      below.insert(parent)
      id = parent
    }
    id = one
    while !below.contains(id), let parent = try parents(of: id).first { id = parent }
    return (
      try batchFiles(of: location, from: id, to: one),
      try batchFiles(of: location, from: id, to: two)
    )
  }
}
