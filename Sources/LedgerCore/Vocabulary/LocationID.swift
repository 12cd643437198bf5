/// The name of a place that holds a copy of the library, and its identity for ever.
///
/// 1 to 32 of `a`–`z`, `0`–`9` and `-`, the first no `-`; not `main`. Ordered by its bytes.
package struct LocationID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The name as it stands in refs, folders and events.
  package let name: String

  /// Accepts a name that follows the rules above, else nil.
  package init?(_ name: String) {
    let bytes = Array(name.utf8)
    guard (1...32).contains(bytes.count), bytes[0] != UInt8(ascii: "-"), name != "main",
      bytes.allSatisfy({ ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 })
    else { return nil }
    self.name = name
  }

  /// The name.
  package var description: String { name }

  /// Byte order, which for these characters is also the order that people expect.
  package static func < (left: LocationID, right: LocationID) -> Bool {
    left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }
}
