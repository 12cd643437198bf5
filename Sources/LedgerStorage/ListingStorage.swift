package import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A location whose files are known by listings alone, which a person or a program brings: nothing can be
/// moved there, so what is to be done is done by hand, and the next listing tells.
package struct ListingStorage: ListedStorage {
  /// Where a listing is read from.
  package enum Source: Hashable, Sendable {
    case file(String)
    case standardInput
  }

  var home: FolderStorage
  private let source: Source?

  /// A location of listings; without a source it is as the last listing had it.
  package init(home: FolderStorage, source: Source?) {
    self.home = home
    self.source = source
  }

  /// What tells a listing's file from another, and from itself once it was written anew; nil for
  /// standard input.
  package var sourceStamp: String? {
    guard case .file(let path) = source else { return nil }
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return "\(status.st_ino) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)"
  }

  /// A listing moves nothing.
  package var isByHand: Bool { true }

  /// Nobody can tell whose files a listing lists.
  package func fault() async throws -> String? { nil }

  /// Nothing is begun there.
  package func finishInterrupted() async throws {}

  /// Reads the listing; without one, all is as it was, and nothing is gone.
  package func observe(
    expecting next: @escaping () throws -> ExpectedFile?, options: ScanOptions,
    keep: @escaping @Sendable ([ObservedFile]) throws -> Void,
    progress: @escaping @Sendable (ScanProgress) -> Void
  ) async throws -> ScanResult {
    guard source == nil else {
      return try await listed(
        expecting: next, options: options, keep: keep, progress: progress)
    }
    var result = ScanResult(
      observation: Observation(files: [], unknown: [], ignored: [], isComplete: false),
      settled: FileTally(), open: [], unkept: [], mounts: [], hashedCount: 0, hashedBytes: 0)
    while let file = try next() {
      guard let known = file.known else {
        result.open.append(file)
        continue
      }
      if let media = file.settled {
        result.settled.add(media, byteCount: known.stamp.byteCount)
      } else if let content = known.content {
        result.open.append(file)
        result.observation.files.append(
          ObservedFile(
            path: file.path, content: content, stamp: known.stamp, wasHashed: false,
            diskBytes: known.diskBytes))
      }
    }
    return result
  }

  func list(_ found: (ListedFile) throws -> Void) async throws -> String? {
    let descriptor: Descriptor
    let name: String
    switch source {
    case .file(let path):
      name = path
      let number = open(path, O_RDONLY | O_CLOEXEC)
      guard number >= 0 else {
        throw PlaceError("\(path) can't be read: \(String(cString: strerror(errno)))")
      }
      descriptor = Descriptor(owning: number)
    case .standardInput:
      name = "standard input"
      descriptor = Descriptor(owning: dup(0))
    case nil: return "there is no listing"
    }
    var parser = ListingParser()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    do {
      while true {
        let count = read(descriptor.number, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return "\(name): \(String(cString: strerror(errno)))" }
        guard count > 0 else { break }
        try buffer.withUnsafeBytes {
          try parser.take(UnsafeRawBufferPointer(rebasing: $0[..<count]), found)
        }
      }
      try parser.end()
      return nil
    } catch let error as MalformedListing {
      return "the listing \(name) can't be read: \(error)"
    }
  }

  func readFiles(
    _ files: [ListedFile], _ algorithm: DigestAlgorithm, width: Int
  ) async throws -> [ReadFile] {
    files.map { _ in .unreadable("the listing tells no sha256, sha1 or md5 of it") }
  }

  /// Only a person can.
  package func trash(
    _ path: [UInt8], expecting content: Content, for intent: TrashIntent
  ) async -> Outcome { ByHand.trash }

  /// A place that is only listed has no such names.
  package func isLinked(_ path: [UInt8]) -> Bool { false }

  /// No listing tells that.
  package func freeBytes() -> Int64? { nil }

  /// Only a person can.
  package func rename(
    _ path: [UInt8], to target: [UInt8], expecting content: Content
  ) async -> Outcome { ByHand.rename(to: target) }

  /// Only a person can.
  package func putBack(_ entry: TrashEntry, to target: [UInt8]) async -> Outcome { ByHand.putBack }

  /// Only a person can.
  package func erase(_ entry: TrashEntry) async -> Outcome { ByHand.erase }

  /// The place has a trash of its own.
  package func whereabouts(of entry: TrashEntry) -> String? { nil }

  /// Nothing that the ledger could bring back.
  package func trashEntries() throws -> [TrashEntry] { [] }

  /// There is nothing to put back.
  package func noteRestore(_ entry: TrashEntry) throws {}

  /// There is nothing to put back.
  package func notedRestores() async throws -> [NotedRestore] { [] }

  /// There is nothing to put back.
  package func forgetRestore(_ entry: TrashEntry) {}
}

/// What is said of steps that no program can take at a place.
enum ByHand {
  static let trash = Outcome.blocked("remove it there by hand, and the next listing records that")
  static let putBack = Outcome.blocked(
    "bring it back there by hand, from the place's own trash; the next listing records that")
  static let erase = Outcome.blocked("it is in the place's own trash: empty that there")

  static func rename(to target: [UInt8]) -> Outcome {
    .blocked("rename it there by hand to \(text(target)), and the next listing records that")
  }
}
