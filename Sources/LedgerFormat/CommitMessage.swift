package import LedgerCore

/// The message of a batch's commit: what `git log` shows.
package enum CommitMessage {
  private static let order = [
    "added", "changed", "renamed", "deleted", "pruned", "restored", "damaged", "identified",
    "approved", "rejected", "resolved", "declared", "configured",
  ]

  /// `desk: 3 added, 1 deleted`, then the trailers.
  package static func text(of batch: Batch) -> String {
    var counts: [String: Int] = [:]
    for event in batch.events { counts[event.fact.type, default: 0] += 1 }
    let known = order.filter { counts[$0] != nil }
    let unknown = counts.keys.filter { !order.contains($0) }.sorted()
    let what = (known + unknown).map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", ")
    let header = batch.header
    return """
      \(header.location.name): \(what)

      Ledger-Batch: \(header.location.name):\(header.first)-\(header.last)
      Ledger-Version: \(header.version)

      """
  }
}
