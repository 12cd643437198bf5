package import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension FolderStorage {
  /// Moves a file to the trash if it still has the expected bytes. Never unlinks, never copies.
  ///
  /// - Parameter path: the name as the disk spells it.
  package func trash(
    _ path: [UInt8], expecting content: Content, for intent: TrashIntent
  ) -> Outcome {
    guard let key = map.path(spelled: path) else { return .gone }
    return attempt(on: path) {
      let (folderPath, name) = split(path)
      let folder = try descriptor.folder(folderPath)
      guard let (_, stamp) = try checked(name, in: folder, path, content) else {
        return try folder.status(ofName: name) == nil ? .gone : .changed
      }
      let slot = try makeSlot(try newEntry(key, path, content, intent))
      do {
        guard try rename(name, in: folder, to: Self.fileName, inOwn: slot.folder) else {
          return .occupied
        }
      } catch {
        // Surely nothing moved: then the intent goes too, or each try would leave one behind.
        if try slot.folder.status(ofName: Self.fileName) == nil,
          try folder.status(ofName: name) != nil
        {
          discard(slot)
        }
        throw error
      }
      try slot.folder.sync(path)
      try folder.sync(path)
      // Once more, as another program may have written to it, or swapped it, at the last moment.
      let moved = try slot.folder.status(ofName: Self.fileName)
      guard moved?.stamp.inode == stamp.inode, try holds(content, slot, path) else {
        if (try? rename(Self.fileName, in: slot.folder, to: name, in: folder)) == true {
          discard(slot)
          return .changed
        }
        return .keptInTrash(slot.id)
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
      let slot = try slot(entry.id)
      guard try slot.folder.status(ofName: Self.fileName) != nil else { return .gone }
      guard try holds(entry.content, slot, target) else { return .changed }
      let (folderPath, name) = split(target)
      let folder = try descriptor.folder(making: folderPath)
      guard try rename(Self.fileName, in: slot.folder, to: name, in: folder) else {
        return .occupied
      }
      try folder.sync(target)
      guard let stamp = try folder.status(ofName: name)?.stamp else { return .gone }
      discard(slot)
      return .done(stamp)
    }
  }

  /// What is in this location's trash, the oldest first. An intent whose file never came is left out.
  package func trashEntries() throws -> [TrashEntry] {
    var entries: [TrashEntry] = []
    try forEachSlot { slot in
      guard try slot.folder.status(ofName: Self.fileName) != nil,
        let file = try? slot.folder.opening(Self.entryName, O_RDONLY),
        let entry = TrashEntry(id: slot.id, text: try file.readAll(Self.entryName))
      else { return }
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

  private func holds(_ content: Content, _ slot: TrashSlot, _ path: [UInt8]) throws -> Bool {
    try holds(content, slot.folder.opening(Self.fileName, O_RDONLY | O_NONBLOCK), at: path)
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
}
