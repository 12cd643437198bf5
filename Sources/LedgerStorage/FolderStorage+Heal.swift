package import LedgerCore
import LedgerFailurePoints

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What is to take a damaged file's place.
package struct Healing: Sendable {
  /// What the damaged file holds.
  package let found: Content
  /// What it should hold.
  package let right: Content
  /// Where the right bytes are, and under which name.
  package let source: FolderStorage
  package let sourcePath: [UInt8]
  /// The event that told the damage: the trash keeps the damaged file under it.
  package let cause: EventID
  /// The number of this location's last event, and seconds since 1970, for the trash.
  package let after: Int64
  package let now: Int64

  /// A healing.
  package init(
    found: Content, right: Content, source: FolderStorage, sourcePath: [UInt8], cause: EventID,
    after: Int64, now: Int64
  ) {
    (self.found, self.right, self.cause) = (found, right, cause)
    (self.source, self.sourcePath) = (source, sourcePath)
    (self.after, self.now) = (after, now)
  }
}

extension FolderStorage {
  private static let incomingName = Array("incoming".utf8)

  /// Puts the right bytes in a damaged file's place and the damaged file into the trash.
  ///
  /// The two change places in one step, so that a run that is killed leaves one of them at the path,
  /// and no scan finds nothing there. The bytes are compared before; the file's times stay. Where the
  /// right bytes are at the path already, it is done: a run was killed, or a person was faster.
  package func heal(_ path: [UInt8], _ healing: Healing) -> Outcome {
    guard let key = map.path(spelled: path) else { return .gone }
    return attempt(on: path) {
      let (folderPath, name) = split(path)
      let folder = try descriptor.folder(folderPath)
      guard let (damaged, stamp) = try checked(name, in: folder, path, healing.found) else {
        if let (_, stamp) = try checked(name, in: folder, path, healing.right) {
          return .done(stamp)
        }
        return try folder.status(ofName: name) == nil ? .gone : .changed
      }
      let slot = try makeSlot(
        TrashEntry(
          id: try randomName(), path: key, diskBytes: path, content: healing.found,
          deletion: healing.cause, after: healing.after, trashedAt: healing.now))
      do {
        guard try bring(healing, like: damaged, stamp, into: slot.folder) else {
          drop(slot)
          return .blocked("\(healing.source.root) does not have the right bytes there")
        }
        try exchange(name, in: folder, with: Self.incomingName, inOwn: slot.folder)
      } catch {
        // Nothing changed places: then our copy goes too.
        if try folder.status(ofName: name)?.stamp.inode == stamp.inode { drop(slot) }
        throw error
      }
      try folder.sync(path)
      guard try rename(Self.incomingName, in: slot.folder, to: Self.fileName, inOwn: slot.folder)
      else { return .occupied }
      try slot.folder.sync(path)
      let moved = try slot.folder.status(ofName: Self.fileName)
      guard moved?.stamp.inode == stamp.inode else { return .keptInTrash(slot.id) }
      return .done(try folder.status(ofName: name)?.stamp ?? stamp)
    }
  }

  /// Finishes what a `heal` that was killed has left in the trash: the damaged file that changed places
  /// gets its name there, and the copy that did not goes. What is neither for sure stays as it is.
  ///
  /// - Throws: `StorageError`.
  package func finishHealings() throws {
    try forEachSlot { slot in
      guard try slot.folder.status(ofName: Self.incomingName) != nil,
        try slot.folder.status(ofName: Self.fileName) == nil,
        let text = try? slot.folder.opening(Self.entryName, O_RDONLY).readAll(Self.entryName),
        let entry = TrashEntry(id: slot.id, text: text)
      else { return }
      let incoming = try slot.folder.opening(Self.incomingName, O_RDONLY | O_NONBLOCK)
      if try holds(entry.content, incoming, at: entry.diskBytes) {
        guard
          try rename(
            Self.incomingName, in: slot.folder, to: Self.fileName, inOwn: slot.folder)
        else { return }
        try slot.folder.sync(entry.diskBytes)
      } else if try stamp(of: entry) != nil {
        drop(slot)
      }
    }
  }

  // A copy of the right bytes, synced, read again and compared; false where they are not the right ones.
  private func bring(
    _ healing: Healing, like damaged: Descriptor, _ stamp: FileStamp, into slot: Descriptor
  ) throws -> Bool {
    let path = healing.sourcePath
    let original = try healing.source.descriptor.opening(path, O_RDONLY | O_NONBLOCK)
    guard try original.status(path).isRegular else { return false }
    let number = effect("create incoming") {
      withCString(Self.incomingName) {
        openat(slot.number, $0, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
      }
    }
    guard number >= 0 else { throw StorageError("create", Self.incomingName) }
    let copy = Descriptor(owning: number)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(original.number, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("read", path)
      }
      try copy.writeAll(Array(buffer[..<count]), path)
    }
    let mode = try damaged.status(path).st_mode & 0o7777
    let time = timespec(
      tv_sec: Int(stamp.modified.seconds), tv_nsec: Int(stamp.modified.nanoseconds))
    guard fchmod(copy.number, mode) == 0, futimens(copy.number, [time, time]) == 0 else {
      throw StorageError("set times of", path)
    }
    try copy.sync(path)
    try slot.sync(path)
    let again = try slot.opening(Self.incomingName, O_RDONLY)
    return try holds(healing.right, again, at: path)
  }

  // Removes our own copy and the intent.
  private func drop(_ slot: TrashSlot) {
    _ = effect("remove the copy in \(slot.id)") {
      withCString(Self.incomingName) { unlinkat(slot.folder.number, $0, 0) }
    }
    discard(slot)
  }
}
