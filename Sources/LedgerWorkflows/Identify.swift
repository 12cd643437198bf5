import LedgerCache
package import LedgerCore
import LedgerStorage

extension OpenLocation {
  private static let doneKey = "identified"

  /// Reads a share of the files that were recorded with fewer digests than the ledger wants, and records
  /// which digests are of the same bytes: once for each content, whoever has it. What turns out to be
  /// damaged is recorded as that.
  ///
  /// - Returns: the events as recorded.
  package func identify() async throws -> [Event] {
    let context = try cache.context()
    let ledger = context.settings.ledger
    // Elsewhere the files would have to be brought here first.
    guard ledger.digests.count > 1, file.place == .folder else { return [] }
    // What was done stands until this location records something again.
    let words = ledger.digests.map(\.rawValue).joined(separator: ",")
    func mark() throws -> String { "\(words) \(try cache.numbers()[location])" }
    guard try cache.text(for: Self.doneKey) != mark() else { return [] }
    var recorded: [Event] = []
    var tried: Set<LibraryPath> = []
    var left = ledger.digestShare
    var (isAll, isUnsaid) = (false, false)
    // What can't be read takes nobody's share.
    while !isAll, left > 0 {
      let share = try chooseShare(ledger, context, without: tried, byteLimit: left)
      let read = try await read(share.files, ledger.digests)
      tried.formUnion(share.files.map(\.path))
      left -= read.reduce(0) { $1.found == .unsaid ? $0 : $0 + $1.file.content.byteCount }
      let facts =
        share.known.map { CausedFact(.identified($0)) } + (try read.compactMap { try fact(of: $0) })
      recorded += try await record(facts, since: file.scannedSeen)
      isUnsaid = isUnsaid || read.contains { $0.found == .unsaid }
      isAll = share.isAll
      if share.files.isEmpty { break }
    }
    if isAll && !isUnsaid { try cache.setText(try mark(), for: Self.doneKey) }
    return recorded
  }

  private struct Read: Sendable {
    let file: KnownFile
    let found: Identified
  }

  private func fact(of read: Read) throws -> CausedFact? {
    switch read.found {
    case .content(let content): return CausedFact(.identified(content))
    case .damaged(let found):
      guard let copy = try cache.state(of: read.file.path)?.copies[location] else { return nil }
      let file = FileFact(
        path: read.file.path, media: copy.file.media, content: copy.file.content)
      return CausedFact(.damaged(file, found: found.digest))
    case .unsaid: return nil
    }
  }

  private func chooseShare(
    _ ledger: LedgerSettings, _ context: ReplayContext, without tried: Set<LibraryPath>,
    byteLimit: Int64
  ) throws -> DigestShare {
    let named = NamedDigests(try cache.joinedContents(), context.identity)
    var share = DigestShare(ledger.digests, named: named, byteLimit: byteLimit)
    var candidates: [KnownFile] = []
    try cache.oldestFiles { file in
      if named.lacks(ledger.digests, of: file.content), !tried.contains(file.path) {
        candidates.append(file)
      }
      return true
    }
    let copies = Dictionary(
      try cache.copiesPresent(among: candidates.map(\.path)).map { ($0.path, $0) },
      uniquingKeysWith: { $1 })
    for file in candidates {
      guard let copy = copies[file.path], copy.damage == nil,
        context.identity.areSame(copy.content, file.content)
      else { continue }
      if !share.offer(file) { break }
    }
    return share
  }

  private func read(_ files: [KnownFile], _ digests: [DigestAlgorithm]) async throws -> [Read] {
    let storage = home
    var results = [Identified?](repeating: nil, count: files.count)
    var (done, bytes) = (0, Int64(0))
    let total = files.reduce(Int64(0)) { $0 + $1.content.byteCount }
    try await withThrowingTaskGroup(of: (Int, Identified).self) { group in
      var next = 0
      func add() {
        guard next < files.count else { return }
        let (index, file) = (next, files[next])
        group.addTask { (index, storage.identify(file, digests)) }
        next += 1
      }
      for _ in 0..<outside.width { add() }
      while let (index, found) = try await group.next() {
        try Task.checkCancellation()
        results[index] = found
        done += 1
        bytes += files[index].content.byteCount
        outside.progress(
          .hashing(files: done, bytes: bytes, totalFiles: files.count, totalBytes: total))
        add()
      }
    }
    if !files.isEmpty { outside.progress(.done) }
    return zip(files, results).compactMap { file, found in
      found.map { Read(file: file, found: $0) }
    }
  }
}
