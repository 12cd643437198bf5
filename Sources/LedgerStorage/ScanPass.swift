import LedgerCore

/// The merge of what a walk finds with what is expected, both in byte order of their paths.
struct ScanPass {
  let options: ScanOptions
  private let next: () throws -> ExpectedFile?
  private var expected: ExpectedFile?
  private let ignoresCase: Bool

  /// What the walk found beside files.
  var walk = Walk()
  /// Files whose bytes are known without reading, and that are not settled.
  var files: [ObservedFile] = []
  var settled = FileTally()
  /// What was expected and is not settled.
  var open: [ExpectedFile] = []
  /// Of these, what the walk did not find.
  var missing: [ExpectedFile] = []
  /// Files to read that nobody has taken yet.
  var toHash: [WalkedFile] = []
  var hashBytes: Int64 = 0
  /// How many files the walk has found.
  var count = 0
  /// Where case is ignored, an old spelling still finds the file that was seen under another.
  private(set) var respelled: Set<LibraryPath> = []

  init(
    _ options: ScanOptions, ignoresCase: Bool, expecting next: @escaping () throws -> ExpectedFile?
  ) throws {
    self.options = options
    self.ignoresCase = ignoresCase
    self.next = next
    expected = try next()
  }

  /// Meets the next file in order.
  mutating func meet(_ entry: Listing.Entry, in folder: FolderName) throws {
    guard let stamp = entry.stamp else { return }
    count += 1
    while let first = expected {
      let order = first.path.bytes.withUnsafeBytes { compare($0, folder.key, entry.key) }
      if order > 0 { break }
      expected = try next()
      if order == 0 {
        // The common case makes nothing: not even the path.
        if let media = first.settled, let known = first.known, isUnchanged(stamp, known),
          isSpelled(entry, in: folder, as: known)
        {
          return settled.add(media, byteCount: stamp.byteCount)
        }
        return found(entry, folder, first)
      }
      miss(first)
    }
    found(entry, folder, nil)
  }

  /// Meets the next file in order, of those that were gathered.
  mutating func meet(_ file: WalkedFile) throws {
    count += 1
    if ignoresCase { respelled.insert(file.path.folded) }
    while let first = expected, first.path <= file.path {
      expected = try next()
      if first.path == file.path { return sort(file, first) }
      miss(first)
    }
    sort(file, nil)
  }

  /// Meets a file that comes in no order: it may be one that was missed.
  mutating func meetStray(_ file: WalkedFile) {
    count += 1
    guard let index = missing.firstIndex(where: { $0.path == file.path }) else {
      return sort(file, nil)
    }
    open.removeAll { $0.path == file.path }
    sort(file, missing.remove(at: index))
  }

  /// What is still expected was not found.
  mutating func end() throws {
    while let first = expected {
      miss(first)
      expected = try next()
    }
  }

  private mutating func miss(_ file: ExpectedFile) {
    open.append(file)
    missing.append(file)
  }

  private mutating func found(
    _ entry: Listing.Entry, _ folder: FolderName, _ expected: ExpectedFile?
  ) {
    guard let file = WalkedFile(entry, in: folder) else { return }
    sort(file, expected)
  }

  private mutating func sort(_ file: WalkedFile, _ expected: ExpectedFile?) {
    var file = file
    file.isRecorded = expected?.isRecorded ?? false
    if let media = expected?.settled, let known = expected?.known, isUnchanged(file.stamp, known),
      known.diskBytes == file.otherSpelling
    {
      return settled.add(media, byteCount: file.stamp.byteCount)
    }
    if let expected { open.append(expected) }
    if let known = expected?.known, let content = known.content, isUnchanged(file.stamp, known) {
      files.append(
        ObservedFile(
          path: file.path, content: content, stamp: file.stamp, wasHashed: false,
          diskBytes: file.otherSpelling))
    } else if isSettling(file.stamp) {
      walk.unknown.append(
        UnknownPath(diskBytes: file.diskBytes, reason: .unsettled, detail: "modified just now"))
    } else {
      toHash.append(file)
      hashBytes += file.stamp.byteCount
    }
  }

  private func compare(
    _ path: UnsafeRawBufferPointer, _ folder: [UInt8], _ name: [UInt8]
  ) -> Int {
    folder.withUnsafeBytes { folder in
      let start = UnsafeRawBufferPointer(rebasing: path.prefix(folder.count))
      let begun = order(start, folder)
      if begun != 0 { return begun }
      return name.withUnsafeBytes {
        order(UnsafeRawBufferPointer(rebasing: path.dropFirst(folder.count)), $0)
      }
    }
  }

  private func isSpelled(
    _ entry: Listing.Entry, in folder: FolderName, as known: ExpectedFile.Known
  ) -> Bool {
    guard let spelled = known.diskBytes else {
      return entry.name == entry.key && folder.disk.elementsEqual(folder.key.dropLast())
    }
    return spelled == folder.path(entry.name)
  }

  // A file that was written in the tick in which it was hashed may have been written after that.
  // Kernels stamp with the time of their last tick, at most 10 ms ago, and FAT in steps of two
  // seconds. A time of modification that lies in the future was set on purpose, and a write would
  // bring it back to the present.
  private func isUnchanged(_ stamp: FileStamp, _ known: ExpectedFile.Known) -> Bool {
    guard known.stamp == stamp else { return false }
    let settled = known.hashedAt.advanced(milliseconds: stamp.isCoarse ? -2_000 : -20)
    let future = known.hashedAt.advanced(milliseconds: 86_400_000)
    return stamp.changed < settled && (stamp.modified < settled || stamp.modified > future)
  }

  private func isSettling(_ stamp: FileStamp) -> Bool {
    guard options.settleSeconds > 0 else { return false }
    let limit = FileTime(
      seconds: options.now.seconds - options.settleSeconds, nanoseconds: options.now.nanoseconds)
    return stamp.modified > limit && stamp.modified <= options.now
  }
}

extension LibraryPath {
  /// The path in lower case, where it is text.
  var folded: LibraryPath { text.flatMap { LibraryPath($0.lowercased()) } ?? self }
}
