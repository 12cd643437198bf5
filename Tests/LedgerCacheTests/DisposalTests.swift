import CustomDump
import Foundation
import LedgerCache
import LedgerCore
import Testing

@Suite struct `A state cache on disk` {
  private let folder: TemporaryFolder
  private let shelf = EventShelf()
  private let batches = stored(RandomHistory(seed: 11).batches)
  private let own: LocationID
  private let heads = ["desk": "1"]

  init() throws {
    folder = try TemporaryFolder()
    own = try #require(LocationID("desk"))
  }

  private func makeCache() throws {
    let cache = try open(folder.cache, shelf: shelf)
    try cache.rebuild(from: replayed(batches, heads: heads), own: own)
    try cache.setText("kept", for: "note")
    try cache.close()
  }

  /// That the cache was made anew, and that it can be filled.
  private func expectAnew(_ cache: StateCache) throws {
    expectNoDifference(try cache.heads(), [:])
    expectNoDifference(try cache.text(for: "note"), nil)
    expectNoDifference(try cache.counts(), [:])
    expectNoDifference(try cache.extend([], heads: [:], own: own), .needsFullReplay)
    try cache.rebuild(from: replayed(batches, heads: heads), own: own)
    try expectEqualsReplay(cache, batches, own: own, heads: heads)
  }

  @Test func `is what it was when it is opened again`() throws {
    try makeCache()

    let cache = try open(folder.cache, shelf: shelf)

    try expectEqualsReplay(cache, batches, own: own, heads: heads)
    expectNoDifference(try cache.text(for: "note"), "kept")
  }

  @Test func `is made anew for another ledger, location or program`() throws {
    try makeCache()
    try expectAnew(try open(folder.cache, ledger: "ledger-2", shelf: shelf))
    try expectAnew(try open(folder.cache, ledger: "ledger-2", location: "nas", shelf: shelf))
    try expectAnew(
      try open(
        folder.cache, ledger: "ledger-2", location: "nas", program: "1.1", shelf: shelf))
  }

  @Test(arguments: [0, 1, 1_000_000])
  func `is made anew for another schema`(version: UInt32) throws {
    try makeCache()
    try overwrite(at: 60, with: withUnsafeBytes(of: version.bigEndian) { Array($0) })

    try expectAnew(try open(folder.cache, shelf: shelf))
  }

  @Test func `is made anew where another program's database is`() throws {
    try makeCache()
    try overwrite(at: 68, with: [1, 2, 3, 4])

    try expectAnew(try open(folder.cache, shelf: shelf))
  }

  @Test(arguments: [1, 100, 4096, 5000, 40_000])
  func `is made anew where its file was truncated`(size: UInt64) throws {
    try makeCache()
    let file = try #require(FileHandle(forUpdatingAtPath: folder.cache))
    try file.truncate(atOffset: size)
    try file.close()

    try expectAnew(try open(folder.cache, shelf: shelf))
  }

  @Test func `is made anew where its file is garbage`() throws {
    var generator = CacheGenerator(seed: 1)
    let bytes = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    try Data(bytes).write(to: URL(fileURLWithPath: folder.cache))

    try expectAnew(try open(folder.cache, shelf: shelf))
  }

  @Test func `is made anew where the pages of its tables are overwritten`() throws {
    try makeCache()
    try overwrite(at: 100, with: Array(repeating: 0xaa, count: 3996))

    try expectAnew(try open(folder.cache, shelf: shelf))
  }

  @Test func `tells a broken page from other trouble when it is read`() throws {
    try makeCache()
    let size = try #require(
      try FileManager.default.attributesOfItem(atPath: folder.cache)[.size] as? Int)
    // The tables' own page and that of `meta` stay, so that it opens.
    try overwrite(at: 3 * 4096, with: Array(repeating: 0xaa, count: size - 3 * 4096))

    let error = #expect(throws: (any Error).self) {
      let cache = try open(folder.cache, shelf: shelf)
      for batch in batches { _ = try cache.state(of: #require(path(of: batch))) }
    }

    #expect(error.map { StateCache.isUnusable($0) } == true)
    try StateCache.discard(at: folder.cache)
    try expectAnew(try open(folder.cache, shelf: shelf))
  }

  @Test func `goes on in memory where its folder is missing`() throws {
    let cache = try open(folder.path + "/none/cache.sqlite", shelf: shelf)

    try cache.setText("kept", for: "key")
    #expect(try cache.text(for: "key") == "kept")
    #expect(try cache.heads().isEmpty)
  }

  @Test func `says what it said before when a rebuild is stopped`() throws {
    struct Stopped: Error {}
    try makeCache()
    let cache = try open(folder.cache, shelf: shelf)
    var more = RandomHistory(seed: 11)
    for _ in 0..<9 { more.step() }

    #expect(throws: Stopped.self) {
      try cache.rebuild(from: replayed(stored(more.batches), heads: ["desk": "2"]), own: own) {
        _ in throw Stopped()
      }
    }

    try expectEqualsReplay(cache, batches, own: own, heads: heads)
  }

  @Test func `says what it said before when it is killed in the middle of a rebuild`() throws {
    try makeCache()
    let cache = try open(folder.cache, shelf: shelf)
    let copy = folder.path + "/copy.sqlite"
    var more = RandomHistory(seed: 11)
    for _ in 0..<9 { more.step() }

    try cache.rebuild(from: replayed(stored(more.batches), heads: ["desk": "2"]), own: own) { _ in
      for ending in ["", "-wal"] where !FileManager.default.fileExists(atPath: copy + ending) {
        try FileManager.default.copyItem(atPath: folder.cache + ending, toPath: copy + ending)
      }
    }

    try expectEqualsReplay(
      try open(copy, shelf: shelf), batches, own: own, heads: heads)
    try expectEqualsReplay(cache, stored(more.batches), own: own, heads: ["desk": "2"])
  }

  @Test func `says either what it said before or all of what is new after a power cut`() throws {
    try makeCache()
    let cache = try open(folder.cache, shelf: shelf)
    var more = RandomHistory(seed: 11)
    for _ in 0..<9 { more.step() }
    let new = stored(more.batches)
    try cache.rebuild(from: replayed(new, heads: ["desk": "2"]), own: own)
    let log = try Data(contentsOf: URL(fileURLWithPath: folder.cache + "-wal"))
    var outcomes: Set<String> = []

    for cut in 0...16 {
      let copy = folder.path + "/cut-\(cut).sqlite"
      try FileManager.default.copyItem(atPath: folder.cache, toPath: copy)
      try log.prefix(log.count * cut / 16).write(to: URL(fileURLWithPath: copy + "-wal"))
      let after = try open(copy, shelf: shelf)
      let found = try after.heads()
      try expectEqualsReplay(after, found == heads ? batches : new, own: own, heads: found)
      outcomes.insert(found["desk"] ?? "none")
    }

    expectNoDifference(outcomes, ["1", "2"])
  }

  @Test func `says what it said before when an extension fails`() throws {
    var history = RandomHistory(seed: 11)
    // The history of a path that is named for the first time is not read.
    let named = Set(history.batches.flatMap(\.events).flatMap(\.fact.paths))
    var last: LibraryPath?
    repeat {
      history.step()
      last = history.batches.last?.events.last?.fact.path
    } while last.map { !named.contains($0) } ?? true
    let new = stored(history.batches[batches.count...])
    let unreadable = history.batches.last?.events.last?.id
    let lost = CacheCoding(
      encode: shelf.coding.encode,
      decode: { [shelf] bytes in
        shelf.coding.decode(bytes).flatMap { $0.id == unreadable ? nil : $0 }
      },
      dumpLine: dumpLine)
    let cache = try StateCache.open(
      at: folder.cache, ledger: "ledger-1", location: "desk", program: "1.0", coding: lost)
    try cache.rebuild(from: replayed(batches, heads: heads), own: own)

    #expect(throws: CacheUnusable.self) {
      try cache.extend(new, heads: ["desk": "2"], own: own)
    }

    try expectEqualsReplay(cache, batches, own: own, heads: heads)
  }

  private func path(of batch: StoredBatch) -> LibraryPath? {
    guard case .valid(let valid) = batch else { return nil }
    return valid.events.lazy.compactMap(\.fact.file).first?.path
  }

  private func overwrite(at offset: UInt64, with bytes: [UInt8]) throws {
    let file = try #require(FileHandle(forUpdatingAtPath: folder.cache))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: Data(bytes))
    try file.close()
  }
}
