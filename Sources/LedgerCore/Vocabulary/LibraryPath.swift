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
    guard bytes.withUnsafeBufferPointer({ Self.isKey($0) }) else { return nil }
    self.bytes = bytes
  }

  /// Accepts bytes that are already a key: in NFC if they are UTF-8, else nil.
  package init?(key bytes: UnsafeBufferPointer<UInt8>) {
    guard Self.isKey(bytes) else { return nil }
    self.bytes = Array(bytes)
  }

  /// Makes the key of a name as a disk spells it: composes UTF-8 to NFC, keeps other bytes.
  ///
  /// Nil when the path breaks a rule above, so that it can't be a file of the library.
  package init?(diskBytes: [UInt8]) {
    let shape = diskBytes.withUnsafeBufferPointer { Self.shape($0) }
    guard shape != .forbidden else { return nil }
    if shape == .other, let text = String(validating: diskBytes, as: UTF8.self) {
      var composed = String.UnicodeScalarView()
      composed.append(contentsOf: text._nfc)
      bytes = Array(String(composed).utf8)
    } else {
      bytes = diskBytes
    }
  }

  /// The path as text, or nil where its bytes are not valid UTF-8.
  package var text: String? {
    String(validating: bytes, as: UTF8.self)
  }

  /// Whether the bytes are valid UTF-8, so that there is a `text`.
  package var isText: Bool {
    bytes.withUnsafeBufferPointer { bytes in
      bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
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
    left.bytes.withUnsafeBytes { left in
      right.bytes.withUnsafeBytes { right in
        let same = sameCount(left, right)
        guard same < min(left.count, right.count) else { return left.count < right.count }
        return left[same] < right[same]
      }
    }
  }

  /// Equal bytes.
  package static func == (left: LibraryPath, right: LibraryPath) -> Bool {
    left.bytes.count == right.bytes.count
      && left.bytes.withUnsafeBytes { left in
        right.bytes.withUnsafeBytes { sameCount(left, $0) == left.count }
      }
  }

  // With how many bytes both begin; eight at a time, as most paths begin alike.
  private static func sameCount(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
  ) -> Int {
    let shorter = min(left.count, right.count)
    var index = 0
    while index + 8 <= shorter {
      let one = left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let other = right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      guard one == other else {
        return index + (one.littleEndian ^ other.littleEndian).trailingZeroBitCount / 8
      }
      index += 8
    }
    while index < shorter, left[index] == right[index] { index += 1 }
    return index
  }

  /// Feeds the bytes at once, and not one by one as an array does.
  package func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  private static func isKey(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    switch shape(bytes) {
    case .forbidden: false
    case .ascii: true
    case .other:
      String(validating: bytes, as: UTF8.self)
        .map { $0._nfc.elementsEqual($0.unicodeScalars) } ?? true
    }
  }

  private enum Shape { case forbidden, ascii, other }

  private static func shape(_ bytes: UnsafeBufferPointer<UInt8>) -> Shape {
    var start = 0
    var union: UInt8 = 0
    for (index, byte) in bytes.enumerated() {
      union |= byte
      if byte == UInt8(ascii: "/") {
        if isForbidden(bytes[start..<index]) { return .forbidden }
        start = index + 1
      } else if byte == 0 {
        return .forbidden
      }
    }
    if isForbidden(bytes[start...]) { return .forbidden }
    return union < 0x80 ? .ascii : .other
  }

  private static func isForbidden(_ component: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard let first = component.first else { return true }
    guard first == UInt8(ascii: ".") else { return false }
    switch component.count {
    case 1: return true
    case 2: return component.last == UInt8(ascii: ".")
    case 4, 7:
      let lower = component.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
      return lower.elementsEqual(".git".utf8) || lower.elementsEqual(".ledger".utf8)
    default: return false
    }
  }
}
