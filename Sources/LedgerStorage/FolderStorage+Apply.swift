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

extension FolderStorage {
  var trashPath: [UInt8] { Array(".ledger/trash/\(location.name)".utf8) }
  static let fileName = Array("file".utf8)
  static let entryName = Array("entry".utf8)

  /// Moves a file to the trash if it still has the expected bytes. Never unlinks, never copies.
  ///
  /// - Parameters:
  ///   - path: the name as the disk spells it.
  ///   - after: the number of this location's last event.
  ///   - now: seconds since 1970, for the entry.
  package func trash(
    _ path: [UInt8], expecting content: Content, deletion: EventID, after: Int64,
    now: Int64
  ) -> Outcome {
    guard let key = LibraryPath(diskBytes: path) else { return .gone }
    return attempt(on: path) {
      let (folderPath, name) = split(path)
      let folder = try descriptor.folder(folderPath)
      guard let (_, stamp) = try checked(name, in: folder, path, content) else {
        return try folder.status(ofName: name) == nil ? .gone : .changed
      }
      let id = try randomName()
      let trash = try descriptor.folder(making: trashPath)
      try trash.makeFolder(Array(id.utf8))
      let slot = try trash.folder(Array(id.utf8))
      let entry = TrashEntry(
        id: id, path: key, diskBytes: path, content: content, deletion: deletion, after: after,
        trashedAt: now)
      try write(entry.encoded, Self.entryName, in: slot)
      do {
        guard try rename(name, in: folder, to: Self.fileName, inOwn: slot) else { return .occupied }
      } catch {
        // Surely nothing moved: then the intent goes too, or each try would leave one behind.
        if try slot.status(ofName: Self.fileName) == nil, try folder.status(ofName: name) != nil {
          discard(slot, id, in: trash)
        }
        throw error
      }
      try slot.sync(path)
      try folder.sync(path)
      // Once more, as another program may have written to it, or swapped it, at the last moment.
      let moved = try slot.status(ofName: Self.fileName)
      guard moved?.stamp.inode == stamp.inode, try holds(content, slot, path) else {
        if (try? rename(Self.fileName, in: slot, to: name, in: folder)) == true {
          discard(slot, id, in: trash)
          return .changed
        }
        return .keptInTrash(id)
      }
      return .done(stamp)
    }
  }

  /// Gives a file another name if it still has the expected bytes and the name is free.
  package func rename(
    _ path: [UInt8], to target: [UInt8], expecting content: Content
  ) -> Outcome {
    guard LibraryPath(diskBytes: path) != nil else { return .gone }
    guard LibraryPath(diskBytes: target) != nil else { return Self.noPath }
    return attempt(on: path) {
      let (folderPath, name) = split(path)
      let folder = try descriptor.folder(folderPath)
      guard let (_, stamp) = try checked(name, in: folder, path, content) else {
        return try folder.status(ofName: name) == nil ? .gone : .changed
      }
      let (newFolderPath, newName) = split(target)
      let newFolder = try descriptor.folder(making: newFolderPath)
      guard try rename(name, in: folder, to: newName, in: newFolder) else { return .occupied }
      try newFolder.sync(target)
      try folder.sync(path)
      return .done(try newFolder.status(ofName: newName)?.stamp ?? stamp)
    }
  }

  /// Puts a trashed file back at a path, if it has its bytes and the name is free.
  package func putBack(_ entry: TrashEntry, to target: [UInt8]) -> Outcome {
    guard LibraryPath(diskBytes: target) != nil else { return Self.noPath }
    return attempt(on: trashPath + Array("/\(entry.id)/file".utf8)) {
      let trash = try descriptor.folder(trashPath)
      let slot = try trash.folder(Array(entry.id.utf8))
      guard try slot.status(ofName: Self.fileName) != nil else { return .gone }
      guard try holds(entry.content, slot, target) else { return .changed }
      let (folderPath, name) = split(target)
      let folder = try descriptor.folder(making: folderPath)
      guard try rename(Self.fileName, in: slot, to: name, in: folder) else { return .occupied }
      try folder.sync(target)
      guard let stamp = try folder.status(ofName: name)?.stamp else { return .gone }
      discard(slot, entry.id, in: trash)
      return .done(stamp)
    }
  }

  /// What is in this location's trash, the oldest first. An intent whose file never came is left out.
  package func trashEntries() throws -> [TrashEntry] {
    let trash: Descriptor
    do {
      trash = try descriptor.folder(trashPath)
    } catch let error as StorageError where error.code == ENOENT {
      return []
    }
    var entries: [TrashEntry] = []
    for listed in try list(trash, trashPath) {
      let id = String(decoding: listed.name, as: UTF8.self)
      guard let slot = try? trash.folder(listed.name),
        try slot.status(ofName: Self.fileName) != nil,
        let file = try? slot.opening(Self.entryName, O_RDONLY),
        let entry = TrashEntry(id: id, text: try file.readAll(listed.name))
      else { continue }
      entries.append(entry)
    }
    return entries.sorted { ($0.trashedAt, $0.path, $0.id) < ($1.trashedAt, $1.path, $1.id) }
  }

  private static let noPath = Outcome.blocked("the name can't be one of the library's")

  // Only a file that is not there when asked for once more is gone: what is missing may be another.
  func attempt(on path: [UInt8], _ body: () throws -> Outcome) -> Outcome {
    do {
      return try body()
    } catch let error as StorageError where error.code == ENOENT || error.code == ENOTDIR {
      return isThere(path) ? .blocked("\(error)") : .gone
    } catch let error as StorageError where error.code == ELOOP {
      return .blocked("a folder on the way is a symbolic link")
    } catch let error as StorageError where error.code == EOPNOTSUPP {
      return .blocked(
        "this file system can only rename by replacing, which is never done; mv -n does it by hand")
    } catch let error as StorageError where error.code == EXDEV {
      return .blocked("the trash is on another file system")
    } catch {
      return .blocked("\(error)")
    }
  }

  private func isThere(_ path: [UInt8]) -> Bool {
    let (folderPath, name) = split(path)
    do {
      return try descriptor.folder(folderPath).status(ofName: name) != nil
    } catch {
      let code = (error as? StorageError)?.code
      return code != ENOENT && code != ENOTDIR
    }
  }

  // The open file, if its bytes are those expected and its name still means it.
  func checked(
    _ name: [UInt8], in folder: Descriptor, _ path: [UInt8], _ content: Content
  ) throws -> (Descriptor, FileStamp)? {
    guard let found = try folder.status(ofName: name), found.isRegular else { return nil }
    let file = try folder.opening(name, O_RDONLY | O_NONBLOCK)
    let before = try file.status(path)
    guard before.isRegular, before.stamp.byteCount == content.byteCount,
      try holds(content, file, at: path)
    else { return nil }
    let after = try file.status(path)
    let named = try folder.status(ofName: name)
    guard after.stamp == before.stamp, named?.stamp == after.stamp else { return nil }
    return (file, after.stamp)
  }

  private func holds(_ content: Content, _ slot: Descriptor, _ path: [UInt8]) throws -> Bool {
    try holds(content, slot.opening(Self.fileName, O_RDONLY | O_NONBLOCK), at: path)
  }

  // By sha256 alone: the other digests show that bytes differ, never that they may go.
  func holds(_ content: Content, _ file: Descriptor, at path: [UInt8]) throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let there = try self.content(of: file, path, DigestAlgorithm.allCases, &buffer)
    guard there.byteCount == content.byteCount,
      content.digests.allSatisfy({ there.digests.contains($0) })
    else { return false }
    return content.digests.contains { $0.algorithm == .sha256 }
  }

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

  // Removes an entry that holds no file: our own intent, then the folder, which must be empty.
  func discard(_ slot: Descriptor, _ id: String, in trash: Descriptor) {
    _ = effect("remove the intent \(id)") {
      withCString(Self.entryName) { unlinkat(slot.number, $0, 0) }
    }
    _ = effect("remove the trash folder \(id)") {
      withCString(Array(id.utf8)) { unlinkat(trash.number, $0, AT_REMOVEDIR) }
    }
  }

  func randomName() throws -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard ledger_random(&bytes, 16) == 0 else { throw StorageError("getentropy", []) }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
