import LedgerCore

/// SplitMix64: the same numbers for a seed on every machine.
struct CacheGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Several locations that write batches, each knowing what it last fetched.
struct RandomHistory {
  struct Writer {
    let location: LocationID
    var number: Int64 = 0
    var seen: [LocationID: Int64] = [:]
    var since: [LocationID: Int64] = [:]
    var clock: Int64 = 1000
    var known: [Event] = []
  }

  let paths: [LibraryPath]
  let contents: [Content]
  private(set) var writers: [Writer]
  private(set) var batches: [Batch] = []
  var generator: CacheGenerator

  /// Each location writes a first batch; some of them declare what they are authoritative for.
  ///
  /// - Parameter isMixed: whether bytes are also told by md5 alone, and digests are joined, sometimes
  ///   against each other.
  init(seed: UInt64, locations: Int = 4, isMixed: Bool = false) {
    generator = CacheGenerator(seed: seed)
    paths =
      ["a.jpg", "a/b.mov", "a-b.jpg", "a/c.xmp", "z.txt"].compactMap { LibraryPath($0) }
      + [LibraryPath(key: [0x61, 0x2f, 0xff, 0xfe])].compactMap { $0 }
    let plain = (1...4).compactMap { content(UInt8($0)) }
    let mixed = (1...4).flatMap { number -> [Content] in
      let md5 = Digest(.md5, bytes: Array(repeating: UInt8(100 + number), count: 16))
      guard let md5, let both = content(UInt8(number), also: [md5]) else { return [] }
      return [both, Content(digest: md5, byteCount: both.byteCount)]
    }
    // One md5 of two files: such a join joins nothing.
    let odd =
      seed % 4 == 0
      ? plain.last.map {
        [Content(digest: $0.digest, also: mixed[0].also, byteCount: $0.byteCount)]
      } ?? [] : []
    contents = plain + (isMixed ? mixed + odd : [])
    writers = ["desk", "nas", "amazon", "plex", "old-disk"].prefix(locations)
      .compactMap { LocationID($0) }.map { Writer(location: $0) }
    for index in writers.indices {
      fetch(index)
      let all = SettingValue.array(
        MediaType.allCases.filter { _ in generator.chance(60) }.map { .string($0.rawValue) })
      write(
        index,
        [.declared(nil, [SettingEntry(key: "authoritative", value: all)]), randomFact(index)],
        causes: [nil, nil])
    }
  }

  /// One location fetches, perhaps, and records one to three events.
  mutating func step() {
    let index = Int.random(in: writers.indices, using: &generator)
    if generator.chance(60) { fetch(index) }
    let count = Int.random(in: 1...3, using: &generator)
    let facts = (0..<count).map { _ in randomFact(index) }
    let causes = facts.map { randomCause(for: $0, index) }
    write(index, facts, causes: causes)
    if generator.chance(50) { writers[index].since = writers[index].seen }
  }

  mutating func write(_ index: Int, _ facts: [Fact], causes: [EventID?]) {
    var writer = writers[index]
    writer.clock += Int64.random(in: 1...5, using: &generator)
    let at = Instant(milliseconds: writer.clock)
    let first = writer.number + 1
    let events = zip(facts, causes).enumerated().map { offset, pair in
      Event(
        id: EventID(location: writer.location, number: first + Int64(offset)), at: at,
        fact: pair.0, cause: pair.1)
    }
    writer.number += Int64(events.count)
    let header = BatchHeader(
      location: writer.location, first: first, count: events.count, at: at,
      seen: Seen(writer.seen), since: Seen(writer.since), host: "host", version: "1")
    writer.known += events
    writers[index] = writer
    batches.append(Batch(header: header, events: events))
  }

  mutating func fetch(_ index: Int) {
    for batch in batches where batch.header.location != writers[index].location {
      let location = batch.header.location
      guard batch.header.last > (writers[index].seen[location] ?? 0) else { continue }
      writers[index].seen[location] = batch.header.last
      writers[index].clock = max(writers[index].clock, batch.header.at.milliseconds)
      writers[index].known += batch.events
    }
  }

  private mutating func randomFact(_ index: Int) -> Fact {
    guard let path = paths.randomElement(using: &generator),
      let other = paths.randomElement(using: &generator),
      let content = contents.randomElement(using: &generator),
      let before = contents.randomElement(using: &generator)
    else { preconditionFailure("there are paths and contents") }
    let file = FileFact(path: path, media: MediaType.of(path), content: content)
    let deletions = writers[index].known.filter {
      switch $0.fact {
      case .deleted, .renamed: $0.cause == nil
      case .resolved(_, let keep): keep == nil
      default: false
      }
    }.map(\.id)
    let target = deletions.randomElement(using: &generator)
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<30: return .added(file)
    case 30..<45: return .changed(file, previous: before.digest)
    case 45..<60: return .deleted(file, asks: generator.chance(15))
    case 60..<68: return .pruned(file)
    case 68..<78: return other == path ? .added(file) : .renamed(file, from: other)
    case 78..<82: return .restored(file)
    case 82..<85: return .damaged(file, found: before.digest)
    case 85..<88: return .resolved(path, keep: generator.chance(70) ? content.digest : nil)
    case 88..<94: return target.map { .approved([$0]) } ?? .added(file)
    default: return target.map { .rejected([$0]) } ?? .added(file)
    }
  }

  private mutating func randomCause(for fact: Fact, _ index: Int) -> EventID? {
    guard let path = fact.file?.path, generator.chance(40) else { return nil }
    return writers[index].known.filter { $0.fact.paths.contains(path) }
      .randomElement(using: &generator)?.id
  }
}

/// A content of 100 times `number` bytes.
func content(_ number: UInt8, also: [Digest] = []) -> Content? {
  Digest(.sha256, bytes: Array(repeating: number, count: 32)).map {
    Content(digest: $0, also: also, byteCount: Int64(number) * 100)
  }
}
