import CustomDump
import LedgerCache
import LedgerCore
import Testing

@Suite struct `Asking a state cache` {
  private var history = RandomHistory(seed: 21)
  private let cache: StateCache
  private let fresh: Replayed

  init() throws {
    for _ in 0..<40 { history.step() }
    cache = try open()
    fresh = replayed(stored(history.batches))
    try cache.rebuild(from: fresh, own: history.writers[0].location)
  }

  private var events: [HistoryEvent] {
    fresh.batches.flatMap { batch in
      batch.events.map { HistoryEvent(event: $0, header: batch.header) }
    }.sorted(by: HistoryEvent.isBefore)
  }

  @Test func `for an event gives it with what its writer knew`() throws {
    for event in events { expectNoDifference(try cache.event(event.id), event) }
    let location = history.writers[0].location
    expectNoDifference(try cache.event(EventID(location: location, number: 9999)), nil)
    let nowhere = try #require(LocationID("nowhere"))
    expectNoDifference(try cache.event(EventID(location: nowhere, number: 1)), nil)
  }

  @Test func `for a log gives the latest events that fit, in replay order`() throws {
    let location = history.writers[1].location
    let middle = events[events.count / 2].event.at
    func expect(_ filter: EventFilter, _ fits: (HistoryEvent) -> Bool) throws {
      for limit in [nil, 0, 1, 7, 100_000] {
        var limited = filter
        limited.limit = limit
        let fitting = events.filter(fits)
        expectNoDifference(
          try cache.events(limited), Array(fitting.suffix(limit ?? fitting.count)))
      }
    }
    try expect(EventFilter()) { _ in true }
    try expect(EventFilter(location: location)) { $0.id.location == location }
    try expect(EventFilter(type: "deleted")) { $0.event.fact.type == "deleted" }
    try expect(EventFilter(since: middle)) { $0.event.at >= middle }
    try expect(EventFilter(location: location, type: "added", since: middle)) {
      $0.id.location == location && $0.event.fact.type == "added" && $0.event.at >= middle
    }
    let nowhere = try #require(LocationID("nowhere"))
    try expect(EventFilter(location: nowhere)) { _ in false }
  }

  @Test func `for the log of a path gives the decisions on its deletions too`() throws {
    for path in history.paths {
      let named = Set(events.filter { $0.event.fact.paths.contains(path) }.map(\.id))
      let fitting = events.filter { event in
        switch event.event.fact {
        case .approved(let targets), .rejected(let targets): !named.isDisjoint(with: targets)
        default: named.contains(event.id)
        }
      }
      expectNoDifference(try cache.events(EventFilter(path: path)), fitting)
      expectNoDifference(
        try cache.events(EventFilter(path: path, limit: 3)), Array(fitting.suffix(3)))
    }
    let unnamed = try #require(LibraryPath("never.jpg"))
    expectNoDifference(try cache.events(EventFilter(path: unnamed)), [])
    expectNoDifference(try cache.state(of: unnamed), nil)
    expectNoDifference(try cache.history(of: unnamed).events, [])
  }

  @Test(arguments: [["a"], ["a/b.mov"], ["a-b.jpg", "a"], ["z.txt", "a", "a/c.xmp"], ["b"]])
  func `for what is below folders gives it once and in order`(prefixes: [String]) throws {
    let folders = prefixes.compactMap { LibraryPath($0) }
    let inside = fresh.state.sortedPaths.filter { path in
      folders.contains { path.isInside($0.bytes) }
    }

    var found: [LibraryPath] = []
    try cache.paths(under: folders) { found.append($0.path) }

    expectNoDifference(found, inside)
  }

  @Test func `while it walks over paths is allowed`() throws {
    var count = 0
    try cache.paths { state in
      expectNoDifference(try cache.state(of: state.path), state)
      count += 1
    }
    expectNoDifference(count, fresh.state.paths.count)
  }

  @Test func `gives paths that are not UTF-8 as they are`() throws {
    let path = try #require(LibraryPath(key: [0x61, 0x2f, 0xff, 0xfe]))
    expectNoDifference(try cache.state(of: path), fresh.state.paths[path])
    #expect(try cache.state(of: path) != nil)
  }

  @Test func `walks over more paths than it reads at once`() throws {
    let content = history.contents[0]
    let facts = try (0..<9001).map { number in
      Fact.added(
        FileFact(
          path: try #require(LibraryPath("f\(number % 90)/\(number).jpg")), media: .photo,
          content: content))
    }
    var more = RandomHistory(seed: 1, locations: 1)
    more.write(0, facts, causes: facts.map { _ in nil })
    let large = try open()
    let own = more.writers[0].location
    let batches = stored(more.batches)
    let first = Array(batches.prefix(1))
    try large.rebuild(from: replayed(first), own: own)

    let outcome = try large.extend(Array(batches.dropFirst()), heads: [:], own: own)

    #expect(outcome != .needsFullReplay)
    let paths = replayed(batches).state.sortedPaths
    var copies: [LibraryPath] = []
    try large.copiesPresent(at: own) { copies.append($0.path) }
    var lines: [LibraryPath] = []
    try large.dumpLines { path, _ in lines.append(path) }
    #expect(lines == paths)
    #expect(copies.count >= 9001)
    #expect(copies == copies.sorted())
  }
}

@Suite struct `The files that a state cache knows` {
  private func file(_ path: LibraryPath, _ number: Int64, diskBytes: [UInt8]? = nil) throws
    -> KnownFile
  {
    let md5 = try #require(Digest(.md5, bytes: Array(repeating: 7, count: 16)))
    return KnownFile(
      path: path, content: try #require(content(UInt8(number % 200), also: [md5])),
      stamp: FileStamp(
        byteCount: number, modified: FileTime(seconds: -number, nanoseconds: 999_999_999),
        changed: FileTime(seconds: number, nanoseconds: 1), inode: .max - UInt64(number),
        device: UInt64(number)),
      hashedAt: FileTime(seconds: 5, nanoseconds: 6), diskBytes: diskBytes)
  }

  @Test func `come back as they were, in byte order`() throws {
    let names = ["a/é.jpg", "a-b", "a", "z"].compactMap { LibraryPath($0) }
    let odd = try #require(LibraryPath(key: [0xff, 0x2f, 0x80]))
    var files = try names.enumerated().map { try file($1, Int64($0)) }
    files.append(try file(odd, 77, diskBytes: [0xff, 0x2f, 0x80, 0x80]))
    let cache = try open()

    try cache.updateFiles(upsert: files.reversed(), remove: [])

    expectNoDifference(try cache.knownFiles(), files.sorted { $0.path < $1.path })
  }

  @Test func `are replaced, removed and cleared`() throws {
    let names = ["a", "b", "c"].compactMap { LibraryPath($0) }
    let cache = try open()
    try cache.updateFiles(upsert: names.map { try file($0, 1) }, remove: [])

    try cache.updateFiles(
      upsert: [try file(names[1], 2), try file(names[2], 3)], remove: [names[0], names[2]])

    expectNoDifference(
      try cache.knownFiles(), [try file(names[1], 2), try file(names[2], 3)])
    try cache.clearFiles()
    expectNoDifference(try cache.knownFiles(), [])
  }

  @Test func `outlive a rebuild, as do texts`() throws {
    let history = RandomHistory(seed: 2)
    let known = try file(history.paths[0], 4)
    let cache = try open()
    try cache.updateFiles(upsert: [known], remove: [])
    try cache.setText("a", for: "scanned")

    try cache.rebuild(
      from: replayed(stored(history.batches)), own: history.writers[0].location)

    expectNoDifference(try cache.knownFiles(), [known])
    expectNoDifference(try cache.text(for: "scanned"), "a")
    try cache.setText(nil, for: "scanned")
    expectNoDifference(try cache.text(for: "scanned"), nil)
  }
}
