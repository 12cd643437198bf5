import Foundation
import GRDB
import LedgerCore
import LedgerFailurePoints
import Synchronization

/// The open database of a cache.
///
/// Where its disk is full, read-only or failing, it goes on in memory: a cache is no reason to stop,
/// and what the file says stays true of its own heads.
final class CacheFile: Sendable {
  private let current: Mutex<DatabaseQueue>
  private let onTrouble: @Sendable (String) -> Void
  /// Which digests are the same bytes, as last read, with SQLite's number of what was written then.
  let identity = Mutex<(version: Int64, identity: ContentIdentity)?>(nil)

  init(_ queue: DatabaseQueue, onTrouble: @escaping @Sendable (String) -> Void) {
    current = Mutex(queue)
    self.onTrouble = onTrouble
  }

  /// The database, on the disk or in memory.
  var queue: DatabaseQueue { current.withLock { $0 } }

  /// Runs `body` in a transaction; where the disk refuses it, once more in memory.
  func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try writeWithoutTransaction { database in
      var result: Result?
      try database.inTransaction(.immediate) {
        result = try body(database)
        return .commit
      }
      guard let result else { preconditionFailure("a transaction that ended ran its body") }
      return result
    }
  }

  /// Runs `body`, which makes its own transaction; where the disk refuses it, once more in memory.
  func writeWithoutTransaction<Result>(_ body: (Database) throws -> Result) throws -> Result {
    let old = queue
    do {
      return try old.writeWithoutTransaction(body)
    } catch  where Self.isDiskTrouble(error) && old.path != Self.memory {
      onTrouble(Self.words(error))
      let copy = try DatabaseQueue(
        path: Self.memory, configuration: Self.configuration(Self.memory))
      try old.backup(to: copy)
      current.withLock { $0 = copy }
      return try copy.writeWithoutTransaction(body)
    }
  }

  private static let memory = ":memory:"

  /// Whether an error says that the disk is full, read-only or failing, or that the file may not be
  /// written.
  static func isDiskTrouble(_ error: any Error) -> Bool {
    if error is CocoaError { return true }
    guard let error = error as? DatabaseError else { return false }
    switch error.resultCode.primaryResultCode {
    case .SQLITE_FULL, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_IOERR: return true
    default: return false
    }
  }

  /// The reason, in SQLite's or the system's words.
  static func words(_ error: any Error) -> String {
    (error as? DatabaseError)?.message ?? error.localizedDescription
  }

  /// Opens a database as a cache is opened.
  static func connect(
    _ path: String, _ prepare: (Database) throws -> Void
  ) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(path: path, configuration: configuration(path))
    do {
      try effect("open the cache") { try queue.writeWithoutTransaction(prepare) }
    } catch {
      try? queue.close()  // The first error says more; a queue closes itself at its end.
      throw error
    }
    return queue
  }

  /// Puts what a cache holds that can't be opened in its place into `queue`, by way of a copy in the
  /// folder for temporary files; leaves it empty where that fails too.
  static func fill(_ queue: DatabaseQueue, from path: String, _ prepare: (Database) throws -> Void)
  {
    let folder = "\(NSTemporaryDirectory())/ledger-cache-\(UUID().uuidString)"
    let files = FileManager.default
    defer { try? files.removeItem(atPath: folder) }
    do {
      try files.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      let copy = "\(folder)/cache"
      try files.copyItem(atPath: path, toPath: copy)
      if files.fileExists(atPath: path + "-wal") {
        try files.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
      }
      let source = try connect(copy, prepare)
      try source.backup(to: queue)
      try source.close()
    } catch {
      // Without it, everything is replayed and each file read: slower, and just as right.
      return
    }
  }

  private static func configuration(_ path: String) -> Configuration {
    var configuration = Configuration()
    configuration.label = "ledger cache"
    configuration.busyMode = .timeout(10)
    let mode = path == memory ? "" : canMap(beside: path) ? writeAhead : rollback
    configuration.prepareDatabase { database in
      try database.execute(
        sql: """
          \(mode) PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768;
          PRAGMA journal_size_limit = 16777216
          """)
    }
    return configuration
  }

  // Killed or without power, a write-ahead log loses its last transactions at most, whole.
  private static let writeAhead = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"

  // A file that another mode left is changed over while it is read by this one alone: else the mode
  // would be that of the file, with its mapped memory.
  private static let rollback = """
    PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema;
    PRAGMA journal_mode = TRUNCATE; PRAGMA locking_mode = NORMAL;
    SELECT count(*) FROM sqlite_schema; PRAGMA synchronous = FULL;
    """

  /// Whether what SQLite maps into memory for its write-ahead log is there before it is written to.
  ///
  /// It writes one byte to each 4 KiB of that file and maps it. With smaller blocks most of it stays a
  /// hole, and on a full disk writing to a hole ends the program by SIGBUS.
  private static func canMap(beside path: String) -> Bool {
    var status = statvfs()
    let folder = (path as NSString).deletingLastPathComponent
    guard statvfs(folder.isEmpty ? "." : folder, &status) == 0 else { return false }
    return status.f_frsize >= 4096
  }
}
