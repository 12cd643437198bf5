import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What is known of a trashed file that is not on this machine: a slot in the home's trash, with the
/// entry beside notes of how far its move has come, and without the file.
struct TrashNotes {
  let entry: TrashEntry
  /// Whether it was seen in the trash there.
  let isMoved: Bool
  /// Whether it was about to be put back.
  let isLeaving: Bool

  /// Whether a later try, for the same reason, has moved the file that an entry's move was to take.
  func hasCaughtUp(_ other: TrashEntry) -> Bool {
    isMoved && entry.isOfSameFile(as: other) && entry.deletion == other.deletion
      && entry.minCopies == other.minCopies && entry.after >= other.after
  }
}

extension FolderStorage {
  private static let movedName = Array("moved".utf8)
  private static let leavingName = Array("leaving".utf8)
  static let restoredName = Array("restored".utf8)

  /// A new entry, for a file that is about to be moved.
  func newEntry(
    _ path: LibraryPath, _ diskBytes: [UInt8], _ content: Content, _ intent: TrashIntent
  ) throws -> TrashEntry {
    var entry = TrashEntry(
      id: try randomName(), path: path, diskBytes: diskBytes, content: content,
      deletion: intent.event, after: intent.after, trashedAt: intent.now)
    entry.minCopies = intent.minCopies
    return entry
  }

  /// The slots of files that are elsewhere, the oldest first.
  func trashNotes() throws -> [TrashNotes] {
    var found: [TrashNotes] = []
    try forEachSlot { slot in
      guard let file = try? slot.folder.opening(Self.entryName, O_RDONLY),
        let entry = TrashEntry(id: slot.id, text: try file.readAll(Self.entryName))
      else { return }
      found.append(
        TrashNotes(
          entry: entry, isMoved: try slot.folder.status(ofName: Self.movedName) != nil,
          isLeaving: try slot.folder.status(ofName: Self.leavingName) != nil))
    }
    return found.sorted {
      ($0.entry.trashedAt, $0.entry.path, $0.entry.id)
        < ($1.entry.trashedAt, $1.entry.path, $1.entry.id)
    }
  }

  /// The names of all slots, also of those that tell nothing.
  func slotNames() throws -> Set<String> {
    var names: Set<String> = []
    try forEachSlot { names.insert($0.id) }
    return names
  }

  /// What is in the trash there, the oldest first.
  func notedEntries() throws -> [TrashEntry] {
    try trashNotes().filter { $0.isMoved && !$0.isLeaving }.map(\.entry)
  }

  /// Notes durably that the file was seen in the trash.
  func noteMoved(_ entry: TrashEntry) throws { try note(Self.movedName, entry) }

  /// Notes durably that the file is about to leave the trash.
  func noteLeaving(_ entry: TrashEntry) throws { try note(Self.leavingName, entry) }

  /// Forgets that the file was about to leave: it did not.
  func forgetLeaving(_ entry: TrashEntry) throws {
    remove(Self.leavingName, in: try slot(entry.id))
  }

  /// Forgets an entry whose file is not in the trash.
  func forget(_ entry: TrashEntry) {
    guard let slot = try? slot(entry.id) else { return }
    // The entry first: alone it would stand for a move that is still to come.
    remove(Self.entryName, in: slot)
    discardNotes(slot)
  }

  /// Removes slots that tell nothing: what a forgetting that was cut short has left, and an entry that was
  /// cut short itself, which no move has followed.
  func tidyNotes() throws {
    try forEachSlot { slot in
      for name in [Self.fileName, Self.restoredName]
      where try slot.folder.status(ofName: name) != nil { return }
      if try slot.folder.status(ofName: Self.entryName) != nil {
        let text = try slot.folder.opening(Self.entryName, O_RDONLY).readAll(Self.entryName)
        guard TrashEntry(id: slot.id, text: text) == nil,
          try slot.folder.status(ofName: Self.movedName) == nil
        else { return }
        remove(Self.entryName, in: slot)
      }
      discardNotes(slot)
    }
  }

  private func discardNotes(_ slot: TrashSlot) {
    remove(Self.movedName, in: slot)
    remove(Self.leavingName, in: slot)
    removeFolder(slot)
  }

  /// The entries that a person wanted back, sorted, as notes of them tell.
  func wantedBack() throws -> [TrashEntry] {
    var wanted: [TrashEntry] = []
    try forEachSlot { slot in
      guard try slot.folder.status(ofName: Self.restoredName) != nil else { return }
      let text = try slot.folder.opening(Self.restoredName, O_RDONLY).readAll(Self.restoredName)
      guard let entry = TrashEntry(id: slot.id, text: text) else {
        // A note that was cut short was followed by no move.
        return remove(Self.restoredName, in: slot)
      }
      wanted.append(entry)
    }
    return wanted.sorted { ($0.path, $0.id) < ($1.path, $1.id) }
  }

  /// Forgets that a person wanted an entry back.
  func forgetWanted(_ entry: TrashEntry) {
    guard let slot = try? slot(entry.id) else { return }
    remove(Self.restoredName, in: slot)
    guard let isThere = try? slot.folder.status(ofName: Self.entryName) != nil, !isThere else {
      return
    }
    discardNotes(slot)
  }

  private func note(_ name: [UInt8], _ entry: TrashEntry) throws {
    let slot = try slot(entry.id)
    if try slot.folder.status(ofName: name) == nil { try write([], name, in: slot.folder) }
  }
}
