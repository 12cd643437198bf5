package import LedgerCore
import LedgerFailurePoints

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file that a person wanted back from the trash.
package struct NotedRestore: Sendable {
  /// The entry that it was put back from.
  package let entry: TrashEntry
  /// The file as it stands at its path with those bytes; nil where it does not.
  package let stamp: FileStamp?
}

// A restore moves a file and then records it. Killed between the two, a person's decision would be
// lost and the file be taken for one that came back by itself; so it is noted beside the intent.
extension FolderStorage {
  private static let noteName = restoredName

  /// Notes durably that a person wants an entry back, before it is put back.
  ///
  /// - Throws: `StorageError`; then nothing may be put back.
  package func noteRestore(_ entry: TrashEntry) throws {
    let slot = try slot(entry.id)
    if try slot.folder.status(ofName: Self.noteName) != nil { removeNote(slot) }
    do {
      try write(entry.encoded, Self.noteName, in: slot.folder)
    } catch let error as StorageError {
      throw error.within("\(root)/\(text(trashPath))/\(entry.id)")
    }
  }

  /// The noted restores, sorted; those whose file is still in the trash are forgotten.
  ///
  /// - Throws: `StorageError`.
  package func notedRestores() throws -> [NotedRestore] {
    var noted: [NotedRestore] = []
    try forEachSlot { slot in
      guard try slot.folder.status(ofName: Self.noteName) != nil else { return }
      let text = try slot.folder.opening(Self.noteName, O_RDONLY).readAll(Self.noteName)
      // A note that was cut short was followed by no move.
      guard try slot.folder.status(ofName: Self.fileName) == nil,
        let entry = TrashEntry(id: slot.id, text: text)
      else { return removeNote(slot) }
      noted.append(NotedRestore(entry: entry, stamp: try stamp(of: entry)))
    }
    return noted.sorted { ($0.entry.path, $0.entry.id) < ($1.entry.path, $1.entry.id) }
  }

  /// Forgets a noted restore, which is recorded or came to nothing.
  package func forgetRestore(_ entry: TrashEntry) {
    guard let slot = try? slot(entry.id) else { return }
    removeNote(slot)
    guard let isThere = try? slot.folder.status(ofName: Self.fileName) != nil, !isThere else {
      return
    }
    discard(slot)
  }

  /// The file at an entry's path if it has the entry's bytes, else nil.
  func stamp(of entry: TrashEntry) throws -> FileStamp? {
    let (folderPath, name) = split(entry.diskBytes)
    do {
      let folder = try descriptor.folder(folderPath)
      return try checked(name, in: folder, entry.diskBytes, entry.content)?.1
    } catch let error as StorageError where [ENOENT, ENOTDIR, ELOOP].contains(error.code) {
      return nil
    }
  }

  private func removeNote(_ slot: TrashSlot) { remove(Self.noteName, in: slot) }
}
