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

  private func knownFile(_ row: SQLRow) throws -> KnownFile {
    let path = try libraryPath(row.bytes(0))
    guard let content = Content(columnText: row.bytes(1), byteCount: row.integer(2)) else {
      throw CacheUnusable("the digests of \(path) can't be read")
    }
    return KnownFile(
      path: path, content: content,
      stamp: FileStamp(
        byteCount: row.integer(3), modified: time(row, 4), changed: time(row, 6),
        inode: UInt64(bitPattern: row.integer(8)), device: UInt64(bitPattern: row.integer(9))),
      hashedAt: time(row, 10), diskBytes: row.isNull(12) ? nil : row.bytes(12))
  }

  private func time(_ row: SQLRow, _ column: Int) -> FileTime {
    FileTime(
      seconds: row.integer(column),
      nanoseconds: Int32(truncatingIfNeeded: row.integer(column + 1)))
  }
}
