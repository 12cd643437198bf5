import CLedgerSystem
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
struct WalkedFile {
  let path: LibraryPath
  let diskBytes: [UInt8]
  let stamp: FileStamp
}

/// What a walk found.
struct Walk {
  var files: [WalkedFile] = []
  var unknown: [UnknownPath] = []
  var mounts: [[UInt8]] = []
  /// What is there but no file of the library: ignored names, links and special files, with all that
  /// lies below.
  var passedOver: Set<LibraryPath> = []
  /// The folders that could not be listed.
  var unlisted: Set<[UInt8]> = []
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

  /// Walks the whole root. One stat a file, one descriptor at a time, no recursion.
  func walk(_ rules: IgnoreRules, progress: (Int) -> Void) throws -> Walk {
    var walk = Walk()
    let rootDevice = try identity().device
    var open: [(path: [UInt8], device: UInt64)] = [([], rootDevice)]
    while let (path, parentDevice) = open.popLast() {
      do {
        let folder = try descriptor.folder(path)
        let device = try folder.status(path).stamp.device
        // A folder of the same file system may be mounted here too, by a bind mount.
        let isMount = device != parentDevice || ledger_is_mount_root(folder.number) == 1
        if isMount && !path.isEmpty { walk.mounts.append(path) }
        for entry in try list(folder, path) {
          let child = path.isEmpty ? entry.name : path + [UInt8(ascii: "/")] + entry.name
          visit(entry, child, in: folder, rules, &walk) { open.append((child, device)) }
        }
        progress(walk.files.count)
      } catch let error as StorageError {
        // What is missing elsewhere may have been moved in here, so nothing at all is gone.
        walk.isComplete = false
        walk.unlisted.insert(path)
        walk.unknown.append(
          UnknownPath(diskBytes: path, reason: .unreadable, detail: error.text))
      }
    }
    walk.mounts.sort { $0.lexicographicallyPrecedes($1) }
    return walk
  }

  private func visit(
    _ entry: ListedName, _ path: [UInt8], in folder: Descriptor, _ rules: IgnoreRules,
    _ walk: inout Walk, descend: () -> Void
  ) {
    var kind = entry.kind
    var status: stat?
    if kind == Int32(DT_UNKNOWN) || kind == Int32(DT_REG) {
      if kind == Int32(DT_REG), rules.ignores(path, isFolder: false) {
        return passOver(path, &walk)
      }
      do {
        // Gone since it was listed: the second look at known files decides about it.
        guard let found = try folder.status(ofName: entry.name) else { return }
        status = found
        kind = found.isRegular ? Int32(DT_REG) : found.isFolder ? Int32(DT_DIR) : Int32(DT_LNK)
      } catch {
        let detail = (error as? StorageError)?.text ?? "\(error)"
        walk.unknown.append(UnknownPath(diskBytes: path, reason: .unreadable, detail: detail))
        return
      }
    }
    if kind == Int32(DT_DIR), !rules.ignores(path, isFolder: true) {
      descend()
    } else if let status, kind == Int32(DT_REG), !rules.ignores(path, isFolder: false),
      let key = LibraryPath(diskBytes: path)
    {
      walk.files.append(WalkedFile(path: key, diskBytes: path, stamp: status.stamp))
    } else {
      passOver(path, &walk)
    }
  }

  private func passOver(_ path: [UInt8], _ walk: inout Walk) {
    if let key = LibraryPath(diskBytes: path) { walk.passedOver.insert(key) }
  }
}
