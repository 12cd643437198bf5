import GRDB
package import LedgerCore
import LedgerFailurePoints
import Synchronization

/// A full replay, as the cache wants it.
package struct ReplayedLedger: Sendable {
  /// The batches that count: all that `admission` ever returned, in any order.
  package let batches: [Batch]
  /// What became of the streams.
  package let admission: Admission
  /// Their events by path.
  package let history: History
  /// The commits of the refs that the batches were read from.
  package let heads: [String: String]

  /// A full replay.
  package init(
    batches: [Batch], admission: Admission, history: History, heads: [String: String]
  ) {
    self.batches = batches
    self.admission = admission
    self.history = history
    self.heads = heads
  }
}

extension StateCache {
  /// Puts a full replay in place of whatever the cache held of events; what it knows of files on
  /// the disk and the texts stay.
  ///
  /// All or nothing: until it returns, and after a crash, the cache says what it said before.
  ///
  /// - Parameters:
  ///   - own: the location whose copies and work are kept ready.
  ///   - onProgress: called with the number of events written so far, now and then and at the end.
  /// - Throws: `DatabaseError`, and what `onProgress` throws to stop it.
  package func rebuild(
    from replayed: ReplayedLedger, own: LocationID,
    onProgress: (_ eventCount: Int) throws -> Void = { _ in }
  ) throws {
    try effect("rebuild the cache") {
      try file.writeWithoutTransaction { database in
        try database.inTransaction(.immediate) {
          try fill(database, from: replayed, own: own, onProgress: onProgress)
          return .commit
        }
      }
    }
  }

  private func fill(
    _ database: Database, from replayed: ReplayedLedger, own: LocationID,
    onProgress: (Int) throws -> Void
  ) throws {
    file.identity.withLock { $0 = nil }
    try empty(database)
    try setMeta("own", own.name, database)
    try setMeta("waiting", replayed.admission.waiting.isEmpty ? "no" : "yes", database)
    let streams = try writeStreams(replayed.admission, database)
    var writer = try CacheWriter(database, coding: coding, own: own, streams: streams)
    let (context, problems) = replayed.history.context(replayed.admission)
    let rows = try writePaths(replayed.history, context, &writer)
    var count = 0
    var told = 0
    for batch in replayed.batches.sorted(by: Self.comesFirst) {
      try writer.write(batch) { path in
        guard let number = replayed.history.number(of: path) else {
          throw CacheUnusable("\(path) has no row")
        }
        return rows[number]
      }
      count += batch.events.count
      if count - told >= 10_000 {
        told = count
        try onProgress(count)
      }
    }
    try database.execute(sql: Self.pathIndex)
    try writer.finish(replayed.admission, heads: replayed.heads)
    let problem = try SQLStatement(database, "INSERT INTO problems VALUES (?, ?, ?)")
    for one in problems {
      try problem.run(.text(one.kind.rawValue), .text(one.subject), .text(one.detail))
    }
    try onProgress(count)
  }

  private func empty(_ database: Database) throws {
    try database.execute(sql: "DROP INDEX IF EXISTS events_path")
    for table in Self.replayed { try database.execute(sql: "DELETE FROM \(table)") }
  }

  private func setMeta(_ key: String, _ value: String, _ database: Database) throws {
    try SQLStatement(database, "INSERT OR REPLACE INTO meta VALUES (?, ?)")
      .run(.text(key), .text(value))
  }

  private func writeStreams(_ admission: Admission, _ database: Database) throws -> StreamTable {
    var table = StreamTable()
    let insert = try SQLStatement(database, "INSERT INTO streams VALUES (?, ?, 0, 0, NULL)")
    for (index, location) in admission.streams.keys.sorted().enumerated() {
      try insert.run(.integer(Int64(index + 1)), .text(location.name))
      table.add(location, as: Int64(index + 1))
    }
    return table
  }

  // In byte order, so that each index grows at its end. The rows are those of the paths' numbers.
  private func writePaths(
    _ history: History, _ context: ReplayContext, _ writer: inout CacheWriter
  ) throws -> [Int64] {
    var rows = [Int64](repeating: 0, count: history.pathCount)
    for (index, number) in history.order.enumerated() {
      let row = Int64(index + 1)
      rows[Int(number)] = row
      try writer.write(
        history.state(number, in: context), of: history.path(number), as: row, inPlaceOf: nil)
    }
    return rows
  }

  private static func comesFirst(_ one: Batch, _ other: Batch) -> Bool {
    (one.header.location, one.header.first) < (other.header.location, other.header.first)
  }
}
