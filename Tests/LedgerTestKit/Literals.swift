package import LedgerCore

extension LocationID: ExpressibleByStringLiteral {
  /// A location's name in a test.
  package init(stringLiteral name: String) {
    guard let location = LocationID(name) else { preconditionFailure("no location: \(name)") }
    self = location
  }
}

extension LibraryPath: ExpressibleByStringLiteral {
  /// A path in a test.
  package init(stringLiteral text: String) {
    guard let path = LibraryPath(text) else { preconditionFailure("no path: \(text)") }
    self = path
  }
}

extension EventID: ExpressibleByStringLiteral {
  /// An event's identity in a test, as `desk:4`.
  package init(stringLiteral text: String) {
    guard let id = EventID(text) else { preconditionFailure("no event: \(text)") }
    self = id
  }
}

extension Content {
  /// A content that stands for the bytes of a word: another word, another digest.
  package static func of(_ word: String) -> Content {
    var generator = SeededGenerator(
      seed: word.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
    let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    guard let digest = Digest(.sha256, bytes: bytes) else {
      preconditionFailure("sha256 has 32 bytes")
    }
    return Content(digest: digest, byteCount: Int64(word.utf8.count))
  }
}

extension KnownCopy {
  /// A photo that a location has, with a word for its bytes.
  package static func of(_ path: LibraryPath, _ word: String) -> KnownCopy {
    KnownCopy(
      path: path, content: .of(word), media: .photo, damage: nil, since: "desk:1", stamp: nil)
  }
}

extension ObservedFile {
  /// A file that a scan of a place without inodes saw, with a word for its bytes.
  package static func of(_ path: LibraryPath, _ word: String) -> ObservedFile {
    let (time, content) = (FileTime(seconds: 1, nanoseconds: 0), Content.of(word))
    return ObservedFile(
      path: path, content: content,
      stamp: FileStamp(
        byteCount: content.byteCount, modified: time, changed: time, inode: 0, device: 0),
      wasHashed: false, diskBytes: nil)
  }
}
