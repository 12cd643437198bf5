import GRDB
package import LedgerCore

/// A present copy, as the events of its location tell.
package struct PresentCopy: Hashable, Sendable {
  /// Where it is.
  package let path: LibraryPath
  /// How it was classed when it was recorded.
  package let media: MediaType
  /// Its bytes, while they are whole.
  package let content: Content
  /// The event that made the version that it is a copy of.
  package let version: EventID
  /// The event since which it stands so.
  package let since: EventID
  /// The digest of what is there in place of its bytes, where it was found damaged since.
  package let damage: Digest?
}

extension StateCache {
  /// The copies that a location has, in byte order of their paths: what a scan compares with.
  ///
  /// Ready for the location that `rebuild` was told is its own; of another one every path is judged
  /// anew, at the cost of a replay.
  ///
  /// - Parameter body: may call the cache; it should not change it.
  /// - Throws: `CacheUnusable`, `DatabaseError`, and what `body` throws.
  package func copiesPresent(
    at location: LocationID, body: (PresentCopy) throws -> Void
  ) throws {
    guard try isOwn(location) else {
      try paths { state in
        if let copy = PresentCopy(state, at: location) { try body(copy) }
      }
      return
    }
    let streams = try queue.read { try CacheReader($0, coding: coding).streams }
    let sql = """
      SELECT path, media, digests, byteCount, version, since, damage FROM copies
      WHERE path >= ? ORDER BY path
      """
    try chunks(sql, in: [.all]) { _ in
      { row in try presentCopy(row, streams) }
    } each: {
      try body($0)
    }
  }

  /// The copies that this cache's own location has at some paths, in their order.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func copiesPresent(among paths: some Sequence<LibraryPath>) throws -> [PresentCopy] {
    try queue.read { database in
      let streams = try CacheReader(database, coding: coding).streams
      let statement = try SQLStatement(
        database,
        """
        SELECT path, media, digests, byteCount, version, since, damage FROM copies WHERE path = ?
        """)
      return try paths.compactMap { path in
        try statement.first(.bytes(path.bytes)) { try presentCopy($0, streams) }
      }
    }
  }

  private func presentCopy(_ row: SQLRow, _ streams: StreamTable) throws -> PresentCopy {
    let path = try libraryPath(row.bytes(0))
    guard let media = MediaType(rawValue: row.text(1)),
      let content = Content(columnText: row.bytes(2), byteCount: row.integer(3))
    else { throw CacheUnusable("the copy of \(path) can't be read") }
    return PresentCopy(
      path: path, media: media, content: content, version: try streams.event(row.integer(4)),
      since: try streams.event(row.integer(5)), damage: Digest(row.text(6)))
  }
}

extension PresentCopy {
  /// The copy of a location in a state; nil where none is present.
  package init?(_ state: PathState, at location: LocationID) {
    guard let copy = state.copies[location], let version = copy.version else { return nil }
    self.init(
      path: state.path, media: copy.file.media, content: copy.file.content, version: version,
      since: copy.since, damage: copy.damage)
  }
}
