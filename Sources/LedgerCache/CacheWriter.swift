import GRDB
import LedgerCore

/// Writes batches and the states of paths, within one transaction.
struct CacheWriter {
  private let coding: CacheCoding
  private let own: LocationID
  private let streams: StreamTable
  private let batch: SQLStatement
  private let event: SQLStatement
  private let mention: SQLStatement
  private let decision: SQLStatement
  private let setting: SQLStatement
  private let join: SQLStatement
  private let joining: SQLStatement
  private let weak: SQLStatement
  private let state: SQLStatement
  private let copy: SQLStatement
  private let noCopy: SQLStatement
  private let head: SQLStatement
  private let database: Database
  /// How many paths the changes of this transaction add to each condition.
  private var conditions: [PathCondition: Int64] = [:]
  /// What they add to the present copies of each location.
  private var totals: [LocationID: (files: Int64, bytes: Int64)] = [:]

  /// - Throws: `DatabaseError`.
  init(
    _ database: Database, coding: CacheCoding, own: LocationID, streams: StreamTable
  ) throws {
    self.database = database
    self.coding = coding
    self.own = own
    self.streams = streams
    func prepared(_ sql: String) throws -> SQLStatement { try SQLStatement(database, sql) }
    batch = try prepared("INSERT INTO batches VALUES (?, ?, ?, ?, ?)")
    event = try prepared("INSERT INTO events VALUES (?, ?, ?, ?)")
    mention = try prepared("INSERT OR IGNORE INTO mentions VALUES (?, ?)")
    decision = try prepared("INSERT OR IGNORE INTO decisions VALUES (?, ?)")
    setting = try prepared("INSERT INTO settings VALUES (?)")
    join = try prepared("INSERT OR IGNORE INTO joined VALUES (?, ?)")
    joining = try prepared("INSERT OR IGNORE INTO joining VALUES (?)")
    weak = try prepared("INSERT OR IGNORE INTO weak VALUES (?, ?)")
    state = try prepared(
      """
      INSERT INTO paths VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT (id) DO UPDATE SET condition = ?3, hasWork = ?4, dump = ?5
      """)
    copy = try prepared("INSERT OR REPLACE INTO copies VALUES (?, ?, ?, ?, ?, ?, ?)")
    noCopy = try prepared("DELETE FROM copies WHERE path = ?")
    head = try prepared("INSERT INTO heads VALUES (?, ?)")
  }

  /// Writes a batch with its events; what they are about is told by `mention`.
  ///
  /// - Parameter lines: how its events are spelled, one each; where they are not at hand, they are
  ///   spelled.
  func write(_ new: Batch, lines: [ArraySlice<UInt8>]? = nil) throws {
    let header = new.header
    guard let first = streams.row(EventID(location: header.location, number: header.first)),
      streams.row(EventID(location: header.location, number: header.last)) != nil
    else { throw CacheUnusable("\(header.location):\(header.last) does not fit into the cache") }
    try batch.run(
      .integer(first), .integer(Int64(header.count)), .integer(header.at.milliseconds),
      .text(header.seen.columnText), .text(header.since.columnText))
    for (index, one) in new.events.enumerated() {
      // Within a batch numbers follow each other.
      let row = first + Int64(index)
      try event.run(
        .integer(row), .integer(first), .text(one.fact.type),
        lines.map { .slice($0[index]) } ?? .bytes(coding.encode(one)))
      try self.index(one, row)
    }
  }

  /// Writes that an event names the path of a number.
  func mention(_ path: Int64, in one: Event) throws {
    guard let event = streams.row(one.id) else {
      throw CacheUnusable("\(one.id) does not fit into the cache")
    }
    try mention.run(.integer(path), .integer(event))
    try noteWeak(one, path)
  }

  // What is found otherwise than by path or number.
  private func index(_ one: Event, _ row: Int64) throws {
    switch one.fact {
    case .declared, .configured: try setting.run(.integer(row))
    case .approved(let targets), .rejected(let targets):
      for target in targets {
        // A target in a stream that isn't here decides on nothing.
        guard let target = streams.row(target) else { continue }
        try decision.run(.integer(target), .integer(row))
      }
    case .identified(let content): try join(content)
    default: if let file = one.fact.file { try join(file.content) }
    }
  }

  private func join(_ content: Content) throws {
    guard !content.also.isEmpty else { return }
    try join.run(.text(content.columnText), .integer(content.byteCount))
    for digest in content.digests { try joining.run(.text(digest.description)) }
  }

  // Where bytes are named that no sha256 is told of: a join may name them anew.
  private func noteWeak(_ one: Event, _ path: Int64) throws {
    func isStrong(_ digest: Digest) -> Bool { digest.algorithm == .sha256 }
    switch one.fact {
    case .resolved(_, let keep?):
      if !isStrong(keep) { try weak.run(.text(keep.description), .integer(path)) }
    default:
      guard let content = one.fact.file?.content, !isStrong(content.digest),
        !content.also.contains(where: isStrong)
      else { return }
      for digest in content.digests { try weak.run(.text(digest.description), .integer(path)) }
    }
  }

  /// Writes what stands at a path, in place of `before`; a path of no state is named only.
  mutating func write(
    _ now: PathState?, of path: LibraryPath, as row: Int64, inPlaceOf before: PathState?
  ) throws {
    if let before { count(before, by: -1) }
    guard let now else {
      try state.run(.integer(row), .bytes(path.bytes), .null, .flag(false), .null)
      return
    }
    count(now, by: 1)
    try state.run(
      .integer(row), .bytes(path.bytes), .text(now.condition.rawValue),
      .flag(StateCache.hasWork(now, own: own)), .bytes(coding.dumpLine(now)))
    if let held = now.copies[own], let version = held.version {
      guard let version = streams.row(version), let since = streams.row(held.since) else {
        throw CacheUnusable("the copy of \(now.path) is of no stream")
      }
      try copy.run(
        .bytes(now.path.bytes), .text(held.file.media.rawValue),
        .text(held.file.content.columnText), .integer(held.file.content.byteCount),
        .integer(version), .integer(since), .text(held.damage?.description ?? ""))
    } else if before?.copies[own]?.version != nil {
      try noCopy.run(.bytes(now.path.bytes))
    }
  }

  private mutating func count(_ state: PathState, by sign: Int64) {
    conditions[state.condition, default: 0] += sign
    for (location, copy) in state.copies where copy.version != nil {
      totals[location, default: (0, 0)].files += sign
      totals[location, default: (0, 0)].bytes += sign * copy.file.content.byteCount
    }
  }

  /// Writes what the changes came to, where each stream ends, and the heads: the last thing.
  func finish(_ admission: Admission, heads: [String: String]) throws {
    let condition = try SQLStatement(
      database,
      """
      INSERT INTO conditions VALUES (?1, ?2)
      ON CONFLICT (condition) DO UPDATE SET files = files + ?2
      """)
    for (name, change) in conditions where change != 0 {
      try condition.run(.text(name.rawValue), .integer(change))
    }
    let total = try SQLStatement(
      database,
      """
      INSERT INTO totals VALUES (?1, ?2, ?3)
      ON CONFLICT (stream) DO UPDATE SET files = files + ?2, bytes = bytes + ?3
      """)
    for (location, change) in totals {
      guard let stream = streams.ids[location] else {
        throw CacheUnusable("a copy at \(location), which has no stream")
      }
      try total.run(.integer(stream), .integer(change.files), .integer(change.bytes))
    }
    let end = try SQLStatement(
      database, "UPDATE streams SET last = ?, hasVoid = ?, lastBatch = ? WHERE id = ?")
    for (location, stream) in admission.streams {
      guard let id = streams.ids[location] else { continue }
      let batch = stream.header.flatMap {
        streams.row(EventID(location: location, number: $0.first))
      }
      try end.run(
        .integer(stream.last), .flag(stream.hasVoid), .optional(batch), .integer(id))
    }
    try database.execute(sql: "DELETE FROM heads")
    for (ref, id) in heads { try head.run(.text(ref), .text(id)) }
  }
}
