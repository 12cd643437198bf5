import GRDB
package import LedgerCore
import Synchronization

/// Where a stream ended.
struct StreamEnd {
  /// The number that stands for the stream in the tables.
  let row: Int64
  /// The number of the last event that counts as present.
  let last: Int64
  /// Whether a batch of it is void.
  let hasVoid: Bool
  /// The header of the last valid batch, without host and version, which the cache doesn't keep.
  let header: BatchHeader?
}

extension StateCache {
  /// What replay needs to know beside a path's own events.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func context() throws -> ReplayContext {
    try queue.read { database in
      var reader = try CacheReader(database, coding: coding)
      return try storedContext(&reader, database)
    }
  }

  /// For each location the number of its last event that counts as present: the next batch's `seen`.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func numbers() throws -> Seen {
    Seen(try queue.read { try streamEnds($0) }.mapValues(\.last))
  }

  /// The latest instant of any event, or nil where there is none.
  ///
  /// - Throws: `DatabaseError`.
  package func latestInstant() throws -> Instant? {
    try queue.read { database in
      try SQLStatement(database, "SELECT at FROM batches ORDER BY at DESC LIMIT 1")
        .first { Instant(milliseconds: $0.integer(0)) }
    }
  }

  /// For each location with a valid batch the instant of its last one.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func latestInstants() throws -> [LocationID: Instant] {
    try queue.read { try streamEnds($0) }.compactMapValues { $0.header?.at }
  }

  /// The header of a location's last valid batch, or nil where it has none: what its next batch's
  /// `seen` and `since` may not fall behind. Host and version are empty, as the cache does not keep
  /// them.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func lastHeader(of location: LocationID) throws -> BatchHeader? {
    try queue.read { try streamEnds($0) }[location]?.header
  }

  /// What was odd, sorted.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func problems() throws -> [Problem] {
    try queue.read { database in
      var problems: [Problem] = []
      try SQLStatement(database, "SELECT kind, subject, detail FROM problems").rows {
        guard let kind = Problem.Kind(rawValue: $0.text(0)) else {
          throw CacheUnusable("a problem of the kind \($0.text(0))")
        }
        problems.append(Problem(kind: kind, subject: $0.text(1), detail: $0.text(2)))
        return true
      }
      return problems.sorted()
    }
  }

  func storedContext(_ reader: inout CacheReader, _ database: Database) throws -> ReplayContext {
    var rows: [Int64] = []
    try SQLStatement(database, "SELECT event FROM settings").rows {
      rows.append($0.integer(0))
      return true
    }
    let settings = try rows.map { row in
      guard let event = try reader.event(row: row) else {
        throw CacheUnusable("the settings of event \(row) are not here")
      }
      return event
    }
    let ends = try streamEnds(database)
    return ReplayContext(
      settings: Settings.replay(settings).settings, identity: try identity(database),
      locations: Array(ends.keys), voidStreams: Set(ends.filter(\.value.hasVoid).keys))
  }

  // Read once, as a ledger of a million files may join the digests of each: after that only where
  // another connection has written, or a rebuild here. What `extend` joins it adds there.
  private func identity(_ database: Database) throws -> ContentIdentity {
    let version = try SQLStatement(database, "PRAGMA data_version").first { $0.integer(0) } ?? 0
    if let known = file.identity.withLock({ $0 }), known.version == version {
      return known.identity
    }
    let identity = ContentIdentity(try joined(database))
    file.identity.withLock { $0 = (version, identity) }
    return identity
  }

  func streamEnds(_ database: Database) throws -> [LocationID: StreamEnd] {
    var ends: [LocationID: StreamEnd] = [:]
    let statement = try SQLStatement(
      database,
      """
      SELECT s.id, s.name, s.last, s.hasVoid, s.lastBatch, b.count, b.at, b.seen, b.since
      FROM streams s LEFT JOIN batches b ON b.id = s.lastBatch
      """)
    try statement.rows { row in
      guard let location = LocationID(row.text(1)) else { throw CacheUnusable("a stream's name") }
      ends[location] = StreamEnd(
        row: row.integer(0), last: row.integer(2), hasVoid: row.flag(3),
        header: row.isNull(4) ? nil : try header(of: location, row))
      return true
    }
    return ends
  }

  private func header(of location: LocationID, _ row: SQLRow) throws -> BatchHeader {
    guard !row.isNull(5), let seen = Seen(columnText: row.text(7)),
      let since = Seen(columnText: row.text(8))
    else { throw CacheUnusable("the last batch of \(location) can't be read") }
    return BatchHeader(
      location: location, first: row.integer(4) & (1 << Self.numberBits - 1),
      count: Int(row.integer(5)), at: Instant(milliseconds: row.integer(6)), seen: seen,
      since: since, host: "", version: "")
  }
}
