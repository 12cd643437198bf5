/// Which names a scan steps over: temporary names of copy programs, and what `.ledgerignore` at the
/// root says in gitignore's syntax (git-scm.com/docs/gitignore), but for classes as `[[:digit:]]`.
package struct IgnoreRules: Sendable {
  private struct Pattern: Sendable {
    let segments: [[UInt8]]
    let isAnchored: Bool
    let foldersOnly: Bool
    let isNegated: Bool
  }

  private let patterns: [Pattern]

  /// The rules of a `.ledgerignore`; no text, no rules but the built-in ones.
  package init(_ text: [UInt8] = []) {
    patterns = text.split(separator: UInt8(ascii: "\n")).compactMap { Self.pattern(Array($0)) }
  }

  /// Whether a path is ignored by a rule about itself; its folders are asked about before.
  package func ignores(_ path: [UInt8], isFolder: Bool) -> Bool {
    let name = Array(path[((path.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)...])
    return ignores(name: name, isFolder: isFolder) { path }
  }

  /// The same, where the path is only made if a rule has to see it.
  func ignores(name: [UInt8], isFolder: Bool, path: () -> [UInt8]) -> Bool {
    if Self.isTemporary(name) { return true }
    guard !patterns.isEmpty else { return false }
    let components = path().split(separator: UInt8(ascii: "/")).map { Array($0) }
    var isIgnored = false
    for pattern in patterns where isFolder || !pattern.foldersOnly {
      let matches =
        pattern.isAnchored
        ? Self.matches(pattern.segments[...], components[...])
        : Self.matchesName(pattern.segments[0], name)
      if matches { isIgnored = !pattern.isNegated }
    }
    return isIgnored
  }

  /// Whether a path or one of its folders is ignored.
  package func ignoresAnywhere(_ path: [UInt8]) -> Bool {
    for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") {
      if ignores(Array(path[..<index]), isFolder: true) { return true }
    }
    return ignores(path, isFolder: false)
  }

  private static let names: Set<[UInt8]> = [
    Array(".DS_Store".utf8), Array("Thumbs.db".utf8), Array("@eaDir".utf8),
    Array(".ledgerignore".utf8), Array(".ledger".utf8), Array(".git".utf8),
  ]

  private static let endings = [".partial", ".part", ".crdownload"].map { Array($0.utf8) }

  // rsync writes to `.name.XXXXXX`, syncthing to `.syncthing.name.tmp`.
  private static func isTemporary(_ name: [UInt8]) -> Bool {
    // Most names begin and end otherwise, and are not looked at any further.
    guard let first = name.first, let last = name.last,
      first == UInt8(ascii: ".") || first == UInt8(ascii: "T") || first == UInt8(ascii: "@")
        || last == UInt8(ascii: "l") || last == UInt8(ascii: "t") || last == UInt8(ascii: "d")
    else { return false }
    if names.contains(name) { return true }
    if endings.contains(where: { name.count > $0.count && name.suffix($0.count).elementsEqual($0) })
    {
      return true
    }
    guard name.first == UInt8(ascii: ".") else { return false }
    if name.starts(with: ".syncthing.".utf8) && name.suffix(4).elementsEqual(".tmp".utf8) {
      return true
    }
    guard name.count > 8, name[name.count - 7] == UInt8(ascii: ".") else { return false }
    return name.dropFirst().dropLast(7).contains(UInt8(ascii: "."))
      && name.suffix(6).allSatisfy {
        ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122)
      }
  }

  private static func pattern(_ line: [UInt8]) -> Pattern? {
    var line = line
    if line.last == 13 { line.removeLast() }
    while line.last == 32, line.count < 2 || line[line.count - 2] != UInt8(ascii: "\\") {
      line.removeLast()
    }
    guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
    let isNegated = first == UInt8(ascii: "!")
    if isNegated { line.removeFirst() }
    let foldersOnly = line.last == UInt8(ascii: "/")
    if foldersOnly { line.removeLast() }
    let isAnchored = line.contains(UInt8(ascii: "/"))
    if line.first == UInt8(ascii: "/") { line.removeFirst() }
    guard !line.isEmpty else { return nil }
    // An empty segment stays, as it matches nothing.
    let segments =
      isAnchored
      ? line.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
      : [line]
    return Pattern(
      segments: segments, isAnchored: isAnchored, foldersOnly: foldersOnly, isNegated: isNegated)
  }

  private static func matches(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool {
    guard let segment = pattern.first else { return path.isEmpty }
    if segment.count > 1, segment.allSatisfy({ $0 == UInt8(ascii: "*") }) {
      if pattern.count == 1 { return !path.isEmpty }
      return (0...path.count).contains { matches(pattern.dropFirst(), path.dropFirst($0)) }
    }
    guard let name = path.first else { return false }
    return matchesName(segment, name) && matches(pattern.dropFirst(), path.dropFirst())
  }

  // Backtracks to the last star only, so that the time stays quadratic whatever the pattern.
  private static func matchesName(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    var (at, here) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while here < name.count {
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        star = (at, here)
        at += 1
      } else if at < pattern.count, let next = step(pattern, at, name[here]) {
        at = next
        here += 1
      } else if let (starAt, starHere) = star {
        star = (starAt, starHere + 1)
        at = starAt + 1
        here = starHere + 1
      } else {
        return false
      }
    }
    while at < pattern.count, pattern[at] == UInt8(ascii: "*") { at += 1 }
    return at == pattern.count
  }

  // Where the pattern goes on if it takes this byte, or nil. What is not closed takes nothing.
  private static func step(_ pattern: [UInt8], _ at: Int, _ byte: UInt8) -> Int? {
    switch pattern[at] {
    case UInt8(ascii: "?"): return at + 1
    case UInt8(ascii: "\\"):
      return at + 1 < pattern.count && pattern[at + 1] == byte ? at + 2 : nil
    case UInt8(ascii: "["):
      var index = at + 1
      func next() -> UInt8 {
        if pattern[index] == UInt8(ascii: "\\"), index + 1 < pattern.count { index += 1 }
        defer { index += 1 }
        return pattern[index]
      }
      let isNegated =
        index < pattern.count
        && (pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^"))
      if isNegated { index += 1 }
      var matches = false
      let start = index
      while index < pattern.count, pattern[index] != UInt8(ascii: "]") || index == start {
        let low = next()
        var high = low
        if index + 1 < pattern.count, pattern[index] == UInt8(ascii: "-"),
          pattern[index + 1] != UInt8(ascii: "]")
        {
          index += 1
          high = next()
        }
        matches = matches || (low <= byte && byte <= high)
      }
      guard index < pattern.count else { return nil }
      return matches != isNegated ? index + 1 : nil
    default: return pattern[at] == byte ? at + 1 : nil
    }
  }
}
