import GRDB
package import LedgerCore
import LedgerFailurePoints

extension StateCache {
  /// What the last scan knew of the files on the disk, in byte order of their paths.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func knownFiles() throws -> [KnownFile] {
    try queue.read { database in
      var files: [KnownFile] = []
      let count = try SQLStatement(database, "SELECT count(*) FROM files").first { $0.integer(0) }
      files.reserveCapacity(Int(count ?? 0))
      try SQLStatement(database, "SELECT * FROM files ORDER BY path").rows {
        files.append(try knownFile($0))
        return true
      }
      return files
    }
  }

  /// What the last scan knew of one file; nil where it saw none.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func knownFile(at path: LibraryPath) throws -> KnownFile? {
    try queue.read { database in
      try SQLStatement(database, "SELECT * FROM files WHERE path = ?")
        .first(.bytes(path.bytes)) { try knownFile($0) }
    }
  }

  /// The files that the last scan knew in the folders of some paths, in byte order.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  package func knownPaths(beside paths: [LibraryPath]) throws -> [LibraryPath] {
    let folders = Set(paths.map { Array($0.folder) })
    let slash = UInt8(ascii: "/")
    return try queue.read { database in
      var found: [LibraryPath] = []
      let statement = try SQLStatement(
        database, "SELECT path FROM files WHERE path > ?1 AND (?2 IS NULL OR path < ?2)")
      for folder in folders {
        let upper: [UInt8]? = folder.isEmpty ? nil : folder + [slash + 1]
        let lower = folder.isEmpty ? [] : folder + [slash]
        try statement.rows(.bytes(lower), .optional(upper)) { row in
          let path = try libraryPath(row.bytes(0))
          if path.folder.elementsEqual(folder) { found.append(path) }
          return true
        }
      }
      return found.sorted()
    }
  }

  /// Keeps what a scan found out, in one transaction: `remove` first, then `upsert`.
  ///
  /// - Throws: `DatabaseError`; then nothing has changed.
  package func updateFiles(upsert: [KnownFile], remove: [LibraryPath]) throws {
    try effect("keep what is known of files") {
      try file.write { try Self.update($0, upsert, remove) }
    }
  }

  private static func update(
    _ database: Database, _ upsert: [KnownFile], _ remove: [LibraryPath]
  ) throws {
    let delete = try SQLStatement(database, "DELETE FROM files WHERE path = ?")
    for path in remove { try delete.run(.bytes(path.bytes)) }
    let insert = try SQLStatement(
      database, "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    for file in upsert {
      let stamp = file.stamp
      try insert.run(
        .bytes(file.path.bytes), .text(file.content.columnText),
        .integer(file.content.byteCount), .integer(stamp.byteCount),
        .integer(stamp.modified.seconds), .integer(Int64(stamp.modified.nanoseconds)),
        .integer(stamp.changed.seconds), .integer(Int64(stamp.changed.nanoseconds)),
        .integer(Int64(bitPattern: stamp.inode)), .integer(Int64(bitPattern: stamp.device)),
        .integer(file.hashedAt.seconds), .integer(Int64(file.hashedAt.nanoseconds)),
        .optional(file.diskBytes))
    }
  }

  /// Forgets every file on the disk, so that the next scan hashes all of them.
  ///
  /// - Throws: `DatabaseError`.
  package func clearFiles() throws {
    try file.write { try $0.execute(sql: "DELETE FROM files") }
  }

  func knownFile(_ row: SQLRow) throws -> KnownFile {
    let path = try libraryPath(row.bytes(0))
    return KnownFile(
      path: path, content: try content(row, of: path), stamp: stamp(row), hashedAt: time(row, 10),
      diskBytes: row.isNull(12) ? nil : row.bytes(12))
  }

  func content(_ row: SQLRow, of path: LibraryPath) throws -> Content {
    guard let content = Content(columnText: row.bytes(1), byteCount: row.integer(2)) else {
      throw CacheUnusable("the digests of \(path) can't be read")
    }
    return content
  }

  func stamp(_ row: SQLRow) -> FileStamp {
    FileStamp(
      byteCount: row.integer(3), modified: time(row, 4), changed: time(row, 6),
      inode: UInt64(bitPattern: row.integer(8)), device: UInt64(bitPattern: row.integer(9)))
  }

  func time(_ row: SQLRow, _ column: Int) -> FileTime {
    FileTime(
      seconds: row.integer(column),
      nanoseconds: Int32(truncatingIfNeeded: row.integer(column + 1)))
  }
}
