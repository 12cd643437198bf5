import LedgerStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Folders and small files of this machine outside the library.
enum StateFolder {
  /// Makes a folder and those above it.
  static func make(_ path: String) throws {
    var partial = ""
    for component in path.split(separator: "/") {
      partial += "/" + component
      guard mkdir(partial, 0o755) == 0 || errno == EEXIST || errno == EISDIR else {
        throw StorageError("mkdir", Array(partial.utf8))
      }
    }
  }

  /// The bytes of a file, or nil where it is not there.
  static func read(_ path: String) throws -> [UInt8]? {
    try folder(of: path).flatMap { try $0.storage.readFile($0.name) }
  }

  /// Writes a file: a temporary name, synced, renamed, the folder synced.
  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let place = try folder(of: path) else {
      throw StorageError("open", Array(path.utf8), code: ENOENT)
    }
    try place.storage.writeFile(place.name, bytes)
  }

  /// Whether something is there.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The path without links, `.` and `..`, or nil where it is not there.
  static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
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
