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
  /// Destroys a trashed file: the only code of the program that destroys bytes of a person.
  ///
  /// Only if they are those that were recorded, read once more just now, in a file that nobody writes
  /// to; whatever else lies in the entry's folder stays, and so does the folder then.
  package func erase(_ entry: TrashEntry) -> Outcome {
    attempt(on: trashPath + Array("/\(entry.id)/file".utf8)) {
      let slot = try slot(entry.id)
      let text = try slot.folder.opening(Self.entryName, O_RDONLY | O_NONBLOCK).readAll(
        Self.entryName)
      guard TrashEntry(id: entry.id, text: text) == entry else { return .changed }
      guard
        let (file, stamp) = try checked(
          Self.fileName, in: slot.folder, Self.fileName, entry.content)
      else { return try slot.folder.status(ofName: Self.fileName) == nil ? .gone : .changed }
      guard ledger_is_written(file.number) == 0 else {
        return .blocked("another program has it open for writing")
      }
      // At the last moment: nobody wrote to it, and its name still means the file that was read.
      guard try file.status(Self.fileName).stamp == stamp,
        try slot.folder.status(ofName: Self.fileName)?.stamp == stamp
      else { return .changed }
      let code = effect("destroy the trashed file \(entry.id)") {
        withCString(Self.fileName) { unlinkat(slot.folder.number, $0, 0) }
      }
      guard code == 0 else { throw StorageError("unlink", Self.fileName) }
      try slot.folder.sync(Self.fileName)
      discard(slot)
      return .done(stamp)
    }
  }
}
