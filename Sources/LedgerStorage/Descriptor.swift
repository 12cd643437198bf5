import CLedgerSystem
import LedgerCore
import LedgerFailurePoints

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An open file or folder, closed when nobody holds it any more.
final class Descriptor: Sendable {
  let number: Int32

  init(owning number: Int32) { self.number = number }

  deinit { close(number) }

  /// Opens a folder by its path on this machine, following links: a root is resolved once.
  static func folder(at path: String) throws -> Descriptor {
    let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw StorageError("open", Array(path.utf8)) }
    return Descriptor(owning: number)
  }

  /// Opens something below this folder without following any link; an empty path is the folder.
  func opening(_ path: [UInt8], _ flags: Int32) throws -> Descriptor {
    let name = path.isEmpty ? [UInt8(ascii: ".")] : path
    let opened = withCString(name) { ledger_open_beneath(number, $0, flags) }
    guard opened >= 0 else { throw StorageError("open", path) }
    return Descriptor(owning: opened)
  }

  /// Opens a folder below this one.
  func folder(_ path: [UInt8]) throws -> Descriptor { try opening(path, O_RDONLY | O_DIRECTORY) }

  /// What the system says of the open file.
  func status(_ path: [UInt8]) throws -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw StorageError("stat", path) }
    return status
  }

  /// What the system says of a name in this folder, of a link itself; nil where it is not there.
  func status(ofName name: [UInt8]) throws -> stat? {
    var status = stat()
    let code = withCString(name) { fstatat(number, $0, &status, AT_SYMLINK_NOFOLLOW) }
    if code == 0 { return status }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw StorageError("stat", name)
  }

  /// Makes new names and bytes durable.
  func sync(_ path: [UInt8]) throws {
    let code = effect("sync \(text(path))") { fsync(number) }
    guard code == 0 else { throw StorageError("fsync", path) }
  }

  /// Makes a folder here unless it is there.
  func makeFolder(_ name: [UInt8]) throws {
    // Not for each path on the way to a folder that is there: that would be no effect.
    if try status(ofName: name) != nil { return }
    let code = effect("make folder \(text(name))") {
      withCString(name) { mkdirat(number, $0, 0o777) }
    }
    if code == 0 {
      try sync(name)
    } else if errno != EEXIST {
      throw StorageError("mkdir", name)
    }
  }

  /// Opens a folder below this one, making what is missing; no link is followed.
  func folder(making path: [UInt8]) throws -> Descriptor {
    var current = self
    for component in path.split(separator: UInt8(ascii: "/")) {
      try current.makeFolder(Array(component))
      current = try current.folder(Array(component))
    }
    return current
  }

  /// All bytes of the open file.
  func readAll(_ path: [UInt8]) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(number, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("read", path)
      }
      bytes += buffer[..<count]
    }
  }

  /// Writes all bytes to the open file.
  func writeAll(_ bytes: [UInt8], _ path: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = effect("write \(text(path))") {
        rest.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("write", path)
      }
      rest = rest.dropFirst(count)
    }
  }
}

/// A name for messages.
func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

/// Calls `body` with the bytes as a C string.
func withCString<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
  // On the stack: this is done for each file that is looked at.
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count + 1) { buffer in
    let end = buffer.initialize(fromContentsOf: bytes)
    buffer.initializeElement(at: end, to: 0)
    return buffer.withMemoryRebound(to: CChar.self) { chars in
      // A buffer with at least the closing zero always has an address.
      guard let start = chars.baseAddress else { preconditionFailure("an empty C string") }
      return body(start)
    }
  }
}

extension stat {
  var isRegular: Bool { st_mode & S_IFMT == S_IFREG }
  var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }

  var stamp: FileStamp {
    #if canImport(Darwin)
      let (modified, changed) = (st_mtimespec, st_ctimespec)
    #else
      let (modified, changed) = (st_mtim, st_ctim)
    #endif
    return FileStamp(
      byteCount: Int64(st_size),
      modified: FileTime(
        seconds: Int64(modified.tv_sec), nanoseconds: Int32(truncatingIfNeeded: modified.tv_nsec)),
      changed: FileTime(
        seconds: Int64(changed.tv_sec), nanoseconds: Int32(truncatingIfNeeded: changed.tv_nsec)),
      inode: UInt64(st_ino), device: UInt64(truncatingIfNeeded: st_dev))
  }
}

/// A path split into its folder and its last component.
func split(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8]) {
  guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return ([], path) }
  return (Array(path[..<slash]), Array(path[(slash + 1)...]))
}
