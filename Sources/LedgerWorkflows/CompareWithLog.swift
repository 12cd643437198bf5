import LedgerCache
import LedgerCore

extension OpenLocation {
  /// Every `replay-days` compares the cache with a replay of the whole log, and makes it anew where it
  /// differs.
  ///
  /// - Returns: that it differed, for a person.
  mutating func compareWithLog() throws -> Attention? {
    let days = try cache.context().settings.ledger.replayDays
    guard days > 0 else { return nil }
    let now = outside.clock.now()
    guard let last = file.replayedAt else {
      // A cache that was just made needs no comparison.
      file.replayedAt = now
      try saveFile()
      return nil
    }
    // Also where the clock went back that far.
    guard abs(now.milliseconds - last.milliseconds) >= Int64(days) * 86_400_000 else { return nil }
    outside.progress(.step("replaying the log"))
    let replay = try repository.replayAll(own: location, memory: outside.memory)
    let report = try ReplayWorkflow.run(
      replay, comparing: self, progress: outside.progress, line: { _ in })
    outside.progress(.done)
    var found: Attention?
    if report.cache == .differs {
      try rebuildCache(from: replay)
      found = Attention(
        reason: "cache", path: [],
        detail: "the cache differed from the log at \(Count.text(report.differences)) path"
          + "\(report.differences == 1 ? "" : "s"), and was made anew; the log is whole",
        waits: false)
    }
    file.replayedAt = now
    try saveFile()
    return found
  }
}
