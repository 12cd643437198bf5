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

extension FolderStorage {
  /// Renames without replacing anything; false where the new name is taken.
  ///
  /// - Throws: `StorageError`, with `EOPNOTSUPP` where the file system can only replace, as FUSE does
  ///   for exFAT and NTFS.
  func rename(
    _ name: [UInt8], in folder: Descriptor, to newName: [UInt8], in newFolder: Descriptor
  ) throws -> Bool {
    let code = effect("move \(text(name)) to \(text(newName))") {
      withCString(name) { from in
        withCString(newName) {
          ledger_rename_noreplace(folder.number, from, newFolder.number, $0)
        }
      }
    }
    if code == 0 { return true }
    let error = renameError(name)
    guard error.code == EEXIST || error.code == EOPNOTSUPP else { throw error }
    if try isRespelling(name, in: folder, newName, in: newFolder) {
      try replace(name, in: folder, to: newName, in: newFolder)
      return try list(newFolder, newName).contains { $0.name == newName }
    }
    if error.code == EEXIST { return false }
    if try newFolder.status(ofName: newName) != nil { return false }
    throw error
  }

  /// Renames into a new folder of ours, in which nobody else has anything to replace.
  func rename(
    _ name: [UInt8], in folder: Descriptor, to newName: [UInt8], inOwn slot: Descriptor
  ) throws -> Bool {
    do {
      return try rename(name, in: folder, to: newName, in: slot)
    } catch let error as StorageError where error.code == EOPNOTSUPP {
      try replace(name, in: folder, to: newName, in: slot)
      return true
    }
  }

  /// Makes a file and one in a folder of ours change places, in one step.
  ///
  /// - Throws: `StorageError`, as `rename` does.
  func exchange(
    _ name: [UInt8], in folder: Descriptor, with other: [UInt8], inOwn slot: Descriptor
  ) throws {
    let code = effect("exchange \(text(name))") {
      withCString(name) { one in
        withCString(other) { ledger_rename_exchange(folder.number, one, slot.number, $0) }
      }
    }
    guard code == 0 else { throw renameError(name) }
  }

  // Why the last call renamed nothing, with one number for all that can do no more than replace.
  private func renameError(_ name: [UInt8]) -> StorageError {
    let error = StorageError("rename", name)
    let onlyReplaces = [EINVAL, ENOSYS, EOPNOTSUPP, ENOTSUP].contains(error.code)
    return onlyReplaces ? StorageError("rename", name, code: EOPNOTSUPP) : error
  }

  // Whether both names are one entry of a folder that ignores case: then there is nothing to replace.
  private func isRespelling(
    _ name: [UInt8], in folder: Descriptor, _ newName: [UInt8], in newFolder: Descriptor
  ) throws -> Bool {
    func lower(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self).lowercased() }
    guard name != newName, lower(name) == lower(newName) else { return false }
    let (one, other) = (try folder.status([]).stamp, try newFolder.status([]).stamp)
    guard one.inode == other.inode, one.device == other.device,
      try folder.status(ofName: newName) != nil
    else { return false }
    let listed = try list(folder, name).map(\.name)
    return listed.contains(name) && !listed.contains(newName)
  }

  private func replace(
    _ name: [UInt8], in folder: Descriptor, to newName: [UInt8], in newFolder: Descriptor
  ) throws {
    let code = effect("move \(text(name)) to \(text(newName))") {
      withCString(name) { from in
        withCString(newName) { renameat(folder.number, from, newFolder.number, $0) }
      }
    }
    guard code == 0 else { throw StorageError("rename", name) }
  }
}
