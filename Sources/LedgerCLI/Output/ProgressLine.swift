import LedgerWorkflows
import Synchronization

/// One line on a terminal's standard error that says how far long work has come.
final class ProgressLine: Sendable {
  private struct Shown {
    var isThere = false
    var startedAt: ContinuousClock.Instant?
    var last: ContinuousClock.Instant?
  }

  private let shown = Mutex(Shown())

  /// Shows progress; silent unless standard error is a terminal.
  func show(_ progress: Progress) {
    if case .trouble(let words) = progress {
      show(.done)
      Terminal.complain(words)
    }
    guard Terminal.showsProgress else { return }
    let now = ContinuousClock.now
    let text: String? = shown.withLock { shown in
      switch progress {
      case .trouble: return nil
      case .done:
        let isThere = shown.isThere
        shown = Shown()
        return isThere ? "\r\u{1b}[K" : nil
      case .step(let step):
        shown.isThere = true
        return "\r\u{1b}[K\(step) …"
      case .share(let step, let share):
        let start = shown.startedAt ?? now
        shown.startedAt = start
        if let last = shown.last, now - last < .milliseconds(100) { return nil }
        shown.last = now
        shown.isThere = true
        let percent = "\r\u{1b}[K\(step), \(Int(share * 100)) %"
        // Of less nothing can be said.
        guard share >= 0.01 else { return percent }
        return "\(percent), \(Int((now - start) / .seconds(1) * (1 - share) / share)) s left"
      case .hashing(let files, let bytes, let totalFiles, let totalBytes):
        let start = shown.startedAt ?? now
        shown.startedAt = start
        if let last = shown.last, now - last < .milliseconds(100) { return nil }
        shown.last = now
        shown.isThere = true
        if totalBytes == 0 { return "\r\u{1b}[K\(totalFiles) files seen" }
        // A little longer than nothing, as the first piece may come at once.
        let rate = Double(bytes) / ((now - start) / .seconds(1) + 0.001)
        let left = rate > 0 ? Double(totalBytes - bytes) / rate : 0
        return "\r\u{1b}[K\(files) of \(totalFiles) files, \(Text.bytes(bytes)) of "
          + "\(Text.bytes(totalBytes)), \(Text.bytes(Int64(rate)))/s, \(Int(left)) s left"
      }
    }
    if let text { Terminal.progress(text) }
  }
}
