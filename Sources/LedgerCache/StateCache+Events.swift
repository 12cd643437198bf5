import GRDB
package import LedgerCore

/// Which events a log shows; what is nil is not asked for.
package struct EventFilter: Hashable, Sendable {
  /// Those that name this path, the source of a rename too, and the decisions on them.
  package var path: LibraryPath?
  /// Those of this location's stream.
  package var location: LocationID?
  /// Those of this type.
  package var type: String?
  /// Those at this instant or later.
  package var since: Instant?
  /// At most so many, the latest.
  package var limit: Int?

  /// A filter.
  package init(
    path: LibraryPath? = nil, location: LocationID? = nil, type: String? = nil,
    since: Instant? = nil, limit: Int? = nil
  ) {
    self.path = path
    self.location = location
    self.type = type
    self.since = since
    self.limit = limit
  }

  func lets(_ entry: HistoryEvent) -> Bool {
    (location ?? entry.id.location) == entry.id.location
      && (type ?? entry.event.fact.type) == entry.event.fact.type
      && (since ?? entry.event.at) <= entry.event.at
  }
}

extension StateCache {
  /// An event with what its writer knew; nil where it isn't here or its batch is void.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func event(_ id: EventID) throws -> HistoryEvent? {
    try queue.read { database in
      var reader = try CacheReader(database, coding: coding)
      return try reader.event(id)
    }
  }

  /// The events that a filter lets through, in replay order; with a limit the latest of them.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func events(_ filter: EventFilter) throws -> [HistoryEvent] {
    try queue.read { database in
      var reader = try CacheReader(database, coding: coding)
      guard let path = filter.path else { return try allEvents(filter, &reader, database) }
      guard let row = try reader.row(of: path) else { return [] }
      let history = try reader.history(of: path, row: row)
      let all = Set(history.events + history.decisions).filter(filter.lets)
      let sorted = all.sorted(by: HistoryEvent.isBefore)
      return Array(sorted.suffix(max(filter.limit ?? sorted.count, 0)))
    }
  }

  /// The events of a stream after a number that are of these types, in sequence; costs what is new.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func events(
    of location: LocationID, after number: Int64, types: [String]
  ) throws -> [HistoryEvent] {
    try queue.read { database in
      var reader = try CacheReader(database, coding: coding)
      guard let first = reader.streams.row(EventID(location: location, number: number + 1)),
        let last = reader.streams.row(
          EventID(location: location, number: 1 << Self.numberBits - 1))
      else { return [] }
      let statement = try SQLStatement(
        database,
        """
        SELECT \(CacheReader.columns) FROM events e JOIN batches b ON b.id = e.batch
        WHERE e.id BETWEEN ?1 AND ?2 AND e.type = ?3
        """)
      var found: [HistoryEvent] = []
      for type in types {
        try statement.rows(.integer(first), .integer(last), .text(type)) {
          found.append(try reader.entry($0))
          return true
        }
      }
      return found.sorted { $0.id < $1.id }
    }
  }

  // Batch by batch from the latest, as a log mostly shows the end of it.
  private func allEvents(
    _ filter: EventFilter, _ reader: inout CacheReader, _ database: Database
  ) throws -> [HistoryEvent] {
    let limit = filter.limit ?? .max
    let batches = try SQLStatement(
      database, "SELECT id, count, at FROM batches WHERE at >= ? ORDER BY at DESC")
    let events = try SQLStatement(
      database,
      """
      SELECT \(CacheReader.columns) FROM events e JOIN batches b ON b.id = e.batch
      WHERE e.id >= ?1 AND e.id < ?1 + ?2 AND (?3 IS NULL OR e.type = ?3) ORDER BY e.id DESC
      """)
    let only = filter.location.map { reader.streams.ids[$0] ?? 0 }
    var found: [HistoryEvent] = []
    var lastAt: Int64?
    try batches.rows(.integer(filter.since?.milliseconds ?? .min)) { batch in
      // Batches of one instant stand in any order, so that the limit counts only after all of them.
      if found.count >= limit, batch.integer(2) != lastAt { return false }
      lastAt = batch.integer(2)
      if let only, batch.integer(0) >> Self.numberBits != only { return true }
      let type = filter.type.map { SQLValue.text($0) } ?? .null
      try events.rows(.integer(batch.integer(0)), .integer(batch.integer(1)), type) {
        found.append(try reader.entry($0))
        return true
      }
      return true
    }
    return Array(found.sorted(by: HistoryEvent.isBefore).suffix(max(limit, 0)))
  }
}
