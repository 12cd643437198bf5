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

/// A folder of the trash, which holds one file with the intent beside it.
struct TrashSlot {
  let id: String
  let folder: Descriptor
  let trash: Descriptor
}

extension FolderStorage {
  var trashPath: [UInt8] { Array(".ledger/trash/\(location.name)".utf8) }
  static let fileName = Array("file".utf8)
  static let entryName = Array("entry".utf8)

  /// A name for a new slot: 32 hexadecimal digits, at random.
  func randomName() throws -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard ledger_random(&bytes, 16) == 0 else { throw StorageError("getentropy", []) }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Makes a slot and writes the intent into it, durably; where that fails, nothing is left of it.
  func makeSlot(_ entry: TrashEntry) throws -> TrashSlot {
    let trash = try descriptor.folder(making: trashPath)
    try trash.makeFolder(Array(entry.id.utf8))
    let slot = TrashSlot(
      id: entry.id, folder: try trash.folder(Array(entry.id.utf8)), trash: trash)
    do {
      try write(entry.encoded, Self.entryName, in: slot.folder)
    } catch {
      discard(slot)
      throw error
    }
    return slot
  }

  /// A slot that is there.
  func slot(_ id: String) throws -> TrashSlot {
    let trash = try descriptor.folder(trashPath)
    return TrashSlot(id: id, folder: try trash.folder(Array(id.utf8)), trash: trash)
  }

  /// Calls `body` with each slot that can be opened, in the order that the system lists them.
  func forEachSlot(_ body: (TrashSlot) throws -> Void) throws {
    let trash: Descriptor
    do {
      trash = try descriptor.folder(trashPath)
    } catch let error as StorageError where error.code == ENOENT {
      return
    }
    // One after the other: a trash may hold more than a program can have open.
    for listed in try list(trash, trashPath) {
      guard let folder = try? trash.folder(listed.name) else { continue }
      try body(TrashSlot(id: text(listed.name), folder: folder, trash: trash))
    }
  }

  /// Removes a slot that holds no file: our own intent, then the folder, which must be empty.
  func discard(_ slot: TrashSlot) {
    _ = effect("remove the intent \(slot.id)") {
      withCString(Self.entryName) { unlinkat(slot.folder.number, $0, 0) }
    }
    removeFolder(slot)
  }

  /// Removes a slot's folder, which must be empty.
  func removeFolder(_ slot: TrashSlot) {
    _ = effect("remove the trash folder \(slot.id)") {
      withCString(Array(slot.id.utf8)) { unlinkat(slot.trash.number, $0, AT_REMOVEDIR) }
    }
  }

  /// Removes a note of ours from a slot.
  func remove(_ name: [UInt8], in slot: TrashSlot) {
    guard (try? slot.folder.status(ofName: name)) != nil else { return }
    _ = effect("remove \(text(name)) of \(slot.id)") {
      withCString(name) { unlinkat(slot.folder.number, $0, 0) }
    }
  }

  /// Writes a new file of ours, durably.
  func write(_ bytes: [UInt8], _ name: [UInt8], in folder: Descriptor) throws {
    let number = effect("create \(text(name))") {
      withCString(name) {
        openat(folder.number, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
      }
    }
    guard number >= 0 else { throw StorageError("create", name) }
    let file = Descriptor(owning: number)
    try file.writeAll(bytes, name)
    try file.sync(name)
    try folder.sync(name)
  }
}
