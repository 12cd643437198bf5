import LedgerCore

/// What a task of a scan comes back with.
enum ScanPiece: Sendable {
  case listed([UInt8], Result<Listing, StorageError>)
  case hashed(FolderStorage.Hashed)
  case kept
}

/// One scan at work: folders are listed ahead by some tasks, files are read by others, and this merges
/// what they find with what is expected, in the order of the paths and with little in memory.
struct ScanRun {
  typealias Tasks = ThrowingTaskGroup<ScanPiece, any Error>

  private struct Frame {
    let folder: FolderName
    let device: UInt64
    let entries: [Listing.Entry]
    var index = 0
  }

  private let storage: FolderStorage
  private let rules: IgnoreRules
  private let progress: @Sendable (ScanProgress) -> Void
  private let keep: @Sendable ([ObservedFile]) throws -> Void
  private(set) var pass: ScanPass
  private var frames: [Frame] = []
  private var ready: [[UInt8]: Result<Listing, StorageError>] = [:]
  private var started: Set<[UInt8]> = []
  private var strays: [WalkedFile] = []
  private var groups: [[WalkedFile]] = []
  private var hashing = 0
  private var keeping = 0
  private var isWalked = false
  private var queued = (files: 0, bytes: Int64(0))
  private(set) var hashed = FolderStorage.Hashed()
  /// What was read and not handed to `keep`.
  private(set) var unkept: [ObservedFile] = []
  private var toKeep: [ObservedFile] = []

  init(
    _ storage: FolderStorage, _ rules: IgnoreRules, _ pass: ScanPass,
    keep: @escaping @Sendable ([ObservedFile]) throws -> Void,
    progress: @escaping @Sendable (ScanProgress) -> Void
  ) {
    self.storage = storage
    self.rules = rules
    self.pass = pass
    self.keep = keep
    self.progress = progress
  }

  /// Walks the whole root and meets each file, those in no order last.
  mutating func walk(ignoresCase: Bool, _ tasks: inout Tasks) async throws {
    let device = try storage.identity().device
    if ignoresCase {
      try meet(try gather(.root, device), ignoresCase: true, &tasks)
    } else {
      try await enter(.root, device, &tasks)
      while let frame = frames.last {
        guard frame.index < frame.entries.count else {
          frames.removeLast()
          continue
        }
        try await step(frame, &tasks)
      }
    }
    try pass.end()
    for stray in strays { pass.meetStray(stray) }
    isWalked = true
    submit(&tasks, all: true)
  }

  /// Waits until everything is read.
  mutating func finish(_ tasks: inout Tasks) async throws {
    while hashing + keeping > 0 { try await handleNext(&tasks) }
    unkept += toKeep
  }

  // Meets files until a folder comes, and enters that.
  private mutating func step(_ frame: Frame, _ tasks: inout Tasks) async throws {
    var index = frame.index
    while index < frame.entries.count {
      let entry = frame.entries[index]
      var end = index + 1
      while end < frame.entries.count, frame.entries[end].key == entry.key { end += 1 }
      let alike = frame.entries[index..<end]
      index = end
      if entry.stamp == nil {
        frames[frames.count - 1].index = index
        if alike.count > 1 {
          var files: [WalkedFile] = []
          for one in alike { files += try gather(frame.folder.folder(one), frame.device) }
          return try meet(files, ignoresCase: false, &tasks)
        }
        return try await enter(frame.folder.folder(entry), frame.device, &tasks)
      }
      if alike.count > 1 {
        for one in alike { collide(frame.folder.path(one.name)) }
      } else {
        try pass.meet(entry, in: frame.folder)
        submit(&tasks, all: false)
      }
    }
    frames[frames.count - 1].index = index
  }

  private mutating func collide(_ path: [UInt8]) {
    pass.walk.unknown.append(
      UnknownPath(
        diskBytes: path, reason: .nameCollision,
        detail: "another file here has the same name in another spelling; rename one of them"))
  }

  private mutating func enter(
    _ folder: FolderName, _ parentDevice: UInt64, _ tasks: inout Tasks
  ) async throws {
    start(folder, &tasks)
    readAhead(&tasks)
    while ready[folder.disk] == nil { try await handleNext(&tasks) }
    started.remove(folder.disk)
    guard let result = ready.removeValue(forKey: folder.disk),
      let listing = absorb(result, folder, parentDevice)
    else { return }
    frames.append(
      Frame(folder: folder, device: listing.device, entries: listing.entries))
    try takeStrays(listing, folder)
    guard queued.files == 0 else { return }
    progress(ScanProgress(files: 0, bytes: 0, totalFiles: pass.count, totalBytes: 0))
  }

  private mutating func start(_ folder: FolderName, _ tasks: inout Tasks) {
    guard started.insert(folder.disk).inserted else { return }
    let (storage, rules) = (storage, rules)
    tasks.addTask {
      do throws(StorageError) {
        return .listed(folder.disk, .success(try storage.listing(of: folder, rules)))
      } catch {
        return .listed(folder.disk, .failure(error))
      }
    }
  }

  // The folders that come next, from the deepest upward.
  private mutating func readAhead(_ tasks: inout Tasks) {
    let most = pass.options.width * 4
    for frame in frames.reversed() {
      for entry in frame.entries[frame.index...] where entry.stamp == nil {
        if started.count >= most { return }
        start(frame.folder.folder(entry), &tasks)
      }
    }
  }

  private mutating func absorb(
    _ result: Result<Listing, StorageError>, _ folder: FolderName, _ parentDevice: UInt64
  ) -> Listing? {
    switch result {
    case .success(let listing):
      // A folder of the same file system may be mounted here too, by a bind mount.
      if !folder.disk.isEmpty, listing.device != parentDevice || listing.isMount {
        pass.walk.mounts.append(folder.disk)
      }
      pass.walk.unknown += listing.unknown
      pass.walk.passedOver.formUnion(listing.passedOver)
      pass.walk.outside.add(listing.outside)
      return listing
    case .failure(let error):
      // What is missing elsewhere may have been moved in here, so nothing at all is gone.
      pass.walk.isComplete = false
      pass.walk.unlisted.insert(folder.disk)
      pass.walk.unknown.append(
        UnknownPath(diskBytes: folder.disk, reason: .unreadable, detail: error.text))
      return nil
    }
  }

  private mutating func takeStrays(_ listing: Listing, _ folder: FolderName) throws {
    for entry in listing.strays {
      if entry.stamp == nil {
        let disk = folder.path(entry.name)
        let name = FolderName(disk: disk, key: disk + [UInt8(ascii: "/")], isText: false)
        strays += try gather(name, listing.device)
      } else if let file = WalkedFile(entry, in: folder, isStray: true) {
        strays.append(file)
      }
    }
  }

  // All files below a folder, in memory: where keys do not come in order.
  private mutating func gather(_ folder: FolderName, _ device: UInt64) throws -> [WalkedFile] {
    var files: [WalkedFile] = []
    var folders = [(folder, device)]
    while let (folder, parentDevice) = folders.popLast() {
      try Task.checkCancellation()
      let result: Result<Listing, StorageError>
      do throws(StorageError) {
        result = .success(try storage.listing(of: folder, rules))
      } catch {
        result = .failure(error)
      }
      guard let listing = absorb(result, folder, parentDevice) else { continue }
      for entry in listing.entries {
        if entry.stamp == nil {
          folders.append((folder.folder(entry), listing.device))
        } else if let file = WalkedFile(entry, in: folder) {
          files.append(file)
        }
      }
      try takeStrays(listing, folder)
    }
    return files
  }

  private mutating func meet(
    _ files: [WalkedFile], ignoresCase: Bool, _ tasks: inout Tasks
  ) throws {
    let alike = Dictionary(grouping: files) { ignoresCase ? $0.path.folded : $0.path }
    for file in files.sorted(by: { $0.path < $1.path }) {
      if alike[ignoresCase ? file.path.folded : file.path]?.count == 1 {
        try pass.meet(file)
        submit(&tasks, all: false)
      } else {
        collide(file.diskBytes)
      }
    }
  }

  // Small files by the hundred, large ones alone, so that no core waits at the end.
  private mutating func submit(_ tasks: inout Tasks, all: Bool) {
    guard !pass.toHash.isEmpty else { return startHashing(&tasks) }
    guard all || pass.toHash.count >= 128 || pass.hashBytes >= 4 << 20 else { return }
    queued.files += pass.toHash.count
    queued.bytes += pass.hashBytes
    groups.append(pass.toHash)
    (pass.toHash, pass.hashBytes) = ([], 0)
    startHashing(&tasks)
  }

  // While folders are listed, a core is left for that.
  private mutating func startHashing(_ tasks: inout Tasks) {
    let most = isWalked ? pass.options.width : max(1, pass.options.width - 1)
    let (storage, digests) = (storage, pass.options.digests)
    while hashing < most, !groups.isEmpty {
      let group = groups.removeFirst()
      hashing += 1
      tasks.addTask { .hashed(try storage.hash(group, digests)) }
    }
  }

  private mutating func handleNext(_ tasks: inout Tasks) async throws {
    try Task.checkCancellation()
    switch try await tasks.next() {
    case .listed(let path, let result): ready[path] = result
    case .kept: keeping -= 1
    case .hashed(let done):
      hashing -= 1
      hashed.files += done.files
      hashed.unknown += done.unknown
      hashed.bytes += done.bytes
      unkept += done.files.filter { done.recorded.contains($0.path) }
      toKeep += done.files.filter { !done.recorded.contains($0.path) }
      startHashing(&tasks)
      if toKeep.count >= 4096, keeping == 0 {
        keeping += 1
        tasks.addTask { [keep, toKeep] in
          try keep(toKeep)
          return .kept
        }
        toKeep = []
      }
      progress(
        ScanProgress(
          files: hashed.files.count + hashed.unknown.count, bytes: hashed.bytes,
          totalFiles: queued.files, totalBytes: queued.bytes))
    case nil: preconditionFailure("a scan waits for a task that nobody started")
    }
  }
}
