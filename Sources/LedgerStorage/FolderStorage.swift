import CLedgerSystem
package import LedgerCore
import LedgerFailurePoints

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A location's files in a folder of this machine.
///
/// Everything goes from the root's descriptor, by the bytes of names, and follows no link.
package struct FolderStorage: Sendable {
  /// The root's path, for messages.
  package let root: String
  /// The location, whose trash is the one to use.
  package let location: LocationID
  /// Under which folders the location keeps its files.
  package var map = PathMap.none
  let descriptor: Descriptor

  /// Opens a root.
  ///
  /// - Throws: `StorageError` where it is no folder or can't be opened.
  package init(root: String, location: LocationID) throws {
    self.root = root
    self.location = location
    descriptor = try Descriptor.folder(at: root)
  }

  /// The root's device and inode.
  package func identity() throws -> (device: UInt64, inode: UInt64) {
    let stamp = try descriptor.status(Array(root.utf8)).stamp
    return (stamp.device, stamp.inode)
  }

  /// The id of the root's file system, which stays wherever it is mounted; 0 where it has none.
  package func fileSystem() -> UInt64 { ledger_file_system(descriptor.number) }

  /// Makes durable whatever any program has written below the root, also on what is mounted there.
  ///
  /// - Parameter mounts: the folders where something else is mounted, as a scan found them.
  /// - Throws: `StorageError`, also where the disk failed to take what was written before.
  package func flush(mounts: [[UInt8]]) throws {
    for path in [[]] + mounts {
      let folder = path.isEmpty ? descriptor : try descriptor.folder(path)
      let code = effect("flush \(path.isEmpty ? "the root" : text(path))") {
        ledger_sync_file_system(folder.number)
      }
      // Some file systems have no such thing.
      if code != 0, ![EINVAL, ENOSYS, EOPNOTSUPP, ENOTSUP].contains(errno) {
        throw StorageError("flush", path.isEmpty ? Array(root.utf8) : path)
      }
    }
  }

  /// The names of the markers in `.ledger/`, without `.json`, sorted; none where there is no such
  /// folder.
  package func markers() throws -> [String] {
    guard try descriptor.status(ofName: Array(".ledger".utf8)) != nil else { return [] }
    let folder = try descriptor.folder(Array(".ledger".utf8))
    return try list(folder, Array(".ledger".utf8)).map { String(decoding: $0.name, as: UTF8.self) }
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The bytes of a file of ours below the root, or nil where it is not there.
  package func readFile(_ path: String) throws -> [UInt8]? {
    do {
      return try descriptor.opening(Array(path.utf8), O_RDONLY).readAll(Array(path.utf8))
    } catch let error as StorageError where error.code == ENOENT || error.code == ENOTDIR {
      return nil
    }
  }

  /// Writes a file of ours below the root: to a temporary name, synced, renamed, its folder synced.
  ///
  /// - Throws: `StorageError`, with the whole path; then the file is as it was.
  package func writeFile(_ path: String, _ bytes: [UInt8]) throws {
    let (folderPath, name) = split(Array(path.utf8))
    do {
      try replace(name, with: bytes, in: try descriptor.folder(making: folderPath))
    } catch let error as StorageError {
      throw StorageError(error.operation, Array(path.utf8), code: error.code).within(root)
    }
  }

  private func replace(_ name: [UInt8], with bytes: [UInt8], in folder: Descriptor) throws {
    let temporary = name + Array(".new".utf8)
    let number = effect("create \(text(temporary))") {
      withCString(temporary) {
        openat(folder.number, $0, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
      }
    }
    guard number >= 0 else { throw StorageError("create", temporary) }
    let file = Descriptor(owning: number)
    try file.writeAll(bytes, temporary)
    try file.sync(temporary)
    let renamed = effect("put \(text(name)) in place") {
      withCString(temporary) { from in
        withCString(name) { renameat(folder.number, from, folder.number, $0) }
      }
    }
    guard renamed == 0 else { throw StorageError("rename", name) }
    try folder.sync(name)
  }

  /// Whether the root's file system takes upper and lower case for the same; probed by `.ledger`.
  package func isCaseInsensitive() throws -> Bool {
    let other = Array(".LEDGER".utf8)
    guard let small = try descriptor.status(ofName: Array(".ledger".utf8)),
      let large = try descriptor.status(ofName: other)
    else { return false }
    if small.st_ino == large.st_ino && small.st_dev == large.st_dev { return true }
    // FUSE may number a file anew for each spelling; then only the listing tells.
    return try !list(descriptor, []).contains { $0.name == other }
  }
}
