/// Under which folders a place keeps its files, by their type: `photo=Photos,video=Videos`.
///
/// A path of the library is at the place below its type's folder, under the same name; a type without a
/// folder has the root. As the ending of a name alone decides its type, each path has one place and no
/// two have the same: the places that are nobody's are those outside their own type's folder.
package struct PathMap: Hashable, Sendable {
  /// The folders as keys, without a closing `/`.
  private var folders: [MediaType: [UInt8]] = [:]
  /// Endings that are classed otherwise than by the table.
  private var overrides: [String: MediaType] = [:]

  /// A place whose files have the library's own paths.
  package static let none = PathMap()

  private init() {}

  /// Parses `photo=Photos,video=Videos`: types, each once, with a folder of the library each; nil for
  /// anything else.
  package init?(_ text: String) {
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard words.count == 2, let media = MediaType(rawValue: String(words[0])),
        folders[media] == nil, let folder = Self.folder(words[1])
      else { return nil }
      folders[media] = folder
    }
    guard !Self.differByCase(Array(folders.values)) else { return nil }
  }

  // Where case is ignored two such folders are one, and the types would be outside the map by turns.
  private static func differByCase(_ folders: [[UInt8]]) -> Bool {
    func words(_ folder: [UInt8]) -> [String] {
      folder.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }
    return folders.contains { one in
      folders.contains { other in
        let first = zip(words(one), words(other)).first { $0 != $1 }
        return first.map { $0.lowercased() == $1.lowercased() } ?? false
      }
    }
  }

  private static func folder(_ text: Substring) -> [UInt8]? {
    let name = text.hasSuffix("/") ? text.dropLast() : text
    guard !name.utf8.contains(where: { $0 < 32 || $0 == 127 }) else { return nil }
    return LibraryPath(diskBytes: Array(name.utf8))?.bytes
  }

  /// The spelling of the setting, types in order; empty where there is no folder.
  package var text: String {
    folders.sorted { $0.key < $1.key }
      .map { "\($0.key.rawValue)=\(String(decoding: $0.value, as: UTF8.self))" }
      .joined(separator: ",")
  }

  /// Whether the place has the library's own paths.
  package var isNone: Bool { folders.isEmpty }

  /// The same folders, where a ledger classes some endings otherwise than the table does.
  package func classing(_ overrides: [String: MediaType]) -> PathMap {
    var map = self
    map.overrides = isNone ? [:] : overrides
    return map
  }

  /// The endings that are classed otherwise than by the table, in order.
  package var classed: [(ending: String, media: MediaType)] {
    overrides.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The folder that the files of a path's type are below; empty for the root.
  package func folder(of path: LibraryPath) -> [UInt8] {
    isNone ? [] : folders[MediaType.of(path, overrides: overrides)] ?? []
  }

  /// Where a path of the library is at the place.
  package func place(of path: LibraryPath) -> LibraryPath {
    let folder = folder(of: path)
    guard !folder.isEmpty else { return path }
    guard let place = LibraryPath(key: folder + [UInt8(ascii: "/")] + path.bytes) else {
      preconditionFailure("a key below a key is a key")
    }
    return place
  }

  /// The path of the library whose file is at a path of the place; nil for what is outside the map.
  package func path(at place: LibraryPath) -> LibraryPath? {
    let folder = folder(of: place)
    guard !folder.isEmpty else { return place }
    guard place.isInside(folder), place.bytes.count > folder.count else { return nil }
    return LibraryPath(key: Array(place.bytes[(folder.count + 1)...]))
  }

  /// The path of the library of what a place spells so; nil also for what is none of a library's.
  package func path(spelled place: [UInt8]) -> LibraryPath? {
    LibraryPath(diskBytes: place).flatMap { path(at: $0) }
  }

  /// The paths of the library at or below which everything is at or below a path of the place, as it
  /// spells that; an empty one is the whole library. At least these: of what a folder holds, its name
  /// does not tell the types.
  package func paths(hiddenBy place: [UInt8]) -> [[UInt8]] {
    guard !place.isEmpty else { return [[]] }
    guard let key = LibraryPath(diskBytes: place) else { return [] }
    guard !isNone else { return [key.bytes] }
    var roots = Set(folders.values)
    if folders.count < MediaType.allCases.count { roots.insert([]) }
    let hidden = roots.compactMap { root -> [UInt8]? in
      guard !root.isEmpty else { return key.bytes }
      guard key.isInside(root) else {
        return LibraryPath(key: root)?.isInside(key.bytes) == true ? [] : nil
      }
      return Array(key.bytes.dropFirst(root.count + 1))
    }
    return Set(hidden).sorted { $0.lexicographicallyPrecedes($1) }
  }
}
