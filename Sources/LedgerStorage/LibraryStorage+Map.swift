package import LedgerCore

// A place with a map is observed by its own paths, as any other; only what goes in and comes out is told
// by those of the library. As the two have other orders, all that is expected is in memory then.
extension LibraryStorage {
  /// Sees what is there, by the paths of the library.
  ///
  /// - Parameters: those of `observe`.
  /// - Throws: what `observe` throws.
  package func observeLibrary(
    expecting next: @escaping () throws -> ExpectedFile?, options: ScanOptions,
    keep: @escaping @Sendable ([ObservedFile]) throws -> Void,
    progress: @escaping @Sendable (ScanProgress) -> Void
  ) async throws -> ScanResult {
    let map = map
    guard !map.isNone else {
      return try await observe(
        expecting: next, options: options, keep: keep, progress: progress)
    }
    var expected: [ExpectedFile] = []
    while let file = try next() { expected.append(file.placed(by: map)) }
    expected.sort { $0.path < $1.path }
    var rest = expected[...]
    let seen = try await observe(
      expecting: { rest.popFirst() }, options: options,
      keep: { files in try keep(files.map { $0.named(by: map) }) }, progress: progress)
    return seen.named(by: map)
  }
}

extension UnknownPath {
  /// A path that could not be seen, in the place's own paths: for a scan that is not named by a map yet.
  init(diskBytes: [UInt8], reason: Reason, detail: String) {
    self.init(
      diskBytes: diskBytes, reason: reason, detail: detail,
      hiding: PathMap.none.paths(hiddenBy: diskBytes))
  }
}

extension PathMap {
  /// The path of the library of a file that a scan told by its place.
  fileprivate func named(_ place: LibraryPath) -> LibraryPath {
    guard let path = path(at: place) else {
      preconditionFailure("a scan leaves out what is outside the map")
    }
    return path
  }
}

extension ExpectedFile {
  /// The same, by the place's own paths.
  fileprivate func placed(by map: PathMap) -> ExpectedFile {
    let place = map.place(of: path)
    let known = known.map { known in
      let name = known.diskBytes ?? path.bytes
      // A name that another map gave it says nothing of where it is now.
      return known.named(map.path(spelled: name) == path ? name : place.bytes, for: place)
    }
    return ExpectedFile(path: place, known: known, isRecorded: isRecorded, settled: settled)
  }

  fileprivate func named(by map: PathMap) -> ExpectedFile {
    let path = map.named(self.path)
    let known = known.map { $0.named($0.diskBytes ?? self.path.bytes, for: path) }
    return ExpectedFile(path: path, known: known, isRecorded: isRecorded, settled: settled)
  }
}

extension ExpectedFile.Known {
  fileprivate func named(_ name: [UInt8], for path: LibraryPath) -> ExpectedFile.Known {
    ExpectedFile.Known(
      stamp: stamp, hashedAt: hashedAt, diskBytes: path.otherSpelling(name), content: content)
  }
}

extension ObservedFile {
  fileprivate func named(by map: PathMap) -> ObservedFile {
    let path = map.named(self.path)
    return ObservedFile(
      path: path, content: content, stamp: stamp, wasHashed: wasHashed,
      diskBytes: path.otherSpelling(diskBytes ?? self.path.bytes))
  }
}

extension ScanResult {
  fileprivate func named(by map: PathMap) -> ScanResult {
    var result = self
    result.observation.files = observation.files.map { $0.named(by: map) }
      .sorted { $0.path < $1.path }
    result.observation.unknown = observation.unknown.map {
      UnknownPath(
        diskBytes: $0.diskBytes, reason: $0.reason, detail: $0.detail,
        hiding: map.paths(hiddenBy: $0.diskBytes))
    }
    result.observation.ignored = observation.ignored.compactMap { map.path(at: $0) }
    result.open = open.map { $0.named(by: map) }.sorted { $0.path < $1.path }
    result.unkept = unkept.map { $0.named(by: map) }
    return result
  }
}

extension LibraryPath {
  /// A name as the place spells it, where that is not the key.
  package func otherSpelling(_ diskBytes: [UInt8]) -> [UInt8]? {
    diskBytes == bytes ? nil : diskBytes
  }
}
