import LedgerCore
internal import Synchronization

// What is in the trash is noted in the home. The same text lies beside each file on the remote, so that
// its name is not lost with the home.
extension RcloneStorage {
  /// Where the text of an entry is on the remote.
  func namePath(_ entry: TrashEntry) -> [UInt8] {
    Array(".ledger/trash/\(location)/\(entry.id)/entry".utf8)
  }

  // The first line of each text: the trash of another ledger may have been copied there.
  private var ledgerLine: [UInt8] { Array("ledger \(ledger)\n".utf8) }

  /// Puts the text of an entry where its file is to go. A remote that does not take it, as a full drive,
  /// has the file moved all the same, and is not asked again in this run.
  func writeName(of entry: TrashEntry) async {
    guard asked.takesNames.withLock({ $0 }) else { return }
    do {
      try await rclone.writeOwn(text(namePath(entry)), ledgerLine + entry.encoded)
    } catch {
      asked.takesNames.withLock { $0 = false }
    }
  }

  /// Removes the text of an entry whose file is not in the trash any more, if it was seen there. One that
  /// stays, as where nothing may be removed, names nothing and costs no more than its bytes.
  func dropName(of entry: TrashEntry, _ found: [[UInt8]: ListedFile]) async {
    guard found[namePath(entry)] != nil else { return }
    await rclone.removeOwn(text(namePath(entry)))
  }

  /// Notes in the home what lies in the trash with its name and has no note, as after the home was lost.
  /// A text tells only that a move was wanted: whether it was made is asked as of any that was interrupted.
  ///
  /// - Parameter ids: the entries of which a listing had both the file and the text.
  /// - Returns: why a text can't be read; nil where all are noted.
  func adopt(_ ids: Set<String>) async throws -> String? {
    guard !ids.isEmpty else { return nil }
    let unknown = ids.subtracting(try home.slotNames()).sorted()
    do {
      for start in stride(from: 0, to: unknown.count, by: Self.readAtOnce) {
        let part = unknown[start..<min(start + Self.readAtOnce, unknown.count)]
        let entries = try await read(part)
        // An empty list would be taken for no list.
        guard !entries.isEmpty else { continue }
        // A listing may show what is gone already.
        let there = try await rclone.look(
          at: entries.flatMap { [trashPath($0), $0.diskBytes] }, try await features())
        for entry in entries where there[trashPath(entry)] != nil {
          _ = try home.makeSlot(entry)
          try await noteIfMoved(entry, there[entry.diskBytes])
        }
      }
      return nil
    } catch let error as PlaceError {
      return "what is in the trash of \(remote) can't be told: \(error)"
    }
  }

  private static let readAtOnce = 8

  // A text that was cut short tells nothing, and no more does one that this program did not write here.
  private func read(_ ids: ArraySlice<String>) async throws -> [TrashEntry] {
    try await withThrowingTaskGroup(of: TrashEntry?.self) { group in
      for id in ids {
        group.addTask {
          let path = ".ledger/trash/\(location)/\(id)/entry"
          guard let text = try await rclone.readOwn(path), text.last == UInt8(ascii: "\n") else {
            return nil
          }
          guard text.starts(with: ledgerLine), let entry = TrashEntry(id: id, text: text),
            RcloneProgram.isLine(entry.diskBytes + entry.path.bytes), isText(entry.diskBytes)
          else { return nil }
          return entry
        }
      }
      var entries: [TrashEntry] = []
      for try await case let entry? in group { entries.append(entry) }
      return entries.sorted { $0.id < $1.id }
    }
  }
}

/// What a listing shows of a location's trash.
struct ListedTrash {
  private let folder: [UInt8]
  private var files: Set<String> = []
  private var texts: Set<String> = []

  init(of location: LocationID) { folder = Array(".ledger/trash/\(location)/".utf8) }

  /// The entries of which both the file and the text were listed.
  var named: Set<String> { files.intersection(texts) }

  /// Takes a path that was listed.
  mutating func take(_ path: [UInt8]) {
    guard path.starts(with: folder) else { return }
    let parts = path.dropFirst(folder.count).split(separator: UInt8(ascii: "/"))
    guard parts.count == 2, parts[0].count == 32,
      parts[0].allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    else { return }
    let id = String(decoding: parts[0], as: UTF8.self)
    if parts[1].elementsEqual(FolderStorage.fileName) { files.insert(id) }
    if parts[1].elementsEqual(FolderStorage.entryName) { texts.insert(id) }
  }
}
