import LedgerCache
package import LedgerCore
import LedgerFormat
import LedgerGit

/// How the library stands.
package struct StatusReport: Sendable {
  /// A deletion that waits for a person.
  package struct Pending: Sendable {
    /// The deletion, where, and when it was recorded.
    package let deletion: Deletion
    package let path: LibraryPath
    package let at: Instant
  }

  /// A location in numbers.
  package struct Location: Sendable {
    /// Its name and settings, what it holds, and when it was last heard of.
    package let name: LocationID
    package let settings: LocationSettings
    package let fileCount: Int
    package let byteCount: Int64
    package let lastEvent: Instant?
    package let lastScan: Instant?
  }

  /// How many paths are in each condition.
  package var counts: [PathCondition: Int] = [:]
  /// How many partial paths have been so for longer than the ledger's patience.
  package var overdueCount = 0
  /// The deletions that wait for a person, by path.
  package var pending: [Pending] = []
  /// What else a person should look at.
  package var attention: [Attention] = []
  /// The locations, by name.
  package var locations: [Location] = []
  /// The commits that the state includes.
  package var heads: [String: String] = [:]

  /// Whether something waits for a person.
  package var waits: Bool { !pending.isEmpty || attention.contains(where: \.waits) }

  /// How it stands in one sentence.
  package var verdict: String {
    let total = counts.values.reduce(0, +)
    let files = total - (counts[.deleted] ?? 0)
    if !pending.isEmpty {
      return pending.count == 1
        ? "1 deletion waits for you." : "\(pending.count) deletions wait for you."
    }
    if let conflicts = counts[.conflict], conflicts > 0 {
      return conflicts == 1 ? "1 conflict waits for you." : "\(conflicts) conflicts wait for you."
    }
    if let lost = counts[.lost], lost > 0 {
      return "\(lost == 1 ? "1 file is" : "\(lost) files are") at no location any more."
    }
    if total == 0 { return "Nothing is recorded yet: run ledger sync." }
    let away = (counts[.new] ?? 0) + (counts[.partial] ?? 0) + (counts[.deleting] ?? 0)
    if away == 0 {
      return files == 1
        ? "The one file is where it should be."
        : "All \(files) files are where they should be."
    }
    return away == 1
      ? "1 file is on its way to where it should be." : "\(away) files are on their way."
  }
}

/// `ledger status`, from the cache.
package enum StatusWorkflow {
  /// Reads how the library stands.
  package static func run(_ open: OpenLocation) throws -> StatusReport {
    var report = StatusReport()
    let context = try open.cache.context()
    report.counts = try open.cache.counts()
    report.heads = try open.cache.heads()
    report.locations = try locations(open, context)
    report.overdueCount = try overdueCount(open, context)
    let held = Set(open.file.held)
    for state in try open.cache.work(for: open.location) {
      for conflict in state.conflicts {
        report.attention.append(conflict.attention(at: state.path))
      }
      if state.condition == .lost {
        report.attention.append(
          Attention(
            reason: "lost", path: state.path.bytes, detail: "no location has a copy any more",
            waits: false))
      }
      let proposals = Set(state.proposals.map(\.id))
      for deletion in state.deletions.values.sorted(by: { $0.id < $1.id }) {
        let isHeldByRule = deletion.hold != nil && state.applying.values.contains(deletion.id)
        let isAsked = proposals.contains(deletion.id)
        guard deletion.decision == .pending,
          held.contains(deletion.id) || isHeldByRule || isAsked
        else { continue }
        let at = try open.cache.event(deletion.id)?.event.at ?? Instant(milliseconds: 0)
        report.pending.append(.init(deletion: deletion, path: state.path, at: at))
      }
    }
    for problem in try open.cache.problems() {
      report.attention.append(
        Attention(
          reason: problem.kind == .settings ? "settings" : "malformed", path: [],
          detail: "\(problem.subject): \(problem.detail)", waits: false))
    }
    return report
  }

  /// How the library stood in a past state: what only this machine knows is left out.
  package static func past(_ replay: FullReplay) -> StatusReport {
    var report = StatusReport()
    report.heads = replay.heads
    for path in replay.state.sortedPaths {
      guard let state = replay.state.paths[path] else { continue }
      report.counts[state.condition, default: 0] += 1
      report.attention += state.conflicts.map { $0.attention(at: path) }
    }
    report.locations = replay.state.context.locations.map { name in
      let files = replay.state.paths.values.compactMap { state -> FileFact? in
        state.copies[name].flatMap { $0.version == nil ? nil : $0.file }
      }
      return StatusReport.Location(
        name: name, settings: replay.state.settings[name], fileCount: files.count,
        byteCount: files.reduce(0) { $0 + $1.content.byteCount }, lastEvent: nil, lastScan: nil)
    }
    return report
  }

  private static func locations(
    _ open: OpenLocation, _ context: ReplayContext
  ) throws -> [StatusReport.Location] {
    let totals = try open.cache.locationTotals()
    let latest = try open.cache.latestInstants()
    return try context.locations.map { name in
      let record = try open.repository.readBlobRef(of: name).flatMap { SeenRecord($0) }
      return StatusReport.Location(
        name: name, settings: context.settings[name], fileCount: totals[name]?.files ?? 0,
        byteCount: totals[name]?.bytes ?? 0, lastEvent: latest[name],
        lastScan: name == open.location ? open.file.scannedAt : record?.scanned)
    }
  }

  /// When a path last changed in any way, by the instants of its events.
  package static func isOverdue(
    _ state: PathState, _ open: OpenLocation, _ context: ReplayContext
  ) throws -> Bool {
    guard state.condition == .partial else { return false }
    let events = try open.cache.history(of: state.path).events
    guard let last = events.map(\.event.at).max() else { return false }
    let now = open.outside.clock.now().milliseconds
    return now - last.milliseconds > context.settings.ledger.patienceSeconds * 1_000
  }

  private static func overdueCount(_ open: OpenLocation, _ context: ReplayContext) throws -> Int {
    var count = 0
    try open.cache.paths(condition: .partial) { state in
      if try isOverdue(state, open, context) { count += 1 }
    }
    return count
  }
}
