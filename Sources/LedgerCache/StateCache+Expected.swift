import GRDB
package import LedgerCore

extension StateCache {
  /// The next files that a scan should find, in byte order of their paths: what the last scan knew and
  /// what the log has at this cache's own location, side by side.
  ///
  /// In parts, so that the cache may be written meanwhile; what is written before `path` is not seen.
  ///
  /// - Parameters:
  ///   - path: after which to begin; nil for the first.
  ///   - limit: how many at most; fewer come at the end only.
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func expectedFiles(after path: LibraryPath?, limit: Int) throws -> [ExpectedFile] {
    try queue.read { database in
      // No path is empty.
      let start = SQLValue.bytes(path?.bytes ?? [])
      let known = try SQLCursor(
        database, "SELECT * FROM files WHERE path > ? ORDER BY path", start)
      let copies = try SQLCursor(
        database,
        "SELECT path, digests, byteCount, damage, media FROM copies WHERE path > ? ORDER BY path",
        start)
      var files: [ExpectedFile] = []
      files.reserveCapacity(limit)
      while files.count < limit {
        guard let file = try nextFile(known, copies) else { break }
        files.append(file)
      }
      return files
    }
  }

  private func nextFile(_ known: SQLCursor, _ copies: SQLCursor) throws -> ExpectedFile? {
    let order =
      switch (known.row, copies.row) {
      case (nil, nil): nil as Int?
      case (nil, _): 1
      case (_, nil): -1
      case (let row?, let copy?): row.order(of: 0, to: copy, 0)
      }
    guard let order else { return nil }
    guard order <= 0, let row = known.row else {
      let path = try copies.row.map { try libraryPath($0.bytes(0)) }
      try copies.advance()
      return path.map { ExpectedFile(path: $0, known: nil, isRecorded: true) }
    }
    let path = try libraryPath(row.bytes(0))
    var settled: MediaType?
    if order == 0, let copy = copies.row {
      let isSame = row.isSpelledAlike(1, in: copy, 1) && row.integer(2) == copy.integer(2)
      // No damage was found since.
      if isSame, copy.isEmpty(3) { settled = MediaType(rawValue: copy.text(4)) }
      try copies.advance()
    }
    let found = ExpectedFile.Known(
      stamp: stamp(row), hashedAt: time(row, 10), diskBytes: row.isNull(12) ? nil : row.bytes(12),
      content: settled == nil ? try content(row, of: path) : nil)
    try known.advance()
    return ExpectedFile(path: path, known: found, isRecorded: order == 0, settled: settled)
  }
}
