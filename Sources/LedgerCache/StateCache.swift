import Foundation
import GRDB
import LedgerFailurePoints

/// The replayed state on disk. Deleting it costs one replay and one hashing of every file, never an
/// event; it may be lost, but never lies: what it says changes with the heads that it says it of,
/// in one transaction.
///
/// One process writes at a time; others may read meanwhile.
package struct StateCache: Sendable {
  let file: CacheFile
  let coding: CacheCoding

  var queue: DatabaseQueue { file.queue }

  /// Opens the cache, or makes it where there is none.
  ///
  /// A file that is no cache of this schema, ledger, location and program is deleted and made
  /// anew: it is then empty, and `extend` asks for a full replay.
  ///
  /// - Parameters:
  ///   - path: the file, in a folder that exists; `:memory:` for a cache that nobody keeps.
  ///   - ledger: the ledger's id.
  ///   - location: the location whose clone this is.
  ///   - program: the program's version: another one may make another state of the same events.
  ///   - onTrouble: hears why the file can't be read or written, as on a full or a read-only disk. What
  ///     it holds goes on in memory then, and the file stays as it was.
  /// - Throws: `DatabaseError` where another process keeps it from being opened.
  package static func open(
    at path: String, ledger: String, location: String, program: String, coding: CacheCoding,
    onTrouble: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> StateCache {
    let identity = ["ledger": ledger, "location": location, "program": program]
    func openAsIs(_ path: String) throws -> StateCache {
      let queue = try CacheFile.connect(path) { try prepare($0, identity: identity) }
      return StateCache(file: CacheFile(queue, onTrouble: onTrouble), coding: coding)
    }
    do {
      do {
        return try openAsIs(path)
      } catch  where isUnusable(error) {
        try discard(at: path)
        return try openAsIs(path)
      }
    } catch  where CacheFile.isDiskTrouble(error) {
      onTrouble(CacheFile.words(error))
      let queue = try CacheFile.connect(":memory:") { try prepare($0, identity: identity) }
      CacheFile.fill(queue, from: path) { try prepare($0, identity: identity) }
      return StateCache(file: CacheFile(queue, onTrouble: onTrouble), coding: coding)
    }
  }

  /// Deletes a cache with the files beside it. No `StateCache` may have it open.
  ///
  /// - Throws: an error of the file system; a file that isn't there is none.
  package static func discard(at path: String) throws {
    for file in [path, path + "-wal", path + "-shm", path + "-journal"] {
      do {
        try effect("remove \(file)") { try FileManager.default.removeItem(atPath: file) }
      } catch let error as CocoaError where error.code == .fileNoSuchFile {
        continue
      }
    }
  }

  /// Whether an error of any function here says that the cache itself is broken, so that it should
  /// be closed, discarded and made anew, rather than that the disk is full or another one writes.
  package static func isUnusable(_ error: any Error) -> Bool {
    if error is CacheUnusable { return true }
    guard let error = error as? DatabaseError else { return false }
    switch error.resultCode.primaryResultCode {
    // SQLITE_ERROR: a table or a column is not there.
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_SCHEMA, .SQLITE_FORMAT,
      .SQLITE_CONSTRAINT:
      return true
    case .SQLITE_IOERR: return error.extendedResultCode == .SQLITE_IOERR_SHORT_READ
    default: return false
    }
  }

  /// Closes the file; every later call throws.
  ///
  /// - Throws: `DatabaseError` where it is in use.
  package func close() throws {
    try queue.close()
  }

  /// The commits of the refs whose events the cache holds; empty before the first rebuild.
  ///
  /// - Throws: `DatabaseError`.
  package func heads() throws -> [String: String] {
    try queue.read { database in
      var heads: [String: String] = [:]
      try SQLStatement(database, "SELECT ref, id FROM heads").rows {
        heads[$0.text(0)] = $0.text(1)
        return true
      }
      return heads
    }
  }

  /// A text that was kept under a key.
  ///
  /// - Throws: `DatabaseError`.
  package func text(for key: String) throws -> String? {
    try queue.read { database in
      try SQLStatement(database, "SELECT value FROM texts WHERE key = ?")
        .first(.text(key)) { $0.text(0) }
    }
  }

  /// Keeps a text under a key, or forgets it where it is nil. It outlives a rebuild.
  ///
  /// - Throws: `DatabaseError`.
  package func setText(_ text: String?, for key: String) throws {
    try file.write { database in
      if let text {
        try SQLStatement(database, "INSERT OR REPLACE INTO texts VALUES (?, ?)")
          .run(.text(key), .text(text))
      } else {
        try SQLStatement(database, "DELETE FROM texts WHERE key = ?").run(.text(key))
      }
    }
  }
}
