import GRDB
import LedgerCore

/// Reads events back from the tables, within one access of the database.
struct CacheReader {
  /// The columns of `entry`, for statements in which `e` is an event and `b` its batch.
  static let columns = "e.id, e.line, e.batch, b.seen, b.since"

  let streams: StreamTable
  private let coding: CacheCoding
  private let pathRow: SQLStatement
  private let byPath: SQLStatement
  private let byRow: SQLStatement
  private let decisionsOn: SQLStatement
  private let hasDecisions: Bool
  // What the writers of batches knew; a path's events come from few batches, and paths share them.
  private var knowledge: [Int64: (seen: Seen, since: Seen)] = [:]

  /// - Throws: `CacheUnusable`, `DatabaseError`.
  init(_ database: Database, coding: CacheCoding) throws {
    self.coding = coding
    var streams = StreamTable()
    try SQLStatement(database, "SELECT id, name FROM streams").rows {
      guard let location = LocationID($0.text(1)) else { throw CacheUnusable("a stream's name") }
      streams.add(location, as: $0.integer(0))
      return true
    }
    self.streams = streams
    pathRow = try SQLStatement(database, "SELECT id FROM paths WHERE path = ?")
    byPath = try SQLStatement(
      database,
      """
      SELECT \(Self.columns) FROM mentions m JOIN events e ON e.id = m.event
      JOIN batches b ON b.id = e.batch WHERE m.path = ?
      """)
    byRow = try SQLStatement(
      database,
      "SELECT \(Self.columns) FROM events e JOIN batches b ON b.id = e.batch WHERE e.id = ?")
    decisionsOn = try SQLStatement(database, "SELECT event FROM decisions WHERE target = ?")
    hasDecisions =
      try SQLStatement(database, "SELECT 1 FROM decisions LIMIT 1").first { _ in true } ?? false
  }

  /// The number that stands for a path; nil where no event names it.
  func row(of path: LibraryPath) throws -> Int64? {
    try pathRow.first(.bytes(path.bytes)) { $0.integer(0) }
  }

  /// The event in a row of `columns`.
  mutating func entry(_ row: SQLRow) throws -> HistoryEvent {
    let id = try streams.event(row.integer(0))
    guard let event = coding.decode(row.bytes(1)), event.id == id else {
      throw CacheUnusable("the line of \(id) can't be read")
    }
    let batch = row.integer(2)
    if let known = knowledge[batch] {
      return HistoryEvent(event: event, seen: known.seen, since: known.since)
    }
    guard let seen = Seen(columnText: row.text(3)), let since = Seen(columnText: row.text(4)) else {
      throw CacheUnusable("what the writer of \(id) knew can't be read")
    }
    // A bound, as a walk over every path would gather every batch.
    if knowledge.count >= 4096 { knowledge.removeAll(keepingCapacity: true) }
    knowledge[batch] = (seen, since)
    return HistoryEvent(event: event, seen: seen, since: since)
  }

  /// An event by the number that stands for it.
  mutating func event(row: Int64) throws -> HistoryEvent? {
    try byRow.first(.integer(row)) { try entry($0) }
  }

  /// An event, or nil where it isn't here or its batch is void.
  mutating func event(_ id: EventID) throws -> HistoryEvent? {
    guard let row = streams.row(id) else { return nil }
    return try event(row: row)
  }

  /// The events of a path and the decisions on them, each in replay order.
  mutating func history(of path: LibraryPath, row: Int64) throws -> PathHistory {
    let statement = byPath
    var events: [HistoryEvent] = []
    try statement.rows(.integer(row)) {
      events.append(try entry($0))
      return true
    }
    let decisions = hasDecisions ? try decisions(on: events) : []
    return PathHistory(
      path: path, events: events.sorted(by: HistoryEvent.isBefore), decisions: decisions)
  }

  private mutating func decisions(on events: [HistoryEvent]) throws -> [HistoryEvent] {
    let statement = decisionsOn
    var rows: Set<Int64> = []
    for event in events {
      guard let target = streams.row(event.id) else { continue }
      try statement.rows(.integer(target)) {
        rows.insert($0.integer(0))
        return true
      }
    }
    var decisions: [HistoryEvent] = []
    for row in rows {
      guard let decision = try event(row: row) else {
        throw CacheUnusable("decision \(row) is not here")
      }
      decisions.append(decision)
    }
    return decisions.sorted(by: HistoryEvent.isBefore)
  }
}
