internal import LedgerFailurePoints

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A system call on a file or folder that failed.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The system call.
  package let call: String
  /// The file or folder.
  package let path: String
  /// The error's number.
  package let code: Int32

  /// The call, the path and the system's words.
  package var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
}

/// What the module does to files and folders outside of libgit2: all of it reaches the disk.
enum FolderEffects {
  enum Kind: Equatable { case nothing, file, folder, link }

  /// What stands at `path`; a link is not followed.
  static func kind(of path: String) throws(FileError) -> Kind {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw error("lstat", path) }
      return .nothing
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFLNK: return .link
    default: return .file
    }
  }

  /// Whether `path` is a file that this user may run.
  static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(path, X_OK) == 0
  }

  /// The names in a folder but `.` and `..`, sorted by their bytes.
  static func names(in folder: String) throws(FileError) -> [String] {
    guard let stream = opendir(folder) else { throw error("opendir", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw error("readdir", folder) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Makes one folder, whose parent is there.
  static func makeFolder(_ path: String) throws(FileError) {
    let code = effect("make folder \(path)") { mkdir(path, 0o777) }
    guard code == 0 else { throw error("mkdir", path) }
  }

  /// Writes a whole file and syncs it; the folder is not synced.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o666) throws(FileError) {
    let descriptor = effect("create \(path)") {
      open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode)
    }
    guard descriptor >= 0 else { throw error("open", path) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Darwin)
        let count = rest.withUnsafeBytes { Darwin.write(descriptor, $0.baseAddress, $0.count) }
      #else
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw error("write", path) }
      rest = rest.dropFirst(count)
    }
    let code = effect("sync \(path)") { fsync(descriptor) }
    guard code == 0 else { throw error("fsync", path) }
  }

  /// A descriptor to read `bytes` from, for a program's standard input; the caller closes it.
  static func openInput(_ bytes: [UInt8]) throws(FileError) -> Int32 {
    guard !bytes.isEmpty else {
      let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw error("open", "/dev/null") }
      return descriptor
    }
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = temporarySibling(of: "\(folder)/ledger-input")
    try write(bytes, to: path, mode: 0o600)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error("open", path) }
    guard unlink(path) == 0 else { throw error("unlink", path) }
    return descriptor
  }

  /// Another descriptor of the same open file, with its locks; the caller closes it.
  static func duplicate(_ descriptor: Int32) throws(FileError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw error("dup", "of \(descriptor)") }
    return copy
  }

  /// The bytes of a file, nil when there is none.
  static func read(_ path: String) throws(FileError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw error("open", path) }
      return nil
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      #if canImport(Darwin)
        let count = chunk.withUnsafeMutableBytes {
          Darwin.read(descriptor, $0.baseAddress, $0.count)
        }
      #else
        let count = chunk.withUnsafeMutableBytes {
          Glibc.read(descriptor, $0.baseAddress, $0.count)
        }
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw error("read", path) }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  /// Syncs a file or a folder to the disk.
  static func sync(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error("open", path) }
    defer { close(descriptor) }
    let code = effect("sync \(path)") { fsync(descriptor) }
    guard code == 0 else { throw error("fsync", path) }
  }

  /// Syncs a folder and everything under it.
  static func syncAll(_ folder: String) throws(FileError) {
    for name in try names(in: folder) {
      let path = "\(folder)/\(name)"
      switch try kind(of: path) {
      case .folder: try syncAll(path)
      case .file: try sync(path)
      case .link, .nothing: break
      }
    }
    try sync(folder)
  }

  /// Renames within one file system and syncs the parent of the new name. An empty folder may
  /// stand at the new name, nothing else.
  static func move(_ old: String, to new: String) throws(FileError) {
    let code = effect("move \(old) to \(new)") { rename(old, new) }
    guard code == 0 else { throw error("rename", new) }
    try sync(parent(of: new))
  }

  /// Removes a temporary folder of ours and everything under it; links are not followed.
  static func removeTemporary(_ path: String) throws(FileError) {
    switch try kind(of: path) {
    case .nothing: return
    case .folder:
      for name in try names(in: path) { try removeTemporary("\(path)/\(name)") }
      let code = effect("remove \(path)") { rmdir(path) }
      guard code == 0 else { throw error("rmdir", path) }
    case .file, .link:
      let code = effect("remove \(path)") { unlink(path) }
      guard code == 0 else { throw error("unlink", path) }
    }
  }

  /// When each folder under `folder`, itself included, last changed, in nanoseconds: what must
  /// be synced after another program wrote there without syncing folders.
  static func folderTimes(under folder: String) throws(FileError) -> [String: Int64] {
    var status = stat()
    guard lstat(folder, &status) == 0 else {
      guard errno == ENOENT else { throw error("lstat", folder) }
      return [:]
    }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    var times = [folder: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)]
    for name in try names(in: folder) where try kind(of: "\(folder)/\(name)") == .folder {
      times.merge(try folderTimes(under: "\(folder)/\(name)")) { $1 }
    }
    return times
  }

  /// The path with every link on the way resolved; `path` must be there.
  static func resolved(_ path: String) throws(FileError) -> String {
    guard let real = realpath(path, nil) else { throw error("realpath", path) }
    defer { free(real) }
    return String(cString: real)
  }

  /// The folder that holds `path`.
  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A name beside `path` that nobody uses: `.photos.git.new-4711-1a2b…`.
  static func temporarySibling(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? "ledger"
    var generator = SystemRandomNumberGenerator()
    let random = String(generator.next(), radix: 36)
    let folder = parent(of: path)
    return (folder == "/" ? "" : folder) + "/.\(name.prefix(200)).new-\(getpid())-\(random)"
  }

  private static func error(_ call: String, _ path: String) -> FileError {
    FileError(call: call, path: path, code: errno)
  }
}
