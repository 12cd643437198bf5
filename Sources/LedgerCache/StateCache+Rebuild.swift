import GRDB
package import LedgerCore
import LedgerFailurePoints
import Synchronization

/// A full replay, as the cache wants it: what may not fit into the memory is given bit by bit.
package struct ReplayedLedger {
  /// What became of the streams.
  package let admission: Admission
  /// What was odd.
  package let problems: [Problem]
  /// The commits of the refs that the batches were read from.
  package let heads: [String: String]
  /// Calls its argument with each path that an event names, in order, what stands there and those events.
  package let paths: (_ each: (LibraryPath, PathState?, [Event]) throws -> Void) throws -> Void
  /// Calls its argument with each batch that counts, by location and then by number.
  package let batches: (_ each: (Batch) throws -> Void) throws -> Void

  /// A full replay.
  package init(
    admission: Admission, problems: [Problem], heads: [String: String],
    paths: @escaping (_ each: (LibraryPath, PathState?, [Event]) throws -> Void) throws -> Void,
    batches: @escaping (_ each: (Batch) throws -> Void) throws -> Void
  ) {
    self.admission = admission
    self.problems = problems
    self.heads = heads
    self.paths = paths
    self.batches = batches
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
    // In byte order, so that each table and index grows at its end.
    var row: Int64 = 0
    try replayed.paths { path, state, events in
      row += 1
      try writer.write(state, of: path, as: row, inPlaceOf: nil)
      for event in events { try writer.mention(row, in: event) }
    }
    var count = 0
    var told = 0
    try replayed.batches { batch in
      try writer.write(batch)
      count += batch.events.count
      if count - told >= 10_000 {
        told = count
        try onProgress(count)
      }
    }
    try writer.finish(replayed.admission, heads: replayed.heads)
    let problem = try SQLStatement(database, "INSERT INTO problems VALUES (?, ?, ?)")
    for one in replayed.problems {
      try problem.run(.text(one.kind.rawValue), .text(one.subject), .text(one.detail))
    }
    try onProgress(count)
  }

  private func empty(_ database: Database) throws {
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
}
