import LedgerCache
package import LedgerCore
import LedgerStorage

// The map of a place is in the log, for those who fetch from there. What the home goes by is in its
// `location.json`: another one would make recorded files seem gone or renamed, so it only takes effect
// where no recorded file changes its place, or by a person's word.
extension OpenLocation {
  /// Where this place has, or would have, a file of a path of the library.
  package func placeBytes(of path: LibraryPath) -> [UInt8] { file.map.place(of: path).bytes }

  /// The name of a file as this place spells it: as the last scan knew it, where it did.
  package func spelling(of path: LibraryPath) throws -> [UInt8] {
    spelling(try cache.knownFile(at: path)?.diskBytes, of: path)
  }

  /// The name that a file had here before, unless that is another path's by the map that holds now.
  func spelling(_ old: [UInt8]?, of path: LibraryPath) -> [UInt8] {
    guard let old, file.map.path(spelled: old) == path else { return placeBytes(of: path) }
    return old
  }

  /// Goes by a map from now on.
  mutating func use(_ map: PathMap) {
    home.map = map
    storage.map = map
    file.map = map
  }

  /// Takes up the map that the ledger has for this place, unless a recorded file would have another place
  /// by it and no person said yes to that.
  ///
  /// - Returns: why it was not taken up; then nothing may be scanned or touched.
  mutating func takeUpMap(of settings: Settings, _ consent: ScanConsent) throws -> Attention? {
    guard let change = try mapChange(settings) else { return nil }
    if change.movedCount > 0 {
      guard consent.acceptsMap else {
        return Attention(
          reason: "settings", path: [],
          detail: "\(change.words(at: self).what). Nothing was scanned or touched. "
            + change.words(at: self).advice, waits: true)
      }
      // What is not found at its new place is nobody's deletion.
      try keepCameBack()
      // What was known of a file by its old place is known no more: it is read at the new one.
      try cache.updateFiles(upsert: [], remove: try movedPaths(change.map))
    }
    use(change.map)
    try saveFile()
    return nil
  }

  /// Why this place can't be scanned by the map that it goes by and what to do, or nil where it can.
  func mapFault(of settings: Settings) throws -> (what: String, advice: String)? {
    guard let change = try mapChange(settings), change.movedCount > 0 else { return nil }
    return change.words(at: self)
  }

  private func mapChange(_ settings: Settings) throws -> MapChange? {
    let map = settings.map(of: location)
    guard map != file.map else { return nil }
    return MapChange(map: map, movedCount: try movedPaths(map).count)
  }

  // The recorded files that have another place by a map.
  private func movedPaths(_ map: PathMap) throws -> [LibraryPath] {
    var moved: [LibraryPath] = []
    try cache.copiesPresent(at: location) { copy in
      if map.place(of: copy.path) != file.map.place(of: copy.path) { moved.append(copy.path) }
    }
    return moved
  }

  /// What a person hears of files that the map leaves out; nil where there are none.
  func outside(_ files: OutsideFiles) -> Attention? {
    guard files.count > 0 else { return nil }
    let names = files.names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
    let more = files.count > files.names.count ? " …" : ""
    return Attention(
      reason: "settings", path: [],
      detail: "\(Count.files(files.count)) \(files.count == 1 ? "is" : "are") outside the map "
        + "(\(file.map.text)), left alone and not recorded: \(names)\(more); move each below the folder "
        + "of its type", waits: false)
  }
}

/// A map that the home does not go by yet, and how many recorded files it gives another place.
private struct MapChange {
  let map: PathMap
  let movedCount: Int

  func words(at open: OpenLocation) -> (what: String, advice: String) {
    func named(_ map: PathMap) -> String { map.isNone ? "none" : map.text }
    let (old, location) = (open.file.map, open.location)
    let isSame = map.text == old.text
    let why =
      isSame
      ? "files have other types than before (ledger config media.…), by which the map of \(location) "
        + "(\(named(old)))"
      : "the map of \(location) was \(named(old)) and is \(named(map)) now, which"
    let back = isSame ? "" : "; ledger location set \(location) map \(quoted(old)) takes it back"
    return (
      "\(why) gives \(Count.files(movedCount)) here another place",
      "Move \(movedCount == 1 ? "it" : "them") there and run ledger sync --accept-map\(back)"
    )
  }

  private func quoted(_ map: PathMap) -> String {
    map.isNone ? "''" : ShellWord.quote(Array(map.text.utf8))
  }
}
