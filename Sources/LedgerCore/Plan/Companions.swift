/// Which files belong to one photo or video, as its sidecars and the video of a Live Photo do.
package enum Companions {
  /// Whether a file could be a companion at all, by its name.
  package static func canBe(_ path: LibraryPath) -> Bool {
    let ending = ending(path)
    return sidecars.contains(ending) || ending == "mov"
  }

  /// Whether `path` is a companion of the photo or video `main`, by their names.
  ///
  /// A sidecar has its main file's stem (`a.xmp` of `a.jpg`) or its whole name (`a.jpg.xmp`); the
  /// video of a Live Photo is a `.mov` with the stem of a HEIC or a JPEG. RAW and JPEG of one stem
  /// are two photos.
  package static func isCompanion(_ path: LibraryPath, of main: LibraryPath) -> Bool {
    guard path != main else { return false }
    let stem = stem(path)
    if sidecars.contains(ending(path)) {
      let media = MediaType.of(main)
      return (media == .photo || media == .video)
        && (stem.elementsEqual(main.bytes) || stem.elementsEqual(self.stem(main)))
    }
    return ending(path) == "mov" && stills.contains(ending(main))
      && stem.elementsEqual(self.stem(main))
  }

  /// What a companion is called when its main file goes from one name to another.
  package static func name(
    of path: LibraryPath, whenMainMoves from: LibraryPath, to: LibraryPath
  ) -> LibraryPath? {
    let stem = stem(path)
    let suffix = path.bytes[stem.endIndex...]
    let base = stem.elementsEqual(from.bytes) ? to.bytes[...] : self.stem(to)
    return LibraryPath(key: Array(base + suffix))
  }

  private static let sidecars: Set<String> = ["xmp", "aae", "thm"]
  private static let stills: Set<String> = ["heic", "heif", "jpg", "jpeg"]

  static func stem(_ path: LibraryPath) -> ArraySlice<UInt8> {
    let name = path.name
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else {
      return path.bytes[...]
    }
    return path.bytes[..<dot]
  }

  private static func ending(_ path: LibraryPath) -> String {
    let name = path.name
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return "" }
    let lower = name[(dot + 1)...].map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
    return String(decoding: lower, as: UTF8.self)
  }
}

/// A photo or video that a person removed or renamed at this location, in its own event.
package struct MainMove: Hashable, Sendable {
  /// The event.
  package let id: EventID
  /// Where it was.
  package let from: LibraryPath
  /// Where it is now; nil where it was deleted.
  package let to: LibraryPath?
  /// Its type, whose authority its companions share.
  package let media: MediaType

  /// The move that an event tells, if it tells one: a person's `deleted` or `renamed` of a photo or
  /// a video.
  package init?(_ event: Event) {
    guard event.cause == nil, let file = event.fact.file,
      file.media == .photo || file.media == .video
    else { return nil }
    (id, media) = (event.id, file.media)
    switch event.fact {
    case .deleted(let file, asks: false): (from, to) = (file.path, nil)
    case .renamed(let file, let old): (from, to) = (old, file.path)
    default: return nil
    }
  }
}

/// Plans what the companions of main files do that a person removed or renamed here.
///
/// - Parameters:
///   - moves: the main files, in the order of their events.
///   - files: the paths of all files that are here.
///   - here: what is here at a path; nil where nothing is.
/// - Returns: steps whose cause is the main file's event; carried out, they are recorded as a
///   person's, with the main file's type. A companion that another photo or video here has as well
///   stays.
package func planCompanions(
  _ moves: [MainMove], among files: some Sequence<LibraryPath>, here: (LibraryPath) -> Content?
) -> [Action] {
  guard !moves.isEmpty else { return [] }
  // Companions and main files by the stem that they share; a sidecar may have a whole name as stem.
  let byStem = Dictionary(grouping: files, by: { Array(Companions.stem($0)) })
  var actions: [Action] = []
  var taken: Set<LibraryPath> = []
  func others(_ path: LibraryPath) -> [LibraryPath] {
    let stem = Array(Companions.stem(path))
    return (byStem[stem] ?? [])
      + [LibraryPath(key: stem)].compactMap { $0 }.filter { here($0) != nil }
  }
  for move in moves where move.to.map({ here($0) != nil }) ?? (here(move.from) == nil) {
    let near = (byStem[Array(Companions.stem(move.from))] ?? []) + (byStem[move.from.bytes] ?? [])
    // A Live Photo's video goes first, as it may have sidecars of its own.
    let companions = near.filter { Companions.isCompanion($0, of: move.from) }
      .sorted { (MediaType.of($0), $0) < (MediaType.of($1), $1) }
    for path in companions where !taken.contains(path) {
      let isShared = others(path).contains {
        $0 != move.to && !taken.contains($0) && Companions.isCompanion(path, of: $0)
      }
      guard let content = here(path), !isShared else { continue }
      guard let main = move.to else {
        taken.insert(path)
        actions.append(.trash(path, content, cause: move.id, move.media))
        continue
      }
      guard let to = Companions.name(of: path, whenMainMoves: move.from, to: main), to != path,
        here(to) == nil, !taken.contains(to)
      else { continue }
      taken.formUnion([path, to])
      actions.append(.rename(path, to: to, content, cause: move.id))
    }
  }
  return actions
}
