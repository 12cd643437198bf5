import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A name in a folder with what kind of thing the folder says that it is.
struct ListedName {
  let name: [UInt8]
  let kind: Int32
}

/// A file as the walk found it.
struct WalkedFile: Sendable {
  let path: LibraryPath
  let diskBytes: [UInt8]
  let stamp: FileStamp
  /// Whether the log has a copy at its path.
  var isRecorded = false

  /// Nil where its key would be none.
  init?(_ entry: Listing.Entry, in folder: FolderName, isStray: Bool = false) {
    let disk = folder.path(entry.name)
    let key = isStray ? disk : folder.key + entry.key
    guard let path = LibraryPath(key: key), let stamp = entry.stamp else { return nil }
    self.path = path
    diskBytes = disk
    self.stamp = stamp
  }

  /// The name as the disk spells it, where that is not the key.
  var otherSpelling: [UInt8]? { diskBytes == path.bytes ? nil : diskBytes }
}

/// What a walk found beside files.
struct Walk {
  var unknown: [UnknownPath] = []
  var mounts: [[UInt8]] = []
  /// What is there but no file of the library: ignored names, links and special files, with all that
  /// lies below.
  var passedOver: Set<LibraryPath> = []
  /// The folders that could not be listed.
  var unlisted: Set<[UInt8]> = []
  var outside = OutsideFiles()
  var isComplete = true
}

extension FolderStorage {
  /// Lists a folder to its end, without `.` and `..`, in no order.
  func list(_ folder: Descriptor, _ path: [UInt8]) throws -> [ListedName] {
    // readdir needs a descriptor of its own, which closedir closes.
    let copy = openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { throw StorageError("list", path) }
    defer { closedir(stream) }
    var names: [ListedName] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw StorageError("list", path) }
        return names
      }
      let kind = Int32(entry.pointee.d_type)
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: UInt8.self, capacity: 1) { start in
          Array(
            UnsafeBufferPointer(
              start: start, count: strlen(UnsafePointer<CChar>(OpaquePointer(start)))))
        }
      }
      if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
      names.append(ListedName(name: name, kind: kind))
    }
  }
}
