import GRDB
package import LedgerCore

extension StateCache {
  /// Whether `own` may have something to do at a path, or a person is needed: a deletion applies to
  /// its copy, or one that it carried out is over or was a rename, or there are conflicts or
  /// proposals, or the file is lost.
  package static func hasWork(_ state: PathState, own: LocationID) -> Bool {
    if state.applying[own] != nil || !state.conflicts.isEmpty || state.condition == .lost
      || !state.proposals.isEmpty
    {
      return true
    }
    guard case .removed(let by) = state.copies[own]?.standing, let deletion = state.deletions[by]
    else { return false }
    return deletion.decision == .rejected || deletion.decision == .over
      || deletion.replacedBy != nil
  }

  /// What stands at a path, or nil where no event of a known type about a file named it.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func state(of path: LibraryPath) throws -> PathState? {
    try queue.read { database in
      var reader = try CacheReader(database, coding: coding)
      guard let row = try reader.row(of: path) else { return nil }
      let context = try storedContext(&reader, database)
      return try reader.history(of: path, row: row).state(in: context)
    }
  }

  /// The events that name a path and the decisions on them, each in replay order; empty for a path
  /// that no event names.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func history(of path: LibraryPath) throws -> PathHistory {
    try withHistories { try $0(path) } ?? PathHistory(path: path, events: [], decisions: [])
  }

  /// Gives `body` a look-up of histories, each in replay order, nil for a path that no event names.
  /// The statements are compiled once, however many paths are asked for. `body` must not call the
  /// cache.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`, and what `body` throws.
  package func withHistories<Result>(
    _ body: ((LibraryPath) throws -> PathHistory?) throws -> Result
  ) throws -> Result {
    try queue.read { database in
      var reader = try CacheReader(database, coding: coding)
      return try body { path in
        guard let row = try reader.row(of: path) else { return nil }
        return try reader.history(of: path, row: row)
      }
    }
  }

  /// What stands at each path, in byte order.
  ///
  /// - Parameters:
  ///   - condition: only these; nil for all.
  ///   - prefixes: only at and below these; none for the whole library.
  ///   - body: may call the cache; it should not change it.
  /// - Throws: `CacheUnusable`, `DatabaseError`, and what `body` throws.
  package func paths(
    condition: PathCondition? = nil, under prefixes: [LibraryPath] = [],
    body: (PathState) throws -> Void
  ) throws {
    // A partial index is taken only where its own condition is repeated as it stands.
    let filter =
      switch condition {
      case nil: "condition IS NOT NULL"
      case .synced: "condition = 'synced'"
      case .some(let one): "condition <> 'synced' AND condition = '\(one.rawValue)'"
      }
    try states(where: filter, in: PathRange.ranges(under: prefixes), body: body)
  }

  /// The paths where `own` may have something to do or a person is needed, in byte order.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func work(for own: LocationID) throws -> [PathState] {
    let isOwn = try isOwn(own)
    var found: [PathState] = []
    try states(where: isOwn ? "hasWork" : "condition IS NOT NULL", in: [.all]) { state in
      if isOwn || Self.hasWork(state, own: own) { found.append(state) }
    }
    return found
  }

  /// How many paths there are of each condition; conditions of none are left out.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func counts() throws -> [PathCondition: Int] {
    try queue.read { database in
      var counts: [PathCondition: Int] = [:]
      try SQLStatement(database, "SELECT condition, files FROM conditions WHERE files <> 0").rows {
        guard let condition = PathCondition(rawValue: $0.text(0)) else {
          throw CacheUnusable("the condition \($0.text(0))")
        }
        counts[condition] = Int($0.integer(1))
        return true
      }
      return counts
    }
  }

  /// How many present copies each location has, and their bytes; locations of none are left out.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func locationTotals() throws -> [LocationID: FileTally.Total] {
    try queue.read { database in
      var totals: [LocationID: FileTally.Total] = [:]
      let statement = try SQLStatement(
        database,
        """
        SELECT s.name, t.files, t.bytes FROM totals t JOIN streams s ON s.id = t.stream
        WHERE t.files <> 0
        """)
      try statement.rows {
        guard let location = LocationID($0.text(0)) else { throw CacheUnusable("a stream's name") }
        totals[location] = FileTally.Total(files: Int($0.integer(1)), bytes: $0.integer(2))
        return true
      }
      return totals
    }
  }

  /// The lines of the paths in the dump of the state, in byte order of the paths, as they were
  /// written when each path was last judged.
  ///
  /// - Parameter body: may call the cache; it should not change it.
  /// - Throws: `CacheUnusable`, `DatabaseError`, and what `body` throws.
  package func dumpLines(body: (LibraryPath, [UInt8]) throws -> Void) throws {
    let sql = "SELECT path, dump FROM paths WHERE path >= ? AND condition IS NOT NULL ORDER BY path"
    try chunks(sql, in: [.all]) { database in
      { row in (try libraryPath(row.bytes(0)), row.bytes(1)) }
    } each: { line in
      try body(line.0, line.1)
    }
  }

  private func states(
    where filter: String, in ranges: [PathRange], body: (PathState) throws -> Void
  ) throws {
    let context = try context()
    let sql = "SELECT path, id FROM paths WHERE path >= ? AND \(filter) ORDER BY path"
    try chunks(sql, in: ranges) { database in
      var reader = try CacheReader(database, coding: coding)
      return { row in
        let path = try libraryPath(row.bytes(0))
        return try reader.history(of: path, row: row.integer(1)).state(in: context)
      }
    } each: { (state: PathState?) in
      if let state { try body(state) }
    }
  }

  func isOwn(_ location: LocationID) throws -> Bool {
    try queue.read { database in
      try SQLStatement(database, "SELECT value FROM meta WHERE key = 'own'")
        .first { $0.text(0) } == location.name
    }
  }

  func libraryPath(_ bytes: [UInt8]) throws -> LibraryPath {
    guard let path = LibraryPath(key: bytes) else { throw CacheUnusable("a path can't be read") }
    return path
  }
}
