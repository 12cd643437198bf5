import LedgerFailurePoints
import LedgerStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Folders and small files of this machine outside the library.
package enum StateFolder {
  /// Makes a folder and those above it, each on the disk when this returns.
  static func make(_ path: String) throws {
    var partial = ""
    for component in path.split(separator: "/") {
      partial += "/" + component
      if exists(partial) { continue }
      let code = effect("make folder \(partial)") { mkdir(partial, 0o755) }
      guard code == 0 || errno == EEXIST || errno == EISDIR else {
        throw StorageError("mkdir", Array(partial.utf8))
      }
      try sync(parent(of: partial))
    }
  }

  /// The bytes of a file, or nil where it is not there.
  package static func read(_ path: String) throws -> [UInt8]? {
    try folder(of: path).flatMap { try $0.storage.readFile($0.name) }
  }

  /// Writes a file: a temporary name, synced, renamed, the folder synced.
  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let place = try folder(of: path) else {
      throw StorageError("open", Array(path.utf8), code: ENOENT)
    }
    try place.storage.writeFile(place.name, bytes)
  }

  /// Whether a folder is there, its path given in two parts.
  static func isFolder(_ start: String, _ rest: [UInt8]) -> Bool {
    var status = stat()
    let path = Array(start.utf8) + rest + [0]
    let code = path.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map { stat($0, &status) } ?? -1
      }
    }
    return code == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether something is there.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The path without links, `.` and `..`, or nil where it is not there.
  static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The names in a folder, sorted; none where it can't be listed.
  static func names(in path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Renames within a file system; the new name is on the disk when this returns.
  static func move(_ old: String, to new: String) throws {
    let code = effect("move \(old) to \(new)") { rename(old, new) }
    guard code == 0 else { throw StorageError("rename", Array(old.utf8)) }
    try sync(parent(of: new))
    if parent(of: old) != parent(of: new) { try sync(parent(of: old)) }
  }

  /// The path beside another one that it can be kept at: with the first free number.
  static func pathAside(_ path: String) -> String {
    var number = 1
    while exists("\(path).old\(number)") { number += 1 }
    return "\(path).old\(number)"
  }

  /// Removes a folder of our own making outside any library, as a clone that was not wanted.
  static func removeOwn(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in names(in: path) { try removeOwn("\(path)/\(name)") }
    }
    let code = effect("remove \(path)") { unlink(path) == 0 ? 0 : rmdir(path) }
    guard code == 0 || errno == ENOENT else {
      throw StorageError("remove", Array(path.utf8))
    }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  private static func sync(_ folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder that may be entered but not read can't be opened; what is made in it still is.
    if descriptor < 0, errno == EACCES { return }
    guard descriptor >= 0 else { throw StorageError("open", Array(folder.utf8)) }
    defer { close(descriptor) }
    let code = effect("sync \(folder)") { fsync(descriptor) }
    guard code == 0 else { throw StorageError("fsync", Array(folder.utf8)) }
  }

  private static func folder(of path: String) throws -> (storage: FolderStorage, name: String)? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let parent = String(path[..<slash])
    guard exists(parent) else { return nil }
    return (
      try FolderStorage(root: parent.isEmpty ? "/" : parent, location: FolderStorage.nobody),
      String(path[path.index(after: slash)...])
    )
  }
}
