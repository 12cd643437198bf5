import GRDB
package import LedgerCore

extension StateCache {
  /// The contents that the log names by several digests.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func joinedContents() throws -> [Content] {
    try queue.read { try joined($0) }
  }

  func joined(_ database: Database) throws -> [Content] {
    var joined: [Content] = []
    try SQLStatement(database, "SELECT digests, byteCount FROM joined").rows {
      guard let content = Content(columnText: $0.bytes(0), byteCount: $0.integer(1)) else {
        throw CacheUnusable("joined digests can't be read")
      }
      joined.append(content)
      return true
    }
    return joined
  }

  /// What the last scan knew of the files that it read, those first that were read longest ago.
  ///
  /// - Parameter body: gets one after the other until it says false; it must not call the cache.
  /// - Throws: `CacheUnusable`, `DatabaseError`, and what `body` throws.
  package func oldestFiles(body: (KnownFile) throws -> Bool) throws {
    try queue.read { database in
      try SQLStatement(database, "SELECT * FROM files ORDER BY hashed, path").rows {
        try body(try knownFile($0))
      }
    }
  }
}
