import LedgerCore
import LedgerStorage
import LedgerTestKit
import Synchronization
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Long after every file of a test was made.
let later = FileTime(seconds: 4_000_000_000, nanoseconds: 0)

/// Long before, so that no file is still settling.
let earlier = FileTime(seconds: 1_600_000_000, nanoseconds: 123_456_789)

/// A real folder with a storage on it, which a test fills and looks at by the bytes of names.
struct Library: Sendable {
  let root: String
  let storage: FolderStorage

  /// Gives `body` an empty library, with room beside it for what is outside, as `root/..`.
  static func with<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (Library) async throws -> Result
  ) async throws -> Result {
    try await withTemporaryFolder { folder in
      let root = "\(folder)/library"
      guard mkdir(root, 0o755) == 0 else { throw TestKitError("mkdir \(root)") }
      return try await body(
        Library(root: root, storage: try FolderStorage(root: root, location: "desk")))
    }
  }

  /// Writes a file and the folders that it needs.
  func write(_ path: [UInt8], _ bytes: [UInt8], modified: FileTime = earlier) throws {
    try named(path) { folder, name in
      let file = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
      try check(file, "create", path)
      defer { close(file) }
      let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
      try check(count == bytes.count ? 0 : -1, "write", path)
    }
    try touch(path, modified)
  }

  func write(_ path: String, _ text: String, modified: FileTime = earlier) throws {
    try write(Array(path.utf8), Array(text.utf8), modified: modified)
  }

  /// Sets when a file was modified.
  func touch(_ path: [UInt8], _ modified: FileTime) throws {
    let time = timespec(tv_sec: Int(modified.seconds), tv_nsec: Int(modified.nanoseconds))
    try named(path) { folder, name in
      try check(utimensat(folder, name, [time, time], 0), "touch", path)
    }
  }

  func touch(_ path: String, _ modified: FileTime) throws { try touch(Array(path.utf8), modified) }

  func makeFolder(_ path: String) throws { try makeFolder(Array(path.utf8)) }

  func makeFolder(_ path: [UInt8]) throws { try named(path + Array("/.".utf8)) { _, _ in } }

  func makeLink(_ path: String, to target: String) throws {
    try named(Array(path.utf8)) { folder, name in
      try check(symlinkat(target, folder, name), "symlink", Array(path.utf8))
    }
  }

  /// A socket that listens under a name; the caller closes it.
  func makeSocket(_ path: String) throws -> Int32 {
    #if canImport(Darwin)
      let number = socket(AF_UNIX, SOCK_STREAM, 0)
    #else
      let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(root)/\(path)".utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, size) }
    }
    try check(code, "bind", Array(path.utf8))
    return number
  }

  /// Gives a file another name, as a person does.
  func move(_ path: String, to target: String) throws {
    try named(Array(path.utf8)) { folder, name in
      try named(Array(target.utf8)) {
        try check(renameat(folder, name, $0, $1), "rename", Array(path.utf8))
      }
    }
  }

  func remove(_ path: String) throws {
    try named(Array(path.utf8)) { folder, name in
      if unlinkat(folder, name, 0) == 0 { return }
      try check(unlinkat(folder, name, AT_REMOVEDIR), "remove", Array(path.utf8))
    }
  }

  func setMode(_ path: String, _ mode: mode_t) throws {
    try named(Array(path.utf8)) { folder, name in
      try check(fchmodat(folder, name, mode, 0), "chmod", Array(path.utf8))
    }
  }

  /// The bytes of a file, or nil where there is none.
  func bytes(_ path: [UInt8]) throws -> [UInt8]? {
    guard try status(path) != nil else { return nil }
    return try named(path) { folder, name in
      let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      try check(file, "open", path)
      defer { close(file) }
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = read(file, &buffer, buffer.count), count > 0 {
        bytes += buffer[..<count]
      }
      return bytes
    }
  }

  func text(_ path: String) throws -> String? {
    try bytes(Array(path.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What the system says of a name, of a link itself; nil where it is not there.
  func status(_ path: [UInt8]) throws -> stat? {
    do {
      return try named(path, making: false) { folder, name in
        var status = stat()
        try check(fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW), "stat", path)
        return status
      }
    } catch let error as StorageError where [ENOENT, ENOTDIR].contains(error.code) {
      return nil
    }
  }

  func status(_ path: String) throws -> stat? { try status(Array(path.utf8)) }

  /// The names in a folder, sorted by their bytes.
  func names(in folder: String) throws -> [[UInt8]] {
    guard let stream = opendir("\(root)/\(folder)") else { return [] }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
      names.append(withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
    }
    return names.filter { $0 != [46] && $0 != [46, 46] }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// What a scan at `now` sees, all digests of the files that it reads being sha256.
  func observe(
    known: [KnownFile] = [], recorded: [LibraryPath] = [], now: FileTime = later,
    settleSeconds: Int64 = 2, width: Int = 2, expectedMounts: [[UInt8]] = [],
    progress: @escaping @Sendable (ScanProgress) -> Void = { _ in }
  ) async throws -> ScanResult {
    var options = ScanOptions(now: now, width: width)
    options.settleSeconds = settleSeconds
    options.expectedMounts = expectedMounts
    let files = Dictionary(known.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    var expected = Set(files.keys).union(recorded).sorted()[...]
    return try await storage.observe(
      expecting: {
        expected.popFirst().map { path in
          ExpectedFile(
            path: path, known: files[path].map { .init($0) }, isRecorded: recorded.contains(path))
        }
      }, options: options, progress: progress)
  }

  // Component by component, so that no path is too long.
  private func named<Result>(
    _ path: [UInt8], making: Bool = true, _ body: (Int32, UnsafePointer<CChar>) throws -> Result
  ) throws -> Result {
    var folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(folder) }
    let components = path.split(separator: UInt8(ascii: "/")).map {
      $0.map { CChar(bitPattern: $0) } + [0]
    }
    for component in components.dropLast() {
      if making { mkdirat(folder, component, 0o755) }
      let next = openat(folder, component, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      try check(next, "open", path)
      close(folder)
      folder = next
    }
    return try (components.last ?? [46, 0]).withUnsafeBufferPointer {
      guard let name = $0.baseAddress else { preconditionFailure("a name has its closing zero") }
      return try body(folder, name)
    }
  }

  private func check(_ code: Int32, _ operation: String, _ path: [UInt8]) throws {
    guard code >= 0 else { throw StorageError(operation, path) }
  }
}

extension ExpectedFile.Known {
  init(_ file: KnownFile, isSettled: Bool = false) {
    self.init(
      stamp: file.stamp, hashedAt: file.hashedAt, diskBytes: file.diskBytes,
      content: isSettled ? nil : file.content)
  }
}

extension ScanResult {
  /// The paths of the files.
  var paths: [LibraryPath] { observation.files.map(\.path) }

  /// What was not seen: the name and the reason.
  var unknown: [String] {
    observation.unknown.map {
      "\(String(decoding: $0.diskBytes, as: UTF8.self)): \($0.reason) (\($0.detail))"
    }
  }

  /// What the next scan knows after this one, which began at `hashedAt`.
  func known(hashedAt: FileTime = later) -> [KnownFile] {
    observation.files.map {
      KnownFile(
        path: $0.path, content: $0.content, stamp: $0.stamp, hashedAt: hashedAt,
        diskBytes: $0.diskBytes)
    }
  }
}

/// The content of some bytes, with its sha256 alone.
func content(of bytes: [UInt8]) -> Content {
  Content(digest: ContentHasher.sha256([bytes]), byteCount: Int64(bytes.count))
}

/// The content of a text.
func content(of text: String) -> Content { content(of: Array(text.utf8)) }

/// What a scan told of its progress.
final class Steps: Sendable {
  private let steps = Mutex<[ScanProgress]>([])

  func add(_ step: ScanProgress) { steps.withLock { $0.append(step) } }

  var all: [ScanProgress] { steps.withLock { $0 } }
}

/// Something to do once, from wherever.
final class Once: Sendable {
  private let isDone = Mutex(false)

  /// Whether it was done.
  var isTaken: Bool { isDone.withLock { $0 } }

  /// Whether this is the first time.
  func take() -> Bool {
    isDone.withLock { isDone in
      defer { isDone = true }
      return !isDone
    }
  }
}

/// For closures that can't throw: what they throw is a failure of the test.
func expectNoThrow(_ body: () throws -> Void) {
  do { try body() } catch { Issue.record(error) }
}

extension Outcome {
  var isDone: Bool {
    if case .done = self { true } else { false }
  }

  var isBlocked: Bool {
    if case .blocked = self { true } else { false }
  }
}

extension Library {
  /// Trashes a file that should have the bytes of a text, for the deletion `nas:3`.
  func trash(
    _ path: String, _ text: String, deletion: EventID = "nas:3", now: Int64 = 1_800_000_000
  ) -> Outcome {
    storage.trash(
      Array(path.utf8), expecting: content(of: text),
      for: TrashIntent(deletion, after: 7, now: now, minCopies: nil))
  }

  func rename(_ path: String, to target: String, _ text: String) -> Outcome {
    storage.rename(Array(path.utf8), to: Array(target.utf8), expecting: content(of: text))
  }

  /// The texts of all files that `desk` has in its trash, sorted, whatever stands beside them.
  func trashedTexts() throws -> [String] {
    try names(in: ".ledger/trash/desk").compactMap {
      try text(".ledger/trash/desk/\(String(decoding: $0, as: UTF8.self))/file")
    }.sorted()
  }
}
