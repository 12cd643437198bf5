import CustomDump
import LedgerCache
import LedgerCore
import Testing

@Suite struct `A state cache` {
  @Test(arguments: 0..<300 as Range<UInt64>)
  func `that is extended equals a fresh replay, however the batches are split`(
    seed: UInt64
  ) throws {
    var history = RandomHistory(seed: seed)
    for _ in 0..<24 { history.step() }
    var generator = CacheGenerator(seed: seed &+ 1_000_000)
    let own = history.writers[Int(seed % 4)].location
    let cache = try open()
    var rest = history.batches[...]
    var fed = stored(rest.prefix(4))
    rest = rest.dropFirst(4)
    try cache.rebuild(from: replayed(fed, heads: ["desk": "0"]), own: own)
    var extended = 0

    while !rest.isEmpty {
      var part = stored(rest.prefix(Int.random(in: 1...6, using: &generator)))
      rest = rest.dropFirst(part.count)
      if generator.chance(50) { part.shuffle(using: &generator) }
      fed += part
      let heads = ["desk": "\(fed.count)"]
      switch try cache.extend(part, heads: heads, own: own) {
      case .extended: extended += 1
      case .needsFullReplay: try cache.rebuild(from: replayed(fed, heads: heads), own: own)
      }
      // Comparing everything takes most of the time: now and then, and at the end.
      if rest.isEmpty || generator.chance(10) {
        try expectEqualsReplay(cache, fed, own: own, heads: heads)
      }
    }

    #expect(extended > 0)
  }

  @Test(arguments: 0..<150 as Range<UInt64>)
  func `that is extended equals a fresh replay where digests are joined`(seed: UInt64) throws {
    var history = RandomHistory(seed: seed, isMixed: true)
    for _ in 0..<24 { history.step() }
    let own = history.writers[Int(seed % 4)].location
    let cache = try open()
    var fed = stored(history.batches.prefix(4))
    try cache.rebuild(from: replayed(fed, heads: ["desk": "0"]), own: own)

    for batch in stored(history.batches.dropFirst(4)) {
      fed.append(batch)
      let heads = ["desk": "\(fed.count)"]
      if try cache.extend([batch], heads: heads, own: own) == .needsFullReplay {
        try cache.rebuild(from: replayed(fed, heads: heads), own: own)
      }
      try expectEqualsReplay(cache, fed, own: own, heads: heads)
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `equals a fresh replay when batches come before those that they had seen`(
    seed: UInt64
  ) throws {
    var history = RandomHistory(seed: seed, locations: 5)
    for _ in 0..<12 { history.step() }
    var generator = CacheGenerator(seed: seed)
    var order = stored(history.batches)
    order.shuffle(using: &generator)
    let own = history.writers[0].location
    let cache = try open()
    var fed: [StoredBatch] = []

    for batch in order {
      fed.append(batch)
      if try cache.extend([batch], heads: ["a": "b"], own: own) == .needsFullReplay {
        try cache.rebuild(from: replayed(fed, heads: ["a": "b"]), own: own)
      }
    }

    try expectEqualsReplay(cache, fed, own: own, heads: ["a": "b"])
  }

  @Test func `names the paths that it judged anew, those of a decision too`() throws {
    var history = RandomHistory(seed: 7)
    let file = FileFact(path: history.paths[0], media: .photo, content: history.contents[0])
    history.write(0, [.added(file), .deleted(file, asks: true)], causes: [nil, nil])
    let deletion = EventID(location: history.writers[0].location, number: 4)
    let cache = try open()
    let own = history.writers[1].location
    try cache.rebuild(from: replayed(stored(history.batches)), own: own)
    let count = history.batches.count
    history.fetch(1)
    history.write(1, [.rejected([deletion])], causes: [nil])

    let outcome = try cache.extend(stored(history.batches[count...]), heads: [:], own: own)

    expectNoDifference(outcome, .extended(paths: [file.path]))
    expectNoDifference(try cache.state(of: file.path)?.deletions[deletion]?.decision, .rejected)
    expectNoDifference(try cache.history(of: file.path).decisions.count, 1)
  }

  @Test func `takes nothing new as a change of the heads alone`() throws {
    let history = RandomHistory(seed: 1)
    let cache = try open()
    let own = history.writers[0].location
    try cache.rebuild(from: replayed(stored(history.batches), heads: ["x": "1"]), own: own)

    expectNoDifference(try cache.extend([], heads: ["x": "2"], own: own), .extended(paths: []))

    try expectEqualsReplay(cache, stored(history.batches), own: own, heads: ["x": "2"])
  }
}
