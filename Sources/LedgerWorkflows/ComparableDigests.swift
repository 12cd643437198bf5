import LedgerCache
import LedgerCore
import LedgerStorage

extension OpenLocation {
  /// A scan whose files can all be compared with what was recorded at their paths.
  ///
  /// A place may tell another kind of digest than before, as after it copied a file itself. Such a file is
  /// read once for the kind that was recorded; where it can't be, nothing is known of it: a change that
  /// nobody saw is none.
  func comparable(_ result: ScanResult) async throws -> ScanResult {
    guard storage.needsSecondScan else { return result }
    let recorded = result.open.lazy.filter(\.isRecorded).map(\.path)
    let copies = Dictionary(
      try cache.copiesPresent(among: recorded).map { ($0.path, $0.content) },
      uniquingKeysWith: { $1 })
    let identity = try cache.context().identity
    var wanted: [DigestAlgorithm: [ObservedFile]] = [:]
    for file in result.observation.files {
      guard let known = copies[file.path], known.byteCount == file.content.byteCount,
        !identity.isShown(known, by: file.content),
        !known.digests.contains(where: { one in
          file.content.digests.contains { $0.algorithm == one.algorithm }
        })
      else { continue }
      wanted[known.digest.algorithm, default: []].append(file)
    }
    guard !wanted.isEmpty else { return result }
    var told: [LibraryPath: ObservedFile?] = [:]
    for algorithm in wanted.keys.sorted() {
      let files = wanted[algorithm] ?? []
      let digests = try await storage.digests(of: files, algorithm)
      for (file, digest) in zip(files, digests) {
        told.updateValue(digest.map { file.known(by: $0) }, forKey: file.path)
      }
    }
    return result.telling(told)
  }
}

extension ObservedFile {
  /// The same file, read for a further digest.
  fileprivate func known(by digest: Digest) -> ObservedFile {
    let all = ([digest] + content.digests).sorted()
    return ObservedFile(
      path: path,
      content: Content(
        digest: all[0], also: Array(all.dropFirst()), byteCount: content.byteCount),
      stamp: stamp, wasHashed: true, diskBytes: diskBytes)
  }
}

extension ScanResult {
  /// The same scan with what was read in place of what was told; what could not be read is unknown.
  fileprivate func telling(_ told: [LibraryPath: ObservedFile?]) -> ScanResult {
    var result = self
    func tell(_ file: ObservedFile) -> ObservedFile? {
      if let read = told[file.path] { return read }
      return file
    }
    result.observation.files = observation.files.compactMap(tell)
    result.unkept = unkept.compactMap(tell)
    for file in observation.files {
      guard let read = told[file.path] else { continue }
      if let read {
        result.hashedCount += 1
        result.hashedBytes += read.content.byteCount
      } else {
        result.observation.unknown.append(
          UnknownPath(
            diskBytes: file.diskBytes ?? file.path.bytes, reason: .unreadable,
            detail: "it is told by another kind of digest than was recorded, and can't be read",
            hiding: [file.path.bytes]))
      }
    }
    result.observation.unknown.sort()
    return result
  }
}
