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
    /// Why it waits.
    package let reason: PendingReason
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
    /// When it last said what it knows, and how many events it had not heard of then.
    package let heardAt: Instant?
    package let unheardCount: Int64
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

  /// How deletions are let through, and after how many seconds a partial path is overdue.
  package var policy = DeletionPolicy.over(25)
  package var patienceSeconds: Int64 = 0
  /// When it was asked.
  package var now = Instant(milliseconds: 0)
  /// When the location that was asked last scanned to the end.
  package var scannedAt: Instant?
  /// The location that was asked, where it has left the ledger.
  package var retiredHere: LocationID?
  /// Whether events were recorded here that the hub has not got.
  package var isUnsent = false
  /// Whether this tells a past state, of which nothing can be decided any more.
  package var isPast = false

  /// Whether something waits for a person.
  package var waits: Bool { !pending.isEmpty || attention.contains(where: \.waits) }
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
    report.policy = context.settings.ledger.deletions
    report.patienceSeconds = context.settings.ledger.patienceSeconds
    report.now = open.outside.clock.now()
    report.scannedAt = open.file.scannedAt
    report.retiredHere = context.settings[open.location].isRetired ? open.location : nil
    report.isUnsent =
      try open.repository.heads(own: open.location).heads[open.location]
      != open.repository.hubHead(of: open.location)
    report.attention = open.file.noticed
    let overdue = try Overdue(open.cache, context, now: report.now)
    try open.cache.paths(condition: .partial) { state in
      if try overdue.isOverdue(state) { report.overdueCount += 1 }
    }
    let work = try open.cache.work(for: open.location)
    for state in work { report.attention += attention(state) }
    report.pending = try pending(open, work, policy: report.policy)
    report.attention += problems(try open.cache.problems())
    return report
  }

  private static func pending(
    _ open: OpenLocation, _ work: [PathState], policy: DeletionPolicy
  ) throws -> [StatusReport.Pending] {
    // What only other places have to carry out is no work here, but any place may decide on it.
    var states = Dictionary(work.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    try open.cache.paths(condition: .deleting) { states[$0.path] = $0 }
    let held = Set(open.file.held)
    var pending: [StatusReport.Pending] = []
    for path in states.keys.sorted() {
      for (deletion, reason) in states[path]?.waiting(held: held, policy: policy) ?? [] {
        let at = try open.cache.event(deletion.id)?.event.at ?? Instant(milliseconds: 0)
        pending.append(.init(deletion: deletion, path: path, at: at, reason: reason))
      }
    }
    return pending
  }

  private static func attention(_ state: PathState) -> [Attention] {
    guard state.condition == .lost else { return state.attention }
    return state.attention + [
      Attention(
        reason: "lost", path: state.path.bytes, detail: "no location has a copy any more",
        waits: false)
    ]
  }

  private static func problems(_ problems: [Problem]) -> [Attention] {
    problems.map { problem in
      Attention(
        reason: problem.kind == .settings ? "settings" : "malformed", path: [],
        detail: "\(problem.subject): \(problem.detail)", waits: false)
    }
  }

  /// How the library stood in a past state: what only this machine knows is left out.
  ///
  /// - Parameter asked: the time that was asked for; nil where it was a commit.
  package static func past(_ replay: FullReplay, at asked: Instant?) throws -> StatusReport {
    var report = StatusReport()
    report.isPast = true
    report.heads = replay.heads
    report.policy = replay.context.settings.ledger.deletions
    report.now = asked ?? replay.admission.latestInstant ?? report.now
    var totals: [LocationID: (files: Int, bytes: Int64)] = [:]
    var states = replay.states
    while let state = try states.next() {
      report.counts[state.condition, default: 0] += 1
      report.attention += attention(state)
      for (deletion, reason) in state.waiting(held: [], policy: report.policy) {
        let at = replay.admission.instant(of: deletion.id) ?? report.now
        report.pending.append(.init(deletion: deletion, path: state.path, at: at, reason: reason))
      }
      for (name, copy) in state.copies where copy.version != nil {
        totals[name, default: (0, 0)].files += 1
        totals[name, default: (0, 0)].bytes += copy.file.content.byteCount
      }
    }
    report.attention += problems(replay.problems)
    report.locations = replay.context.locations.map { name in
      StatusReport.Location(
        name: name, settings: replay.context.settings[name], fileCount: totals[name]?.files ?? 0,
        byteCount: totals[name]?.bytes ?? 0,
        lastEvent: replay.admission.streams[name]?.header?.at, lastScan: nil, heardAt: nil,
        unheardCount: 0)
    }
    return report
  }

  private static func locations(
    _ open: OpenLocation, _ context: ReplayContext
  ) throws -> [StatusReport.Location] {
    let totals = try open.cache.locationTotals()
    let latest = try open.cache.latestInstants()
    let numbers = try open.cache.numbers()
    return try context.locations.map { name in
      let record = try open.repository.readBlobRef(of: name).flatMap { SeenRecord($0) }
      let unheard = numbers.sorted.reduce(Int64(0)) { sum, entry in
        guard let record, entry.location != name, name != open.location else { return sum }
        return sum + max(0, entry.number - record.seen[entry.location])
      }
      return StatusReport.Location(
        name: name, settings: context.settings[name], fileCount: totals[name]?.files ?? 0,
        byteCount: totals[name]?.bytes ?? 0, lastEvent: latest[name],
        lastScan: name == open.location ? open.file.scannedAt : record?.scanned,
        heardAt: record?.at, unheardCount: unheard)
    }
  }
}
