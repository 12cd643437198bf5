@_spi(_Unicode) import Swift

/// A file's path relative to the library's root: its key at every location.
///
/// Components are separated by `/`. Where the bytes are valid UTF-8 they are in NFC; other bytes are
/// kept as they are. Never absolute or empty, without `.`, `..`, empty components and NUL, and
/// without a component `.ledger` or `.git` in any case. Ordered by its bytes.
package struct LibraryPath: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The bytes of the path, UTF-8 in NFC unless `text` is nil.
  package let bytes: [UInt8]

  /// Accepts a path that is already a key, in NFC if it is UTF-8.
  package init?(_ text: String) {
    self.init(key: Array(text.utf8))
  }

  /// Accepts bytes that are already a key: in NFC if they are UTF-8, else nil.
  package init?(key bytes: [UInt8]) {
    guard Self.isPlain(bytes) else { return nil }
    if !Self.isASCII(bytes), let text = String(validating: bytes, as: UTF8.self) {
      guard text._nfc.elementsEqual(text.unicodeScalars) else { return nil }
    }
    self.bytes = bytes
  }

  /// Makes the key of a name as a disk spells it: composes UTF-8 to NFC, keeps other bytes.
  ///
  /// Nil when the path breaks a rule above, so that it can't be a file of the library.
  package init?(diskBytes: [UInt8]) {
    guard Self.isPlain(diskBytes) else { return nil }
    if !Self.isASCII(diskBytes), let text = String(validating: diskBytes, as: UTF8.self) {
      var composed = String.UnicodeScalarView()
      composed.append(contentsOf: text._nfc)
      self.bytes = Array(String(composed).utf8)
    } else {
      self.bytes = diskBytes
    }
  }

  /// The path as text, or nil where its bytes are not valid UTF-8.
  package var text: String? {
    String(validating: bytes, as: UTF8.self)
  }

  /// The path for people, with U+FFFD for bytes that are not UTF-8.
  package var description: String { String(decoding: bytes, as: UTF8.self) }

  /// The components, from the root down.
  package var components: [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  }

  /// The last component.
  package var name: ArraySlice<UInt8> {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
  }

  /// The folder's bytes without a closing `/`; empty for a file at the root.
  package var folder: ArraySlice<UInt8> {
    bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[..<$0] } ?? []
  }

  /// Whether this path is `folder` or lies below it; an empty `folder` is the root.
  package func isInside(_ folder: [UInt8]) -> Bool {
    guard !folder.isEmpty else { return true }
    return bytes.starts(with: folder)
      && (bytes.count == folder.count || bytes[folder.count] == UInt8(ascii: "/"))
  }

  /// Whether a person who types `name` means this path: it or a folder above it, which may have its
  /// closing `/`.
  package func isNamed(by name: String) -> Bool {
    let bytes = Array(name.utf8)
    let slashes = bytes.reversed().prefix { $0 == UInt8(ascii: "/") }.count
    return LibraryPath(diskBytes: bytes.dropLast(slashes)).map { isInside($0.bytes) } ?? false
  }

  /// Byte order.
  package static func < (left: LibraryPath, right: LibraryPath) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  private static func isASCII(_ bytes: [UInt8]) -> Bool {
    bytes.allSatisfy { $0 < 0x80 }
  }

  private static func isPlain(_ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty, !bytes.contains(0) else { return false }
    return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy { !isForbidden($0) }
  }

  private static func isForbidden(_ component: ArraySlice<UInt8>) -> Bool {
    if component.isEmpty || component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8)
    {
      return true
    }
    guard component.first == UInt8(ascii: "."), component.count == 4 || component.count == 7 else {
      return false
    }
    let lower = component.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
    return lower.elementsEqual(".git".utf8) || lower.elementsEqual(".ledger".utf8)
  }
}
