import LedgerCore

/// Reads events about files in the spelling that `EventLine.encode` gives them: the keys in their
/// order, no spaces, no escapes, nothing unknown.
///
/// A million lines are read by it in a second. It makes nothing but what the event holds, and knows no
/// faults: of any other line it says nil, and `EventLine.decode` asks the general reader.
struct CanonicalReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  /// The event of a line without its newline; nil where the general reader has to look.
  static func event(_ line: UnsafeBufferPointer<UInt8>) -> Event? {
    var reader = CanonicalReader(bytes: line)
    return reader.event()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The only path that the event of a line names; nil where the whole line has to be read for that.
  static func onlyPath(_ line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    var reader = CanonicalReader(bytes: line)
    guard reader.takes(#"{"id":""#), reader.string() != nil, reader.takes(#","at":""#),
      reader.string() != nil, reader.takes(#","type":""#), reader.takesTypeOfOnePath(),
      reader.takes(#","path":""#)
    else { return nil }
    return reader.string()
  }

  private mutating func takesTypeOfOnePath() -> Bool {
    takes(#"added""#) || takes(#"changed""#) || takes(#"deleted""#) || takes(#"pruned""#)
      || takes(#"restored""#) || takes(#"damaged""#)
  }

  private mutating func event() -> Event? {
    guard takes(#"{"id":""#), let id = string().flatMap({ EventID(utf8: $0) }),
      takes(#","at":""#), let at = string().flatMap({ InstantText.instant($0) }),
      takes(#","type":""#), let fact = fact()
    else { return nil }
    var cause: EventID?
    if takes(#","cause":""#) {
      guard let event = string().flatMap({ EventID(utf8: $0) }) else { return nil }
      cause = event
    }
    var complete = fact
    if case .deleted(let file, _) = fact, takes(#","ask":true"#) {
      complete = .deleted(file, asks: true)
    }
    guard takes("}"), index == bytes.count else { return nil }
    return Event(id: id, at: at, fact: complete, cause: cause)
  }

  private mutating func fact() -> Fact? {
    if takes(#"added""#) { return file(hasTime: true).map { .added($0) } }
    if takes(#"changed""#) {
      guard let file = file(hasTime: true), let previous = digest(#","previous":""#) else {
        return nil
      }
      return .changed(file, previous: previous)
    }
    if takes(#"renamed""#) {
      guard let target = path(#","path":""#), let from = path(#","from":""#),
        let file = file(at: target, hasTime: false)
      else { return nil }
      return .renamed(file, from: from)
    }
    if takes(#"deleted""#) { return file(hasTime: false).map { .deleted($0, asks: false) } }
    if takes(#"pruned""#) { return file(hasTime: false).map { .pruned($0) } }
    if takes(#"restored""#) { return file(hasTime: false).map { .restored($0) } }
    if takes(#"damaged""#) {
      guard let file = file(hasTime: false), let found = digest(#","found":""#) else { return nil }
      return .damaged(file, found: found)
    }
    if takes(#"identified""#) { return content().map { .identified($0) } }
    return nil
  }

  private mutating func file(hasTime: Bool) -> FileFact? {
    path(#","path":""#).flatMap { file(at: $0, hasTime: hasTime) }
  }

  private mutating func file(at path: LibraryPath, hasTime: Bool) -> FileFact? {
    guard let media = media(), let content = content() else { return nil }
    guard hasTime, takes(#","mtime":""#) else {
      return FileFact(path: path, media: media, content: content)
    }
    guard let modified = string().flatMap({ InstantText.fileTime($0) }) else { return nil }
    return FileFact(path: path, media: media, content: content, modified: modified)
  }

  private mutating func media() -> MediaType? {
    guard takes(#","media":""#) else { return nil }
    if takes(#"photo""#) { return .photo }
    if takes(#"video""#) { return .video }
    if takes(#"sidecar""#) { return .sidecar }
    return takes(#"other""#) ? .other : nil
  }

  private mutating func content() -> Content? {
    guard takes(#","size":"#), let size = size(), let digest = digest(#","content":""#) else {
      return nil
    }
    guard takes(#","also":[""#) else { return Content(digest: digest, byteCount: size) }
    var also: [Digest] = []
    repeat {
      guard let other = string().flatMap({ Digest(utf8: $0) }),
        other.algorithm != digest.algorithm,
        !also.contains(where: { $0.algorithm == other.algorithm })
      else { return nil }
      also.append(other)
    } while takes(#",""#)
    return takes("]") ? Content(digest: digest, also: also, byteCount: size) : nil
  }

  private mutating func path(_ key: StaticString) -> LibraryPath? {
    guard takes(key), let text = string() else { return nil }
    // What is no UTF-8 is refused in a string, and stands in base64 under another key.
    guard text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil else {
      return nil
    }
    return LibraryPath(key: text)
  }

  private mutating func digest(_ key: StaticString) -> Digest? {
    takes(key) ? string().flatMap { Digest(utf8: $0) } : nil
  }

  // Up to 18 digits, which fit whatever they are; not negative.
  private mutating func size() -> Int64? {
    let start = index
    var size: Int64 = 0
    while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57, index - start < 19 {
      size = size &* 10 &+ Int64(bytes[index] - 48)
      index += 1
    }
    let count = index - start
    guard count > 0, count < 19, bytes[start] != 48 || count == 1 else { return nil }
    return size
  }

  /// The rest of a string whose opening quote was taken, up to its closing one; nil where it has an
  /// escape or a control character. It may be no UTF-8.
  private mutating func string() -> UnsafeBufferPointer<UInt8>? {
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") {
        return UnsafeBufferPointer(rebasing: bytes[start..<(index - 1)])
      }
      if byte == UInt8(ascii: "\\") || byte < 32 { return nil }
    }
    return nil
  }

  /// Goes over text where it stands next.
  private mutating func takes(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - index >= count else { return false }
    for offset in 0..<count where bytes[index + offset] != text.utf8Start[offset] { return false }
    index += count
    return true
  }
}
