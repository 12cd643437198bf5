import CLedgerSystem
import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A folder below the root by both of its names.
struct FolderName: Sendable {
  /// As the disk spells it, without a closing `/`; empty for the root.
  let disk: [UInt8]
  /// What the keys of its files begin with: its key and a `/`, or nothing for the root.
  let key: [UInt8]
  /// Whether its name is text, which keys spell in NFC; the keys of all others are the bytes on disk.
  let isText: Bool

  static let root = FolderName(disk: [], key: [], isText: true)

  /// The path of a name in it, as the disk spells it.
  func path(_ name: [UInt8]) -> [UInt8] {
    disk.isEmpty ? name : disk + [UInt8(ascii: "/")] + name
  }

  /// A folder in it.
  func folder(_ entry: Listing.Entry) -> FolderName {
    let isText = self.isText && String(validating: entry.name, as: UTF8.self) != nil
    return FolderName(disk: path(entry.name), key: key + entry.key, isText: isText)
  }

  /// Whether keys of names in it that are not text begin otherwise than its own.
  var isRespelled: Bool { isText && !key.dropLast().elementsEqual(disk) }
}

/// A folder as it was listed, with one stat a file.
struct Listing: Sendable {
  /// A file or a folder.
  struct Entry: Sendable {
    /// What its key ends with; a folder's with the closing `/` by which its files sort.
    let key: [UInt8]
    /// Its name as the disk spells it.
    let name: [UInt8]
    /// Nil for a folder.
    let stamp: FileStamp?
  }

  /// The device that it is on, and whether something is mounted on it.
  var device: UInt64 = 0
  var isMount = false
  /// Its files and folders in byte order of their keys.
  var entries: [Entry] = []
  /// Those whose keys do not begin with the folder's, in no order.
  var strays: [Entry] = []
  var passedOver: [LibraryPath] = []
  var outside = OutsideFiles()
  var unknown: [UnknownPath] = []
}

extension FolderStorage {
  /// Lists a folder to its end and asks for each file in it.
  ///
  /// - Throws: `StorageError` where it could not be listed to its end.
  func listing(of folder: FolderName, _ rules: IgnoreRules) throws(StorageError) -> Listing {
    do {
      let opened = try descriptor.folder(folder.disk)
      var listing = Listing()
      listing.device = try opened.status(folder.disk).stamp.device
      listing.isMount = ledger_is_mount_root(opened.number) == 1
      for listed in try list(opened, folder.disk) {
        visit(listed, in: folder, opened, rules, &listing)
      }
      listing.entries.sort { isBefore($0.key, $1.key) }
      return listing
    } catch let error as StorageError {
      throw error
    } catch {
      preconditionFailure("\(error) is no error of a storage")
    }
  }

  private func visit(
    _ listed: ListedName, in folder: FolderName, _ opened: Descriptor, _ rules: IgnoreRules,
    _ listing: inout Listing
  ) {
    let name = listed.name
    func isIgnored(isFolder: Bool) -> Bool {
      rules.ignores(name: name, isFolder: isFolder) { folder.path(name) }
    }
    func passOver() {
      if let key = LibraryPath(diskBytes: folder.path(name)) { listing.passedOver.append(key) }
    }
    var kind = listed.kind
    let isToldFile = kind == Int32(DT_REG)
    var stamp: FileStamp?
    if kind == Int32(DT_UNKNOWN) || isToldFile {
      if isToldFile, isIgnored(isFolder: false) { return passOver() }
      do {
        // Gone since it was listed: the second look at expected files decides about it.
        guard let found = try opened.status(ofName: name) else { return }
        if found.isRegular { stamp = found.stamp }
        kind = found.isRegular ? Int32(DT_REG) : found.isFolder ? Int32(DT_DIR) : Int32(DT_LNK)
      } catch {
        let detail = (error as? StorageError)?.text ?? "\(error)"
        listing.unknown.append(
          UnknownPath(diskBytes: folder.path(name), reason: .unreadable, detail: detail))
        return
      }
    }
    let isFolder = kind == Int32(DT_DIR)
    guard isFolder || stamp != nil,
      isToldFile && !isFolder || !isIgnored(isFolder: isFolder)
    else { return passOver() }
    guard let key = LibraryPath(diskBytes: name)?.bytes else { return }
    let isStray = folder.isRespelled && String(validating: name, as: UTF8.self) == nil
    let isRaw = isStray || !folder.isText
    let ownKey = isRaw ? name : key
    if let stamp, !map.isNone {
      let place = LibraryPath(key: isStray ? folder.path(name) : folder.key + ownKey)
      guard place.flatMap({ map.path(at: $0) }) != nil else {
        return listing.outside.add(folder.path(name), byteCount: stamp.byteCount)
      }
    }
    let entry = Listing.Entry(
      key: isFolder ? ownKey + [UInt8(ascii: "/")] : ownKey, name: name, stamp: stamp)
    if isStray { listing.strays.append(entry) } else { listing.entries.append(entry) }
  }
}

/// Byte order: below, at or above zero as `left` comes before `right`, is the same, or comes after.
func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
  if let one = left.baseAddress, let other = right.baseAddress {
    let order = memcmp(one, other, min(left.count, right.count))
    if order != 0 { return Int(order) }
  }
  return left.count - right.count
}

/// Byte order.
func isBefore(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.withUnsafeBytes { left in right.withUnsafeBytes { order(left, $0) < 0 } }
}
