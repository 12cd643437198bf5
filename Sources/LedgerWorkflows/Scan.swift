import Dispatch
import LedgerCache
package import LedgerCore
package import LedgerStorage
import Synchronization

/// What a scan came to, before anything is recorded.
package struct Scanned {
  /// What the storage saw.
  package let result: ScanResult
  /// What it means.
  package let detection: Detection
  /// What was expected and not seen.
  package let unseen: Set<LibraryPath>
  /// When the scan began.
  package let startedAt: FileTime
  /// What was missing, where the next scan has to agree; and how much of it for the first time.
  var missing: [LibraryPath]?
  var newlyMissingCount = 0

  /// Whether each copy that is recorded here was seen or is told of: none is unknown, ignored now, or
  /// missing for the first time.
  var isSure: Bool {
    let missing = result.open.filter { $0.isRecorded && unseen.contains($0.path) }
    // A first catalogue's facts are many, and nothing is missing then.
    guard !missing.isEmpty else { return true }
    let told = Set(detection.facts.flatMap(\.fact.paths))
    return missing.allSatisfy { told.contains($0.path) }
  }

  /// Whether all that is missing may be called gone, and what came be recorded.
  var isConfirmed: Bool { result.observation.isComplete && newlyMissingCount == 0 }
}

/// What a person says to a scan.
package struct ScanConsent: Sendable {
  /// So many removals are meant.
  package var allowedRemovals: Int?
  /// Whether the ledger's map of the place is meant, also for what is recorded here.
  package var acceptsMap = false

  /// A consent to so many removals, or to none in particular.
  package init(allowedRemovals: Int?) { self.allowedRemovals = allowedRemovals }
}

extension OpenLocation {
  /// Why the storage can't be the one that joined, or nil where it is.
  package func storageFault() async throws -> String? {
    guard try marker() != nil else {
      return "\(paths.home)/\(paths.marker) is missing: is the disk mounted?"
    }
    // The device's number may change with a restart, the root's inode does not.
    let identity = try home.identity()
    if identity.inode != file.inode {
      return "\(paths.home) is another folder than the one that joined"
    }
    return try await storage.fault()
  }

  /// Scans the storage and decides what it means. Records nothing, touches nothing.
  package func scan(_ consent: ScanConsent) async throws -> Scanned {
    let context = try cache.context()
    if let fault = try mapFault(of: context.settings) {
      throw WorkflowError(.unhealthy, "\(fault.what). Nothing was recorded.", hint: fault.advice)
    }
    let now = outside.clock.now()
    let time = FileTime(
      seconds: now.milliseconds / 1_000, nanoseconds: Int32(now.milliseconds % 1_000) * 1_000_000)
    var options = ScanOptions(now: time, width: outside.width)
    options.digests = context.settings.ledger.digests
    options.settleSeconds = outside.settleSeconds
    options.expectedMounts = file.mounts
    let progress = outside.progress
    let cache = self.cache
    let expected = ExpectedFiles(cache)
    let result: ScanResult
    do {
      let seen = try await storage.observeLibrary(
        expecting: { try expected.next() }, options: options,
        keep: { try cache.updateFiles(upsert: $0.map { KnownFile($0, at: time) }, remove: []) },
        progress: {
          progress(
            .hashing(
              files: $0.files, bytes: $0.bytes, totalFiles: $0.totalFiles,
              totalBytes: $0.totalBytes))
        })
      result = try await comparable(seen)
    } catch let error as PlaceError {
      throw WorkflowError(
        .unhealthy, "\(error). No file was recorded or touched.",
        hint: "Look after the place, and run the same command again.")
    } catch let error as StorageError {
      // Such as rules of what to ignore that can't be read: without them every file would be new.
      throw WorkflowError(
        .unhealthy, "\(paths.home) can't be scanned: \(error). No file was recorded or touched.",
        hint: "Look after the disk, and run the same command again.")
    }
    progress(.done)
    let (believed, detection) = try detect(in: result, context, consent)
    let seen = believed.result.observation
    let unseen = Set(result.open.lazy.map(\.path).filter { seen.file(at: $0) == nil })
    var scanned = Scanned(
      result: believed.result, detection: detection, unseen: unseen, startedAt: time)
    scanned.missing = believed.missing
    scanned.newlyMissingCount = believed.newlyMissingCount
    return scanned
  }

  /// What was seen at a path; nil where nothing was.
  func here(_ path: LibraryPath, _ scanned: Scanned) -> ObservedFile? {
    if let file = scanned.result.observation.file(at: path) { return file }
    guard !scanned.unseen.contains(path) else { return nil }
    // As the last scan knew it, then: it is settled.
    return (try? cache.knownFile(at: path)).flatMap { $0 }.map { known in
      ObservedFile(
        path: path, content: known.content, stamp: known.stamp, wasHashed: false,
        diskBytes: known.diskBytes)
    }
  }

  private func detect(
    in result: ScanResult, _ context: ReplayContext, _ consent: ScanConsent
  ) throws -> (Believed, Detection) {
    var rest = result.open[...]
    var seen = result.observation.files[...]
    let recorded = result.open.lazy.filter(\.isRecorded).map(\.path)
    let copies = try cache.copiesPresent(among: recorded).map { copy in
      while let first = rest.first, first.path < copy.path { rest.removeFirst() }
      while let first = seen.first, first.path < copy.path { seen.removeFirst() }
      var stamp = rest.first?.path == copy.path ? rest.first?.known?.stamp : nil
      // Its old number may be a new file's by now, which would make that a rename.
      if let found = seen.first, found.path == copy.path, stamp?.isRenumbered(found.stamp) == true {
        stamp = found.stamp
      }
      return KnownCopy(
        path: copy.path, content: copy.content, media: copy.media, damage: copy.damage,
        since: copy.since, stamp: stamp)
    }
    let identity = context.identity
    let believed = try believe(
      try keepingMoved(result, copies, identity), copies, identity)
    var input = DetectInput(
      settings: context.settings[location], ledger: context.settings.ledger, identity: identity,
      known: copies, observation: believed.result.observation, isScripted: wasScripted,
      isRestoredDisk: try hasComeBack(), latestPut: { _, _ in nil })
    input.settled = result.settled
    input.allowedRemovals = consent.allowedRemovals
    input.recentlyGone = file.recentlyGone.tally(at: outside.clock.now())
    input.trash =
      try storage.trashEntries().map { TrashedFile($0) }
      + carriedOutByHand(copies, believed.result)
    input.moves = try openMoves()
    return try cache.withHistories { history in
      withoutActuallyEscaping(history) { history in
        // A cache that can't be read means no cause: then a copy counts as a person's, and is kept.
        input.latestPut = { (try? history($0))?.latestPut(of: $1, in: identity) }
        defer { input.latestPut = { _, _ in nil } }
        return (believed, LedgerCore.detect(input))
      }
    }
  }

  /// The photos and videos that a person removed or renamed here, in events after those whose
  /// companions have followed.
  func openMoves() throws -> [MainMove] {
    let last = try cache.numbers()[location]
    guard file.companionsDone < last else { return [] }
    let events = try cache.events(
      of: location, after: file.companionsDone, types: ["deleted", "renamed"])
    return events.compactMap { MainMove($0.event) }
  }

  /// Remembers what the scan learned of the files, for the next quick check.
  package func remember(_ scanned: Scanned) throws {
    let fresh = scanned.result.unkept.map { KnownFile($0, at: scanned.startedAt) }
    let gone =
      scanned.result.observation.isComplete
      ? scanned.result.open.filter { $0.known != nil && scanned.unseen.contains($0.path) }
        .map(\.path) : []
    if !fresh.isEmpty || !gone.isEmpty { try cache.updateFiles(upsert: fresh, remove: gone) }
  }
}

extension KnownFile {
  /// What a scan that began at `time` knows of a file.
  fileprivate init(_ file: ObservedFile, at time: FileTime) {
    self.init(
      path: file.path, content: file.content, stamp: file.stamp, hashedAt: time,
      diskBytes: file.diskBytes)
  }
}

/// What a scan should find, read from the cache little by little: a part while the one before it is
/// compared. On a queue, as whoever compares can't wait for a task.
private final class ExpectedFiles {
  /// A part that is being read.
  private final class Part: Sendable {
    private let files = Mutex<Result<[ExpectedFile], any Error>>(.success([]))
    private let queue: DispatchQueue

    init(of cache: StateCache, after path: LibraryPath?, on queue: DispatchQueue) {
      self.queue = queue
      queue.async {
        let read = Result { try cache.expectedFiles(after: path, limit: ExpectedFiles.partSize) }
        self.files.withLock { $0 = read }
      }
    }

    /// The files, once they are read.
    func read() throws -> [ExpectedFile] {
      queue.sync {}
      return try files.withLock { $0 }.get()
    }
  }

  private static let partSize = 4096

  private let cache: StateCache
  private let queue = DispatchQueue(label: "expected files")
  private var files: ArraySlice<ExpectedFile> = []
  private var coming: Part?

  init(_ cache: StateCache) {
    self.cache = cache
    coming = Part(of: cache, after: nil, on: queue)
  }

  func next() throws -> ExpectedFile? {
    if files.isEmpty, let part = coming {
      let read = try part.read()
      coming = nil
      if read.count == Self.partSize, let last = read.last {
        coming = Part(of: cache, after: last.path, on: queue)
      }
      files = read[...]
    }
    return files.popFirst()
  }
}
