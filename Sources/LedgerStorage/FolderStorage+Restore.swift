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
  private static let noteName = Array("restored".utf8)

  /// Notes durably that a person wants an entry back, before it is put back.
  ///
  /// - Throws: `StorageError`; then nothing may be put back.
  package func noteRestore(_ entry: TrashEntry) throws {
    let slot = try descriptor.folder(trashPath).folder(Array(entry.id.utf8))
    if try slot.status(ofName: Self.noteName) != nil { removeNote(slot, entry.id) }
    try write(entry.encoded, Self.noteName, in: slot)
  }

  /// The noted restores, sorted; those whose file is still in the trash are forgotten.
  ///
  /// - Throws: `StorageError`.
  package func notedRestores() throws -> [NotedRestore] {
    guard let trash = try folderIfThere(trashPath) else { return [] }
    var noted: [NotedRestore] = []
    for listed in try list(trash, trashPath) {
      guard let slot = try? trash.folder(listed.name),
        try slot.status(ofName: Self.noteName) != nil
      else { continue }
      let id = String(decoding: listed.name, as: UTF8.self)
      let text = try slot.opening(Self.noteName, O_RDONLY).readAll(listed.name)
      // A note that was cut short was followed by no move.
      guard try slot.status(ofName: Self.fileName) == nil,
        let entry = TrashEntry(id: id, text: text)
      else {
        removeNote(slot, id)
        continue
      }
      noted.append(NotedRestore(entry: entry, stamp: try stamp(of: entry)))
    }
    return noted.sorted { ($0.entry.path, $0.entry.id) < ($1.entry.path, $1.entry.id) }
  }

  /// Forgets a noted restore, which is recorded or came to nothing.
  package func forgetRestore(_ entry: TrashEntry) {
    guard let trash = try? descriptor.folder(trashPath),
      let slot = try? trash.folder(Array(entry.id.utf8))
    else { return }
    removeNote(slot, entry.id)
    guard let isThere = try? slot.status(ofName: Self.fileName) != nil, !isThere else { return }
    discard(slot, entry.id, in: trash)
  }

  private func folderIfThere(_ path: [UInt8]) throws -> Descriptor? {
    do {
      return try descriptor.folder(path)
    } catch let error as StorageError where error.code == ENOENT {
      return nil
    }
  }

  private func stamp(of entry: TrashEntry) throws -> FileStamp? {
    let (folderPath, name) = split(entry.diskBytes)
    do {
      let folder = try descriptor.folder(folderPath)
      return try checked(name, in: folder, entry.diskBytes, entry.content)?.1
    } catch let error as StorageError where [ENOENT, ENOTDIR, ELOOP].contains(error.code) {
      return nil
    }
  }

  private func removeNote(_ slot: Descriptor, _ id: String) {
    _ = effect("remove the note of \(id)") {
      withCString(Self.noteName) { unlinkat(slot.number, $0, 0) }
    }
  }
}
