import GRDB
import LedgerCore

/// Paths that lie together in byte order.
struct PathRange {
  /// At or after this.
  let lower: [UInt8]
  /// Before this; nil for no end.
  let upper: [UInt8]?

  /// Every path.
  static let all = PathRange(lower: [], upper: nil)

  /// The ranges that hold what is at or below `prefixes`, in order and apart; one that holds
  /// everything for none.
  static func ranges(under prefixes: [LibraryPath]) -> [PathRange] {
    guard !prefixes.isEmpty else { return [.all] }
    let slash = UInt8(ascii: "/")
    // `a-b` lies between `a` and `a/c`: the path itself and what is below are two ranges.
    let all = prefixes.flatMap { prefix in
      [
        PathRange(lower: prefix.bytes, upper: prefix.bytes + [0]),
        PathRange(lower: prefix.bytes + [slash], upper: prefix.bytes + [slash + 1]),
      ]
    }
    var apart: [PathRange] = []
    for range in all.sorted(by: { $0.lower.lexicographicallyPrecedes($1.lower) })
    where apart.last?.contains(range.lower) != true {
      apart.append(range)
    }
    return apart
  }

  /// Whether bytes at or after `lower` are in it.
  func contains(_ bytes: [UInt8]) -> Bool {
    upper.map { bytes.lexicographicallyPrecedes($0) } ?? true
  }
}

extension StateCache {
  /// Walks over rows by their paths, some thousand in one access of the database, so that `each`
  /// may use the cache itself.
  ///
  /// - Parameters:
  ///   - sql: selects the path first, `path >= ?`, in the order of `path`.
  ///   - reading: makes the reader of rows for one access.
  func chunks<Element>(
    _ sql: String, in ranges: [PathRange],
    reading: (Database) throws -> (SQLRow) throws -> Element,
    each: (Element) throws -> Void
  ) throws {
    for range in ranges {
      var lower: [UInt8]? = range.lower
      while let start = lower {
        lower = nil
        var found: [Element] = []
        try queue.read { database in
          let read = try reading(database)
          try SQLStatement(database, sql).rows(.bytes(start)) { row in
            let path = row.bytes(0)
            guard range.contains(path) else { return false }
            guard found.count < 4096 else {
              lower = path
              return false
            }
            found.append(try read(row))
            return true
          }
        }
        for element in found { try each(element) }
      }
    }
  }
}
