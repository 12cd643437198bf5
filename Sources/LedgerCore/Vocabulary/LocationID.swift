/// The name of a place that holds a copy of the library, and its identity for ever.
///
/// 1 to 32 of `a`–`z`, `0`–`9` and `-`, the first no `-`; not `main`. Ordered by its bytes.
package struct LocationID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The name as it stands in refs, folders and events.
  package let name: String

  /// Accepts a name that follows the rules above, else nil.
  package init?(_ name: String) {
    var text = name
    guard text.withUTF8({ Self.isName($0) }) else { return nil }
    self.name = name
  }

  /// Accepts the bytes of a name that follows the rules above, else nil.
  package init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard Self.isName(bytes) else { return nil }
    name = String(decoding: bytes, as: UTF8.self)
  }

  private static func isName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count >= 1, bytes.count <= 32, bytes[0] != UInt8(ascii: "-") else { return false }
    for byte in bytes {
      guard (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte == 45 else {
        return false
      }
    }
    return bytes.count != 4 || !bytes.elementsEqual("main".utf8)
  }

  /// The name.
  package var description: String { name }

  /// Byte order, which for these characters is also the order that people expect.
  package static func < (left: LocationID, right: LocationID) -> Bool {
    left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }
}
