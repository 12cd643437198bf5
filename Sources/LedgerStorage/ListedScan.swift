import LedgerCore

/// What reading a listed file came to.
enum ReadFile: Sendable {
  case content(Content)
  /// It is not there any more, or has another size or time than it was listed with.
  case changed
  /// Why it could not be read.
  case unreadable(String)
}

/// One scan of a place whose files a program lists: the merge of a listing, which comes in no order,
/// with what is expected.
struct ListedScan {
  /// A file that was listed.
  struct Entry: Sendable {
    let path: LibraryPath
    let file: ListedFile
    /// Whether the log has a copy at its path.
    var isRecorded = false

    /// Its name where that is not its key.
    var otherSpelling: [UInt8]? { file.path == path.bytes ? nil : file.path }
  }

  private let rules: IgnoreRules
  private let map: PathMap
  private let options: ScanOptions
  private var entries: [Entry] = []
  private var unknown: [UnknownPath] = []
  private var ignored: [LibraryPath] = []
  private var files: [ObservedFile] = []
  private var unkept: [ObservedFile] = []
  private var settled = FileTally()
  private var open: [ExpectedFile] = []
  private var outside = OutsideFiles()
  private var isComplete = true
  private(set) var hashedCount = 0
  private(set) var hashedBytes: Int64 = 0
  /// The files whose bytes nobody told, after `merge`.
  private(set) var toRead: [Entry] = []
  /// How many files were listed.
  var count: Int { entries.count }

  init(_ rules: IgnoreRules, _ map: PathMap, _ options: ScanOptions) {
    self.rules = rules
    self.map = map
    self.options = options
  }

  /// Takes what was listed.
  mutating func add(_ file: ListedFile) {
    guard !file.isFolder else { return }
    guard let path = LibraryPath(diskBytes: file.path) else {
      guard !rules.ignoresAnywhere(file.path) else { return }
      return tellOdd(file.path, "its name can't be one of the library's")
    }
    // A document that has no bytes of its own is stepped over, like a name that a rule ignores.
    guard let byteCount = file.byteCount, !rules.ignoresAnywhere(file.path) else {
      ignored.append(path)
      return
    }
    // What programs write for bytes that are no text: by that name nobody can be asked for it.
    guard !contains([0xef, 0xbf, 0xbd], file.path) else {
      return tellOdd(file.path, "its name is no text there; rename it")
    }
    guard map.path(at: path) != nil else { return outside.add(file.path, byteCount: byteCount) }
    entries.append(Entry(path: path, file: file))
  }

  // It may be the new name, or another spelling, of a file that is missing.
  private mutating func tellOdd(_ path: [UInt8], _ why: String) {
    isComplete = false
    tell(path, .unreadable, "\(why); until then nothing that is missing there counts as gone")
  }

  private func contains(_ part: [UInt8], _ bytes: [UInt8]) -> Bool {
    guard bytes.contains(part[0]) else { return false }
    return bytes.indices.contains { bytes[$0...].starts(with: part) }
  }

  /// The listing was cut short or failed: what it lacks is unknown.
  mutating func fail(_ why: String) {
    isComplete = false
    tell([], .unreadable, why)
  }

  private mutating func tell(_ path: [UInt8], _ reason: UnknownPath.Reason, _ detail: String) {
    unknown.append(UnknownPath(diskBytes: path, reason: reason, detail: detail))
  }

  /// Merges what was listed with what is expected.
  mutating func merge(expecting next: () throws -> ExpectedFile?) throws {
    entries.sort { $0.path < $1.path }
    var expected = try next()
    var index = 0
    while index < entries.count {
      let entry = entries[index]
      var end = index + 1
      while end < entries.count, entries[end].path == entry.path { end += 1 }
      while let first = expected, first.path < entry.path {
        miss(first)
        expected = try next()
      }
      var found: ExpectedFile?
      if let first = expected, first.path == entry.path {
        found = first
        expected = try next()
      }
      if end > index + 1 {
        if let found { open.append(found) }
        collide(entries[index..<end])
      } else {
        sort(entry, found)
      }
      index = end
    }
    while let first = expected {
      miss(first)
      expected = try next()
    }
  }

  private mutating func miss(_ file: ExpectedFile) {
    open.append(file)
    if rules.ignoresAnywhere(file.known?.diskBytes ?? file.path.bytes) { ignored.append(file.path) }
  }

  private mutating func collide(_ alike: ArraySlice<Entry>) {
    for path in Set(alike.map(\.file.path)).sorted(by: isBefore) {
      tell(
        path, .nameCollision,
        "\(alike.count) files there have this name, or one that is the same to ledger; rename all but "
          + "one of them")
    }
  }

  private mutating func sort(_ entry: Entry, _ expected: ExpectedFile?) {
    let stamp = entry.file.stamp
    let known = expected?.known
    let isSame = known?.stamp == stamp && known?.diskBytes == entry.otherSpelling
    let isBelieved = isSame && (!entry.file.digests.isEmpty || isOld(entry.file, known))
    if isBelieved, let media = expected?.settled {
      return settled.add(media, byteCount: stamp.byteCount)
    }
    if let expected { open.append(expected) }
    if let content = entry.file.content ?? (isBelieved ? known?.content : nil) {
      let file = ObservedFile(
        path: entry.path, content: content, stamp: stamp, wasHashed: false,
        diskBytes: entry.otherSpelling)
      files.append(file)
      if !isSame { unkept.append(file) }
    } else if isSettling(entry.file) {
      tell(entry.file.path, .unsettled, "modified just now")
    } else {
      var entry = entry
      entry.isRecorded = expected?.isRecorded ?? false
      toRead.append(entry)
    }
  }

  // Without a digest only size and time tell that nobody wrote to it; the clock there may be another,
  // and its time may have whole minutes. A file without a time is read each time.
  private func isOld(_ file: ListedFile, _ known: ExpectedFile.Known?) -> Bool {
    guard let modified = file.modified, let known else { return false }
    return modified < known.hashedAt.advanced(milliseconds: -60_000)
  }

  private func isSettling(_ file: ListedFile) -> Bool {
    guard options.settleSeconds > 0, let modified = file.modified else { return false }
    let limit = options.now.advanced(milliseconds: -options.settleSeconds * 1_000)
    return modified > limit && modified <= options.now
  }

  /// Takes what was read of some of `toRead`.
  ///
  /// - Returns: the files of which the log has no copy.
  mutating func take(_ read: [(entry: Entry, result: ReadFile)]) -> [ObservedFile] {
    var new: [ObservedFile] = []
    for (entry, result) in read {
      switch result {
      case .content(let content):
        hashedCount += 1
        hashedBytes += content.byteCount
        let file = ObservedFile(
          path: entry.path, content: content, stamp: entry.file.stamp, wasHashed: true,
          diskBytes: entry.otherSpelling)
        files.append(file)
        if entry.isRecorded { unkept.append(file) } else { new.append(file) }
      case .changed: tell(entry.file.path, .unsettled, "changed while it was read")
      case .unreadable(let why): tell(entry.file.path, .unreadable, why)
      }
    }
    return new
  }

  /// What it all comes to.
  func result() -> ScanResult {
    ScanResult(
      observation: Observation(
        files: files.sorted { $0.path < $1.path }, unknown: unknown.sorted(), ignored: ignored,
        isComplete: isComplete),
      settled: settled, open: open.sorted { $0.path < $1.path }, unkept: unkept, mounts: [],
      hashedCount: hashedCount, hashedBytes: hashedBytes, outside: outside)
  }
}

/// A storage whose files a program lists.
protocol ListedStorage: LibraryStorage {
  /// The home, which keeps the notes of what is in the trash.
  var home: FolderStorage { get set }

  /// Lists everything, in no order.
  ///
  /// - Returns: why the listing is not complete; nil where it is.
  /// - Throws: `PlaceError`, where nothing could be listed; what `found` throws.
  func list(_ found: (ListedFile) throws -> Void) async throws -> String?

  /// Reads files whose digests nobody told, some of them at once; in the order given.
  ///
  /// - Throws: `PlaceError`, `CancellationError`.
  func readFiles(
    _ files: [ListedFile], _ algorithm: DigestAlgorithm, width: Int
  ) async throws -> [ReadFile]
}

extension ListedStorage {
  /// The home's, which keeps the notes of what is in the trash by the library's paths.
  package var map: PathMap {
    get { home.map }
    set { home.map = newValue }
  }

  /// What a listing lacks once may only be late.
  package var needsSecondScan: Bool { true }

  /// Nothing that this machine holds back.
  package func flush(mounts: [[UInt8]]) throws {}

  /// Lists, and reads only what the listing has no digest of. The rules of what to ignore are those of
  /// the home's `.ledgerignore`.
  package func observe(
    expecting next: @escaping () throws -> ExpectedFile?, options: ScanOptions,
    keep: @escaping @Sendable ([ObservedFile]) throws -> Void,
    progress: @escaping @Sendable (ScanProgress) -> Void
  ) async throws -> ScanResult {
    try await listed(expecting: next, options: options, keep: keep, progress: progress)
  }

  private static func commonFault(_ results: [ReadFile]) -> String? {
    var fault: String?
    for result in results {
      guard case .unreadable(let why) = result, fault == nil || fault == why else { return nil }
      fault = why
    }
    return fault
  }

  /// Reads files once more, for a digest of another kind than they were told by.
  package func digests(
    of files: [ObservedFile], _ algorithm: DigestAlgorithm
  ) async throws -> [Digest?] {
    let listed = files.map { file in
      // A time of zero stands for none.
      let time = file.stamp.modified
      return ListedFile(
        path: file.diskBytes ?? file.path.bytes, byteCount: file.stamp.byteCount,
        modified: time == FileTime(seconds: 0, nanoseconds: 0) ? nil : time, digests: [],
        isFolder: false)
    }
    return try await readFiles(listed, algorithm, width: 4).map {
      if case .content(let content) = $0 { content.digest } else { nil }
    }
  }

  /// Lists, reads and merges.
  func listed(
    expecting next: () throws -> ExpectedFile?, options: ScanOptions,
    keep: ([ObservedFile]) throws -> Void, progress: @Sendable (ScanProgress) -> Void
  ) async throws -> ScanResult {
    let rules = IgnoreRules(try home.readFile(".ledgerignore") ?? [])
    var scan = ListedScan(rules, map, options)
    let trouble = try await list { file in
      let before = scan.count
      scan.add(file)
      guard scan.count > before, scan.count % 100 == 0 else { return }
      progress(ScanProgress(files: 0, bytes: 0, totalFiles: scan.count, totalBytes: 0))
    }
    try Task.checkCancellation()
    if let trouble { scan.fail(trouble) }
    try scan.merge(expecting: next)
    let all = scan.toRead
    let totalBytes = all.reduce(Int64(0)) { $0 + ($1.file.byteCount ?? 0) }
    var done = 0
    while done < all.count {
      let part = Array(all[done..<min(done + 500, all.count)])
      let results = try await readFiles(
        part.map(\.file), .sha256, width: max(4, options.width))
      try keep(scan.take(Array(zip(part, results).map { (entry: $0, result: $1) })))
      done += part.count
      // A place that reads none of so many would take as long for each further part.
      if let why = Self.commonFault(results) {
        _ = scan.take(all[done...].map { (entry: $0, result: .unreadable(why)) })
        break
      }
      progress(
        ScanProgress(
          files: done, bytes: scan.hashedBytes, totalFiles: all.count, totalBytes: totalBytes))
    }
    return scan.result()
  }
}
