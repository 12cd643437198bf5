import LedgerCore

/// Why a listing can't be read to its end: then nothing that it lacks is gone.
package struct MalformedListing: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Reads a listing of rclone's `lsjson` shape, as its bytes arrive: an array of objects as
/// `{"Path":"a/b.jpg","Name":"b.jpg","Size":6,"ModTime":"2026-11-29T10:25:51Z","IsDir":false,"Hashes":{"md5":"…"}}`.
///
/// Only `Path` and, of a file, `Size` must be there. One object is in memory at a time, and it may have
/// 1 MiB at most. What ends before the array does is cut short.
package struct ListingParser {
  /// How many bytes one object may have.
  package static let elementLimit = 1 << 20

  private enum State {
    case start, first, element, comma, next, end
  }

  private var state = State.start
  private var element: [UInt8] = []
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// How many objects were read.
  package private(set) var count = 0

  /// A parser at the start of a listing.
  package init() {}

  /// Takes further bytes, and hands over each file and folder that they complete.
  ///
  /// - Throws: `MalformedListing`, after what came before was handed over; what `found` throws.
  package mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ found: (ListedFile) throws -> Void
  ) throws {
    for byte in bytes {
      if state == .element {
        try extend(byte, found)
        continue
      }
      if byte == 32 || byte == 10 || byte == 13 || byte == 9 { continue }
      switch (state, byte) {
      case (.start, UInt8(ascii: "[")): state = .first
      case (.first, UInt8(ascii: "]")), (.comma, UInt8(ascii: "]")): state = .end
      case (.comma, UInt8(ascii: ",")): state = .next
      case (.first, UInt8(ascii: "{")), (.next, UInt8(ascii: "{")):
        state = .element
        element.removeAll(keepingCapacity: true)
        try extend(byte, found)
      default:
        throw MalformedListing("it is no array of objects after \(count) entries")
      }
    }
  }

  /// Tells that no bytes follow.
  ///
  /// - Throws: `MalformedListing` where the array has not ended.
  package func end() throws(MalformedListing) {
    guard state == .end else {
      throw MalformedListing(
        state == .start ? "it is empty" : "it was cut short after \(count) entries")
    }
  }

  private mutating func extend(_ byte: UInt8, _ found: (ListedFile) throws -> Void) throws {
    element.append(byte)
    guard element.count <= Self.elementLimit else {
      throw MalformedListing("entry \(count + 1) is longer than 1 MiB")
    }
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      return
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      guard depth == 0 else { return }
      state = .comma
      do {
        var reader = ListingReader(element)
        try found(try reader.file())
      } catch let error as MalformedListing {
        throw MalformedListing("entry \(count + 1): \(error)")
      }
      count += 1
    default: return
    }
  }
}

/// Reads one object of a listing.
private struct ListingReader {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func file() throws(MalformedListing) -> ListedFile {
    var path: [UInt8]?
    var size: Int64?
    var modified: FileTime?
    var digests: [Digest] = []
    var isFolder = false
    try object { (reader, key) throws(MalformedListing) in
      switch String(decoding: key, as: UTF8.self) {
      case "Path":
        guard path == nil else { throw MalformedListing("it has two paths") }
        path = try reader.string()
      case "Size": size = try reader.integer()
      case "ModTime":
        guard reader.peek == UInt8(ascii: "\"") else { return try reader.skip(depth: 1) }
        modified = FileTime(listed: try reader.string())
      case "IsDir":
        guard reader.peek == UInt8(ascii: "t") else { return try reader.skip(depth: 1) }
        try reader.skip(depth: 1)
        isFolder = true
      case "Hashes":
        guard reader.peek == UInt8(ascii: "{") else { return try reader.skip(depth: 1) }
        digests = try reader.digests()
      default: try reader.skip(depth: 1)
      }
    }
    guard index == bytes.count else { throw MalformedListing("something follows the object") }
    guard let path, !path.isEmpty else { throw MalformedListing("it has no Path") }
    guard let size else {
      guard isFolder else {
        throw MalformedListing("\(String(decoding: path, as: UTF8.self)) has no Size")
      }
      return ListedFile(path: path, byteCount: nil, modified: modified, digests: [], isFolder: true)
    }
    return ListedFile(
      path: path, byteCount: size < 0 ? nil : size, modified: modified, digests: digests,
      isFolder: isFolder)
  }

  // Of each kind that the ledger knows, the one that is spelled as it must be: an ETag of several parts,
  // `…-3`, is none. rclone before 1.56 wrote `MD5` and `SHA-1`.
  private mutating func digests() throws(MalformedListing) -> [Digest] {
    var found: [DigestAlgorithm: Digest] = [:]
    try object { (reader, key) throws(MalformedListing) in
      let name = String(decoding: key, as: UTF8.self).lowercased().replacing("-", with: "")
      guard let algorithm = DigestAlgorithm(rawValue: name), reader.peek == UInt8(ascii: "\"")
      else { return try reader.skip(depth: 2) }
      let text = String(decoding: try reader.string(), as: UTF8.self).lowercased()
      guard let digest = Digest("\(algorithm.rawValue):\(text)") else { return }
      found[algorithm] = digest
    }
    return found.values.sorted()
  }

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 32 || byte == 10 || byte == 13 || byte == 9 { index += 1 }
  }

  private mutating func expect(_ byte: UInt8) throws(MalformedListing) {
    skipSpace()
    guard peek == byte else {
      throw MalformedListing("it lacks a \(Character(UnicodeScalar(byte))) at byte \(index)")
    }
    index += 1
  }

  private mutating func object(
    _ member: (inout ListingReader, [UInt8]) throws(MalformedListing) -> Void
  ) throws(MalformedListing) {
    try expect(UInt8(ascii: "{"))
    skipSpace()
    if peek == UInt8(ascii: "}") {
      index += 1
      return
    }
    while true {
      skipSpace()
      let key = try string()
      try expect(UInt8(ascii: ":"))
      skipSpace()
      try member(&self, key)
      skipSpace()
      if peek == UInt8(ascii: ",") {
        index += 1
        continue
      }
      return try expect(UInt8(ascii: "}"))
    }
  }

  private mutating func integer() throws(MalformedListing) -> Int64 {
    let start = index
    if peek == UInt8(ascii: "-") { index += 1 }
    while let byte = peek, byte >= 48, byte <= 57 { index += 1 }
    let next = peek
    guard let value = Int64(String(decoding: bytes[start..<index], as: UTF8.self)),
      next != UInt8(ascii: "."), next != UInt8(ascii: "e"), next != UInt8(ascii: "E")
    else { throw MalformedListing("its Size is no whole number of bytes") }
    return value
  }

  private mutating func skip(depth: Int) throws(MalformedListing) {
    guard depth <= 32 else { throw MalformedListing("it is nested too deeply") }
    switch peek {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"):
      try object { (reader, _) throws(MalformedListing) in try reader.skip(depth: depth + 1) }
    case UInt8(ascii: "["): try skipArray(depth: depth)
    default:
      let start = index
      let letters = Set("+-.0123456789Eaeflnrstu".utf8)
      while let byte = peek, letters.contains(byte) { index += 1 }
      let word = String(decoding: bytes[start..<index], as: UTF8.self)
      guard ["true", "false", "null"].contains(word) || Double(word) != nil else {
        throw MalformedListing("it has no value at byte \(start)")
      }
    }
  }

  private mutating func skipArray(depth: Int) throws(MalformedListing) {
    try expect(UInt8(ascii: "["))
    skipSpace()
    if peek == UInt8(ascii: "]") {
      index += 1
      return
    }
    while true {
      skipSpace()
      try skip(depth: depth + 1)
      skipSpace()
      if peek == UInt8(ascii: ",") {
        index += 1
        continue
      }
      return try expect(UInt8(ascii: "]"))
    }
  }

  // Bytes that are no UTF-8 stay as they are: a name may have them.
  private mutating func string() throws(MalformedListing) -> [UInt8] {
    try expect(UInt8(ascii: "\""))
    var text: [UInt8] = []
    while let byte = peek {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"): try escape(&text)
      case 0..<32: throw MalformedListing("it has a control character in a string")
      default: text.append(byte)
      }
    }
    throw MalformedListing("a string does not end")
  }

  private mutating func escape(_ text: inout [UInt8]) throws(MalformedListing) {
    guard let byte = peek else { throw MalformedListing("a string does not end") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var unit = try hexadecimal()
      if unit & 0xfc00 == 0xd800 {
        guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
          bytes[index + 1] == UInt8(ascii: "u")
        else { throw MalformedListing("half a character is in a string") }
        index += 2
        let low = try hexadecimal()
        guard low & 0xfc00 == 0xdc00 else {
          throw MalformedListing("half a character is in a string")
        }
        unit = 0x10000 + (unit & 0x3ff) << 10 + (low & 0x3ff)
      }
      guard let scalar = UnicodeScalar(unit) else {
        throw MalformedListing("half a character is in a string")
      }
      text += Array(String(Character(scalar)).utf8)
    default: throw MalformedListing("a string has an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(MalformedListing) -> UInt32 {
    guard index + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[index..<(index + 4)], as: UTF8.self), radix: 16),
      bytes[index] != UInt8(ascii: "+"), bytes[index] != UInt8(ascii: "-")
    else { throw MalformedListing("a string has a broken escape") }
    index += 4
    return value
  }
}
