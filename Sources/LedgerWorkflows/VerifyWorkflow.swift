import LedgerCache
package import LedgerCore
import LedgerStorage

/// Reads files once more, those first that were read longest ago, and records what is damaged.
package struct VerifyWorkflow {
  /// Which files.
  package struct Request: Sendable {
    /// Paths or folders; all where it is empty.
    package var names: [String] = []
    /// Only files that were last read before this instant.
    package var before: Instant?
    /// Stops before more bytes than this are read, but after one file at least.
    package var byteLimit: Int64?

    /// All files.
    package init() {}
  }

  /// A file whose bytes are not those that were recorded.
  package struct Damaged: Sendable {
    /// Where it is.
    package let path: LibraryPath
    /// What it should hold.
    package let content: Content
    /// What it holds.
    package let found: Content
    /// The other locations that hold the right bytes at this path, sorted.
    package let holders: [LocationID]
  }

  /// What came of it.
  package struct Report: Sendable {
    /// How many files were read, and how many bytes they have.
    package var count = 0
    package var byteCount: Int64 = 0
    /// What is damaged, in the order in which it was read.
    package var damaged: [Damaged] = []
    /// What has changed since the last scan, so that it was not compared.
    package var changed: [LibraryPath] = []
    /// What could not be read, and why.
    package var unreadable: [(path: LibraryPath, why: String)] = []
    /// How many files were left for the next run, because of the limit.
    package var leftCount = 0
    /// What was recorded.
    package var recorded: [Event] = []
  }

  private var open: OpenLocation
  private let request: Request
  private var report = Report()

  /// A run at an open location whose lock is held.
  package init(_ open: OpenLocation, _ request: Request) {
    self.open = open
    self.request = request
  }

  /// Reads and records. What was read is remembered part by part, so that a run that is cut short, or
  /// ends at its limit, is gone on with by the next.
  ///
  /// - Throws: `WorkflowError` where the storage is not the one that joined, or a name means no file.
  package mutating func run() async throws -> Report {
    _ = try open.folder(
      for: "ledger verify reads folders",
      instead: "Each scan compares the digests that the place tells; rclone check reads a remote.")
    try open.catchUp()
    if let fault = try await open.storageFault() {
      throw WorkflowError(
        .unhealthy, "\(fault) Nothing was read or recorded.", hint: "Mount its disk.")
    }
    var files = try chosen()[...]
    let total = files.reduce(Int64(0)) { $0 + $1.stamp.byteCount }
    let totalCount = files.count
    while !files.isEmpty {
      var part: [KnownFile] = []
      var bytes: Int64 = 0
      while let file = files.first, part.count < 512, bytes < 1 << 30 {
        part.append(file)
        bytes += file.stamp.byteCount
        files.removeFirst()
      }
      try await record(try await read(part))
      open.outside.progress(
        .hashing(
          files: totalCount - files.count, bytes: report.byteCount, totalFiles: totalCount,
          totalBytes: total))
    }
    open.outside.progress(.done)
    return report
  }

  private mutating func chosen() throws -> [KnownFile] {
    var files = try open.cache.knownFiles()
    for name in request.names where !files.contains(where: { $0.path.isNamed(by: name) }) {
      throw WorkflowError(
        .notFound, "\(name.debugDescription) is no file that the last scan saw. Nothing was read.",
        hint: "Run ledger sync first; ledger ls lists the files.")
    }
    if !request.names.isEmpty {
      files = files.filter { file in request.names.contains { file.path.isNamed(by: $0) } }
    }
    if let before = request.before {
      files = files.filter { $0.hashedAt.seconds < before.milliseconds / 1_000 }
    }
    files.sort { ($0.hashedAt.seconds, $0.path) < ($1.hashedAt.seconds, $1.path) }
    guard let limit = request.byteLimit else { return files }
    var bytes: Int64 = 0
    let fitting = files.prefix { file in
      defer { bytes += file.stamp.byteCount }
      return bytes == 0 || bytes + file.stamp.byteCount <= limit
    }
    report.leftCount = files.count - fitting.count
    return Array(fitting)
  }

  private func read(_ files: [KnownFile]) async throws -> [(KnownFile, Verified)] {
    let storage = open.home
    return try await withThrowingTaskGroup(of: (Int, Verified).self) { group in
      var results = [Verified?](repeating: nil, count: files.count)
      var next = 0
      func add() {
        guard next < files.count else { return }
        let (index, file) = (next, files[next])
        group.addTask { (index, storage.verify(file)) }
        next += 1
      }
      for _ in 0..<open.outside.width { add() }
      while let (index, result) = try await group.next() {
        try Task.checkCancellation()
        results[index] = result
        add()
      }
      return zip(files, results).compactMap { file, result in result.map { (file, $0) } }
    }
  }

  private mutating func record(_ results: [(KnownFile, Verified)]) async throws {
    let now = open.outside.clock.now().milliseconds
    let readAt = FileTime(
      seconds: now / 1_000, nanoseconds: Int32(now % 1_000) * 1_000_000)
    var facts: [CausedFact] = []
    var read: [KnownFile] = []
    for (file, result) in results {
      switch result {
      case .changed: report.changed.append(file.path)
      case .unreadable(let why): report.unreadable.append((file.path, why))
      case .whole, .damaged:
        report.count += 1
        report.byteCount += file.stamp.byteCount
        read.append(
          KnownFile(
            path: file.path, content: file.content, stamp: file.stamp, hashedAt: readAt,
            diskBytes: file.diskBytes))
        if let fact = try judge(file, result) { facts.append(fact) }
      }
    }
    report.recorded += try await open.record(facts, since: open.file.scannedSeen)
    try open.cache.updateFiles(upsert: read, remove: [])
  }

  // What is to be recorded of a file that was read; nil where it is told already, or where the ledger
  // does not have these bytes here.
  private mutating func judge(_ file: KnownFile, _ result: Verified) throws -> CausedFact? {
    let identity = try open.cache.context().identity
    guard let state = try open.cache.state(of: file.path),
      let copy = state.copies[open.location], let version = copy.version,
      identity.areSame(copy.file.content, file.content)
    else { return nil }
    guard case .damaged(let found) = result else {
      guard copy.damage != nil else { return nil }
      // The bytes are whole again, as after trouble of a cable or a controller.
      let healed = FileFact(
        path: file.path, media: copy.file.media, content: file.content,
        modified: file.stamp.modified)
      return CausedFact(.added(healed), cause: version)
    }
    let holders = state.copies.keys.sorted().filter { other in
      guard other != open.location, let there = state.copies[other], there.version != nil else {
        return false
      }
      return !there.isDamaged && identity.areSame(there.file.content, file.content)
    }
    report.damaged.append(
      Damaged(path: file.path, content: file.content, found: found, holders: holders))
    guard copy.damage.map({ !found.digests.contains($0) }) ?? true else { return nil }
    let fact = FileFact(path: file.path, media: copy.file.media, content: file.content)
    return CausedFact(.damaged(fact, found: found.digest))
  }
}
