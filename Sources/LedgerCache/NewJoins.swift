import GRDB
import LedgerCore

/// Contents whose digests new events join for the first time, where none of these digests was joined with
/// others: then nothing changes but how the bytes are named that were known by one of them alone.
struct NewJoins {
  /// The contents, each once.
  private(set) var contents: [Content] = []
  private var owners: [Digest: Content] = [:]
  private let joined: SQLStatement
  private let joining: SQLStatement

  /// No new join.
  ///
  /// - Throws: `DatabaseError`.
  init(_ database: Database) throws {
    joined = try SQLStatement(
      database, "SELECT 1 FROM joined WHERE digests = ? AND byteCount = ?")
    joining = try SQLStatement(database, "SELECT 1 FROM joining WHERE digest = ?")
  }

  /// Takes in a content of a new event.
  ///
  /// - Returns: false where it meets other joins, so that only a replay of everything tells what comes
  ///   of them.
  /// - Throws: `DatabaseError`.
  mutating func add(_ content: Content) throws -> Bool {
    guard !content.also.isEmpty else { return true }
    // Digests that were joined before join nothing more.
    let isKnown = try joined.first(.text(content.columnText), .integer(content.byteCount)) { _ in
      true
    }
    if isKnown == true { return true }
    let before = content.digests.map { owners[$0] }
    if before.allSatisfy({ $0 == content }) { return true }
    guard before.allSatisfy({ $0 == nil }) else { return false }
    for digest in content.digests {
      let isJoined = try joining.first(.text(digest.description)) { _ in true }
      if isJoined == true { return false }
      owners[digest] = content
    }
    contents.append(content)
    return true
  }

  /// The paths at which bytes are named by one of these digests and by no sha256.
  ///
  /// - Throws: `CacheUnusable`, `DatabaseError`.
  func paths(_ database: Database) throws -> [LibraryPath] {
    guard !contents.isEmpty else { return [] }
    var paths: [LibraryPath] = []
    let named = try SQLStatement(
      database, "SELECT p.path FROM weak w JOIN paths p ON p.id = w.path WHERE w.digest = ?")
    for digest in contents.flatMap(\.digests) {
      try named.rows(.text(digest.description)) { row in
        guard let path = LibraryPath(key: row.bytes(0)) else {
          throw CacheUnusable("a path that can't be read")
        }
        paths.append(path)
        return true
      }
    }
    return paths
  }
}
