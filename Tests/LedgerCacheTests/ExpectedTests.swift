import CustomDump
import LedgerCache
import LedgerCore
import Testing

@Suite struct `The files that a scan should find` {
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

  /// The same, told by two walks that know nothing of each other, and in parts of any size.
  @Test(arguments: 1...20)
  func `are merged with the copies of the log`(seed: UInt64) throws {
    let history = RandomHistory(seed: seed)
    let own = history.writers[0].location
    let cache = try open()
    try cache.rebuild(from: replayed(stored(history.batches)), own: own)
    let copies = try presentCopies(cache, own)
    func happens(_ percent: UInt64, _ index: Int) -> Bool {
      (UInt64(index) &* 0x9e37_79b9_7f4a_7c15 ^ seed &* 0xbf58_476d_1ce4_e5b9) >> 33 % 100 < percent
    }
    let known = try Set(history.paths).sorted().enumerated().compactMap { index, path in
      guard happens(70, index) else { return nil as KnownFile? }
      let file = try file(path, Int64(index))
      guard let copy = copies[path], happens(60, index + 1_000) else { return file }
      return KnownFile(
        path: path, content: copy.content, stamp: file.stamp, hashedAt: file.hashedAt,
        diskBytes: file.diskBytes)
    }
    try cache.updateFiles(upsert: known, remove: [])
    let files = Dictionary(uniqueKeysWithValues: known.map { ($0.path, $0) })

    let naive = Set(files.keys).union(copies.keys).sorted().map { path in
      let (file, copy) = (files[path], copies[path])
      let isSettled =
        copy.map { copy in
          copy.damage == nil && file.map { areAlike($0.content, copy.content) } ?? false
        } ?? false
      return ExpectedFile(
        path: path,
        known: file.map {
          ExpectedFile.Known(
            stamp: $0.stamp, hashedAt: $0.hashedAt, diskBytes: $0.diskBytes,
            content: isSettled ? nil : $0.content)
        }, isRecorded: copy != nil, settled: isSettled ? copy?.media : nil)
    }
    for limit in [1, 2, 7, 1000] {
      var found: [ExpectedFile] = []
      while true {
        let part = try cache.expectedFiles(after: found.last?.path, limit: limit)
        found += part
        if part.count < limit { break }
      }
      expectNoDifference(found, naive)
    }
    expectNoDifference(
      try cache.copiesPresent(among: history.paths).map(\.path),
      history.paths.filter { copies[$0] != nil })
  }

  // Further digests beside a sha256 say nothing against it.
  private func areAlike(_ one: Content, _ other: Content) -> Bool {
    one == other
      || one.digest == other.digest && one.byteCount == other.byteCount
        && one.digest.algorithm == .sha256
        && (one.also.starts(with: other.also) || other.also.starts(with: one.also))
  }

  private func presentCopies(
    _ cache: StateCache, _ own: LocationID
  ) throws -> [LibraryPath: PresentCopy] {
    var copies: [LibraryPath: PresentCopy] = [:]
    try cache.copiesPresent(at: own) { copies[$0.path] = $0 }
    return copies
  }

  @Test func `are found by the folder of a path`() throws {
    let names = ["a/b/c", "a/b.jpg", "a/c.jpg", "a-b", "b", "c/a.jpg"]
    let cache = try open()
    try cache.updateFiles(
      upsert: try names.compactMap { LibraryPath($0) }.map { try file($0, 1) }, remove: [])

    func found(beside names: [String]) throws -> [String] {
      try cache.knownPaths(beside: names.compactMap { LibraryPath($0) }).map(\.description)
    }
    #expect(try found(beside: ["a/x", "a/y"]) == ["a/b.jpg", "a/c.jpg"])
    #expect(try found(beside: ["x"]) == ["a-b", "b"])
  }
}
