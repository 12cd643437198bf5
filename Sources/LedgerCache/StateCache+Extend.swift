import GRDB
package import LedgerCore
import LedgerFailurePoints
import Synchronization

/// What became of an attempt to replay only what is new.
package enum CacheExtension: Hashable, Sendable {
  /// It is in the cache; `paths` are those that were judged anew, in order.
  case extended(paths: [LibraryPath])
  /// Nothing was written: what is new may change what stands at other paths, or waits.
  case needsFullReplay
}

extension StateCache {
  /// Replays batches that are new since the last `rebuild` or `extend`, at a cost by what they
  /// name. All or nothing, as `rebuild`.
  ///
  /// Only what leaves every other path as it was: no new location, settings, unknown types, or void or
  /// waiting batches. Digests that are joined for the first time have the paths judged anew that name
  /// them; joins that meet others ask for a full replay. So does a batch that the cache has already.
  ///
  /// - Parameters:
  ///   - heads: the commits of all refs, the new batches included.
  ///   - own: as it was for `rebuild`; another one asks for a full replay.
  ///   - lines: by the first event of a batch, how its events are spelled, as the coding would;
  ///     those of batches that are left out are spelled here.
  /// - Throws: `CacheUnusable` where the cache contradicts itself, `DatabaseError`.
  package func extend(
    _ new: [StoredBatch], heads: [String: String], own: LocationID,
    lines: [EventID: [ArraySlice<UInt8>]] = [:]
  ) throws -> CacheExtension {
    try effect("extend the cache") {
      try file.writeWithoutTransaction { database in
        var outcome = CacheExtension.needsFullReplay
        var joined: [Content] = []
        try database.inTransaction(.immediate) {
          guard try meta("own", database) == own.name, try meta("waiting", database) == "no",
            let (batches, admission, joins) = try admit(new, database)
          else { return .rollback }
          guard
            let paths = try write(
              batches, lines, admission, joins, heads: heads, own: own, database)
          else { return .rollback }
          outcome = .extended(paths: paths)
          joined = joins.contents
          return .commit
        }
        if case .extended = outcome, !joined.isEmpty {
          file.identity.withLock { $0?.identity.join(new: joined) }
        }
        return outcome
      }
    }
  }

  private func meta(_ key: String, _ database: Database) throws -> String? {
    try SQLStatement(database, "SELECT value FROM meta WHERE key = ?")
      .first(.text(key)) { $0.text(0) }
  }

  // Nil where not each of them counts as it is.
  private func admit(
    _ new: [StoredBatch], _ database: Database
  ) throws -> ([Batch], Admission, NewJoins)? {
    var batches: [Batch] = []
    var joins = try NewJoins(database)
    for stored in new {
      guard case .valid(let batch) = stored else { return nil }
      for event in batch.events {
        guard try leavesOthersAlone(event, &joins) else { return nil }
      }
      batches.append(batch)
    }
    guard var admission = try storedAdmission(for: batches, database) else { return nil }
    let admitted = admission.admit(new)
    guard admitted.count == new.count, admission.waiting.isEmpty, admission.problems.isEmpty else {
      return nil
    }
    return (admitted, admission, joins)
  }

  private func leavesOthersAlone(_ event: Event, _ joins: inout NewJoins) throws -> Bool {
    switch event.fact {
    case .declared, .configured, .unknown: false
    case .identified(let content): try joins.add(content)
    default: try event.fact.file.map { try joins.add($0.content) } ?? true
    }
  }

  /// Where the streams ended, with the instants that `batches` are checked against; nil where a
  /// stream of theirs is new, or ends with a void batch, whose reach depends on what follows.
  private func storedAdmission(
    for batches: [Batch], _ database: Database
  ) throws -> Admission? {
    let ends = try streamEnds(database)
    var instants: [LocationID: [Int64: Instant]] = [:]
    let before = try SQLStatement(
      database, "SELECT id, at FROM batches WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1")
    for batch in batches {
      guard let end = ends[batch.header.location], end.header?.last == end.last else { return nil }
      for (location, number) in batch.header.seen.sorted {
        guard let end = ends[location], number <= end.last else { continue }
        let stream = end.row << Self.numberBits
        try before.rows(.integer(stream), .integer(stream | number)) {
          let first = $0.integer(0) & (1 << Self.numberBits - 1)
          instants[location, default: [:]][first] = Instant(milliseconds: $0.integer(1))
          return true
        }
      }
    }
    var streams: [LocationID: Admission.Stream] = [:]
    for (location, end) in ends {
      if let header = end.header { instants[location, default: [:]][header.first] = header.at }
      streams[location] = Admission.Stream(
        last: end.last, header: end.header, hasVoid: end.hasVoid,
        instants: (instants[location] ?? [:]).sorted { $0.key < $1.key }
          .map { (first: $0.key, at: $0.value) })
    }
    return Admission(streams: streams)
  }

  // Nil where a decision is about an event that isn't here.
  private func write(
    _ batches: [Batch], _ lines: [EventID: [ArraySlice<UInt8>]], _ admission: Admission,
    _ joins: NewJoins, heads: [String: String], own: LocationID, _ database: Database
  ) throws -> [LibraryPath]? {
    var new = History()
    for batch in batches { new.add(batch) }
    var reader = try CacheReader(database, coding: coding)
    let events = NewEvents(batches)
    let renamed = try joins.paths(database)
    guard let paths = try touched(by: new, events, and: renamed, &reader) else { return nil }
    let context = try storedContext(&reader, database)
    let joinedContext = context.joining(joins.contents)
    var writer = try CacheWriter(database, coding: coding, own: own, streams: reader.streams)
    let last = try SQLStatement(database, "SELECT max(id) FROM paths").first { $0.integer(0) } ?? 0
    var next = last
    var rows: [LibraryPath: Int64] = [:]
    rows.reserveCapacity(paths.count)
    // A library is catalogued in order: what comes after all that is here is not looked for.
    let end = try SQLStatement(database, "SELECT path FROM paths ORDER BY path DESC LIMIT 1")
      .first { try libraryPath($0.bytes(0)) }
    for path in paths {
      if let end, path <= end, let row = try reader.row(of: path) {
        rows[path] = row
      } else {
        next += 1
        rows[path] = next
      }
    }
    for batch in batches {
      let first = EventID(location: batch.header.location, number: batch.header.first)
      try writer.write(batch, lines: lines[first])
      for event in batch.events {
        for path in event.fact.paths {
          guard let row = rows[path] else { throw CacheUnusable("\(path) has no row") }
          try writer.mention(row, in: event)
        }
      }
    }
    reader = try CacheReader(database, coding: coding)
    for path in paths {
      guard let row = rows[path] else { continue }
      // Of a path that no event named before, the new ones are the whole history.
      let all = row > last ? new.history(of: path) : try reader.history(of: path, row: row)
      let before = row > last ? nil : all.before(events).state(in: context)
      try writer.write(all.state(in: joinedContext), of: path, as: row, inPlaceOf: before)
    }
    try writer.finish(admission, heads: heads)
    return paths
  }

  // The paths that the events name, those whose deletions they decide on, and those whose contents
  // have another name now; in order.
  private func touched(
    by new: History, _ events: NewEvents, and renamed: [LibraryPath], _ reader: inout CacheReader
  ) throws -> [LibraryPath]? {
    var others = Set(renamed)
    for target in new.decidedOn where !events.contains(target) {
      guard let event = try reader.event(target) else { return nil }
      others.formUnion(event.event.fact.paths)
    }
    return (others.filter { new.number(of: $0) == nil } + new.order.map(new.path)).sorted()
  }
}

/// Which events are of the batches that are new: of each stream those at or after a number.
private struct NewEvents {
  private var firsts: [LocationID: Int64] = [:]

  init(_ batches: [Batch]) {
    for batch in batches {
      let first = firsts[batch.header.location] ?? .max
      firsts[batch.header.location] = min(first, batch.header.first)
    }
  }

  func contains(_ id: EventID) -> Bool { firsts[id.location].map { id.number >= $0 } ?? false }
}

extension PathHistory {
  /// The history as it was without the new events.
  fileprivate func before(_ new: NewEvents) -> PathHistory {
    PathHistory(
      path: path, events: events.filter { !new.contains($0.id) },
      decisions: decisions.filter { !new.contains($0.id) })
  }
}
