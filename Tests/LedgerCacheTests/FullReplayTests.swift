import CustomDump
import LedgerCache
import LedgerCore
import Testing

@Suite struct `Extending a state cache asks for a full replay` {
  private var history = RandomHistory(seed: 3)
  private let cache: StateCache
  private let own: LocationID
  private let before: [StoredBatch]

  init() throws {
    cache = try open()
    own = history.writers[0].location
    before = stored(history.batches)
    try cache.rebuild(from: replayed(before, heads: ["desk": "1"]), own: own)
  }

  private func expectFullReplay(_ new: [StoredBatch], own other: LocationID? = nil) throws {
    let outcome = try cache.extend(new, heads: ["desk": "2"], own: other ?? own)
    expectNoDifference(outcome, .needsFullReplay)
    try expectEqualsReplay(cache, before, own: own, heads: ["desk": "1"])
  }

  private mutating func written(_ facts: [Fact], by index: Int = 1) -> [StoredBatch] {
    let count = history.batches.count
    history.write(index, facts, causes: facts.map { _ in nil })
    return stored(history.batches[count...])
  }

  private var file: FileFact {
    FileFact(path: history.paths[0], media: .photo, content: history.contents[0])
  }

  @Test func `before the first rebuild`() throws {
    let empty = try open()

    expectNoDifference(try empty.extend([], heads: [:], own: own), .needsFullReplay)
    expectNoDifference(try empty.heads(), [:])
  }

  @Test mutating func `for settings of a location and of the ledger`() throws {
    let value = SettingEntry(key: "retired", value: .bool(true))
    try expectFullReplay(written([.declared(nil, [value])]))
    try expectFullReplay(
      written([.configured([SettingEntry(key: "deletions", value: .string("always"))])], by: 2))
  }

  @Test mutating func `for an event of an unknown type`() throws {
    try expectFullReplay(written([.unknown(type: "blessed", paths: [history.paths[0]])]))
  }

  @Test mutating func `for contents whose digests meet others that were joined`() throws {
    let md5 = try #require(Digest(.md5, bytes: Array(repeating: 9, count: 16)))
    let joined = try #require(content(1, also: [md5]))
    let other = try #require(content(2, also: [md5]))
    try expectFullReplay(written([.identified(joined), .identified(other)], by: 2))
    let first = written([.identified(joined)])
    try cache.rebuild(from: replayed(before + first, heads: ["desk": "1"]), own: own)
    let with = FileFact(path: history.paths[0], media: .photo, content: other)
    let outcome = try cache.extend(written([.added(with)]), heads: [:], own: own)
    expectNoDifference(outcome, .needsFullReplay)
  }

  @Test mutating func `for the first batch of a location`() throws {
    let location = try #require(LocationID("laptop"))
    let header = BatchHeader(
      location: location, first: 1, count: 1, at: Instant(milliseconds: 9_000_000),
      seen: .nothing, since: .nothing, host: "h", version: "1")
    let event = Event(
      id: EventID(location: location, number: 1), at: header.at, fact: .added(file))
    try expectFullReplay([.valid(Batch(header: header, events: [event]))])
  }

  @Test mutating func `for a void batch`() throws {
    try expectFullReplay([
      .void(
        VoidBatch(
          location: own, first: history.writers[0].number + 1, lineCount: 2, file: "f", line: 1,
          reason: "no"))
    ])
  }

  @Test mutating func `for a batch that contradicts its stream, and for one that it has`() throws {
    try expectFullReplay([before[0]])
    history.fetch(1)
    let good = written([.added(file)])
    history.fetch(2)
    guard case .valid(let batch) = good[0] else { return }
    let early = BatchHeader(
      location: batch.header.location, first: batch.header.first, count: 1,
      at: Instant(milliseconds: 1), seen: batch.header.seen, since: batch.header.since, host: "h",
      version: "1")
    try expectFullReplay([.valid(Batch(header: early, events: batch.events))])
  }

  @Test(arguments: [0, 1])
  mutating func `for a batch whose instant is not after one that it had seen`(
    later: Int
  ) throws {
    history.fetch(1)
    let writer = history.writers[1]
    let seenAt = try #require(
      history.batches.last { Seen(writer.seen)[$0.header.location] > 0 }?.header.at)
    // The batch that it had seen is the last of its stream, or not.
    for index in [0, 2, 3] where later > 0 { _ = written([.added(file)], by: index) }
    let all = stored(history.batches)
    try cache.rebuild(from: replayed(all, heads: ["desk": "1"]), own: own)
    let id = EventID(location: writer.location, number: writer.number + 1)
    func batch(at: Instant) -> [StoredBatch] {
      let header = BatchHeader(
        location: id.location, first: id.number, count: 1, at: at, seen: Seen(writer.seen),
        since: .nothing, host: "h", version: "1")
      return [.valid(Batch(header: header, events: [Event(id: id, at: at, fact: .added(file))]))]
    }

    let outcome = try cache.extend(batch(at: seenAt), heads: [:], own: own)

    expectNoDifference(outcome, .needsFullReplay)
    try expectEqualsReplay(cache, all, own: own, heads: ["desk": "1"])
    expectNoDifference(
      try cache.extend(batch(at: seenAt.advanced(milliseconds: 1)), heads: [:], own: own),
      .extended(paths: [file.path]))
  }

  @Test mutating func `for a batch that must wait, and for all while one waits`() throws {
    let first = written([.added(file)])
    let second = written([.pruned(file)])
    try expectFullReplay(second)

    try cache.rebuild(from: replayed(before + second, heads: ["desk": "1"]), own: own)
    let other = written([.added(file)], by: 2)

    expectNoDifference(try cache.extend(other, heads: [:], own: own), .needsFullReplay)
    expectNoDifference(try cache.extend(first, heads: [:], own: own), .needsFullReplay)
    try expectEqualsReplay(cache, before + second, own: own, heads: ["desk": "1"])
  }

  @Test mutating func `for a decision on an event of a void batch`() throws {
    let location = history.writers[0].location
    let number = history.writers[0].number
    let void = VoidBatch(
      location: location, first: number + 1, lineCount: 2, file: "f", line: 1, reason: "no")
    let next = BatchHeader(
      location: location, first: number + 2, count: 1, at: Instant(milliseconds: 5_000),
      seen: .nothing, since: .nothing, host: "h", version: "1")
    let after = Event(
      id: EventID(location: location, number: number + 2), at: next.at, fact: .added(file))
    let all = before + [.void(void), .valid(Batch(header: next, events: [after]))]
    try cache.rebuild(from: replayed(all), own: own)
    history.fetch(1)
    let number1 = history.writers[1].number
    let header = BatchHeader(
      location: history.writers[1].location, first: number1 + 1, count: 1,
      at: Instant(milliseconds: 9_000), seen: Seen([location: number + 2]),
      since: .nothing, host: "h", version: "1")
    func decision(on target: Int64) -> [StoredBatch] {
      let event = Event(
        id: EventID(location: header.location, number: header.first), at: header.at,
        fact: .approved([EventID(location: location, number: target)]))
      return [.valid(Batch(header: header, events: [event]))]
    }

    expectNoDifference(
      try cache.extend(decision(on: number + 1), heads: [:], own: own), .needsFullReplay)
    expectNoDifference(
      try cache.extend(decision(on: number + 2), heads: [:], own: own),
      .extended(paths: [file.path]))
    try expectEqualsReplay(cache, all + decision(on: number + 2), own: own, heads: [:])
  }

  @Test func `for another own location`() throws {
    try expectFullReplay([], own: history.writers[1].location)
  }
}

@Suite struct `A state cache with joined digests` {
  @Test func `knows at once what it or another one was rebuilt with`() throws {
    let folder = try TemporaryFolder()
    let shelf = EventShelf()
    let caches = [try open(folder.cache, shelf: shelf), try open(folder.cache, shelf: shelf)]
    var history = RandomHistory(seed: 5)
    let own = history.writers[0].location
    let md5 = try #require(Digest(.md5, bytes: Array(repeating: 9, count: 16)))
    let joined = try #require(content(1, also: [md5]))
    let onlyMD5 = Content(digest: md5, byteCount: joined.byteCount)
    try caches[0].rebuild(from: replayed(stored(history.batches)), own: own)
    for cache in caches { #expect(try !cache.context().identity.areSame(joined, onlyMD5)) }
    let before = stored(history.batches)
    history.write(0, [.identified(joined)], causes: [nil])

    try caches[0].rebuild(from: replayed(stored(history.batches)), own: own)

    for cache in caches { #expect(try cache.context().identity.areSame(joined, onlyMD5)) }
    try caches[0].rebuild(from: replayed(before), own: own)
    for cache in caches { #expect(try !cache.context().identity.areSame(joined, onlyMD5)) }
  }

  @Test func `is extended by digests that were joined before`() throws {
    var history = RandomHistory(seed: 5)
    let md5 = try #require(Digest(.md5, bytes: Array(repeating: 9, count: 16)))
    let joined = try #require(content(1, also: [md5]))
    let onlyMD5 = Content(digest: md5, byteCount: joined.byteCount)
    let path = history.paths[0]
    let own = history.writers[0].location
    history.write(
      0, [.added(FileFact(path: path, media: .photo, content: joined))], causes: [nil])
    let cache = try open()
    try cache.rebuild(from: replayed(stored(history.batches)), own: own)
    let count = history.batches.count
    history.fetch(1)
    history.write(
      1,
      [
        .added(FileFact(path: path, media: .photo, content: onlyMD5)),
        .added(FileFact(path: history.paths[1], media: .photo, content: joined)),
      ], causes: [nil, nil])

    let outcome = try cache.extend(stored(history.batches[count...]), heads: [:], own: own)

    expectNoDifference(outcome, .extended(paths: [path, history.paths[1]].sorted()))
    try expectEqualsReplay(cache, stored(history.batches), own: own, heads: [:])
  }
}
