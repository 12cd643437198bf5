/// A way to compute digests; ordered by how much may be believed on it alone.
package enum DigestAlgorithm: String, Sendable, CaseIterable, Comparable {
  case sha256, sha1, md5

  /// How many bytes a digest has.
  package var byteCount: Int {
    switch self {
    case .sha256: 32
    case .sha1: 20
    case .md5: 16
    }
  }

  /// What stands before the digits of a text.
  fileprivate var prefix: StaticString {
    switch self {
    case .sha256: "sha256:"
    case .sha1: "sha1:"
    case .md5: "md5:"
    }
  }

  // No two algorithms have texts of one length.
  fileprivate init?(textCount: Int) {
    switch textCount {
    case 7 + 64: self = .sha256
    case 5 + 40: self = .sha1
    case 4 + 32: self = .md5
    default: return nil
    }
  }

  /// The strongest first.
  package static func < (left: DigestAlgorithm, right: DigestAlgorithm) -> Bool {
    left.byteCount > right.byteCount
  }
}

/// A digest of a content: `sha256:<hex>`, `sha1:<hex>` or `md5:<hex>`, in lower case.
///
/// Ordered by algorithm, the strongest first, then by its bytes.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// How it was computed.
  package let algorithm: DigestAlgorithm
  // Big-endian words rather than an array: a ledger holds a digest per event.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Accepts exactly as many bytes as the algorithm has, else nil.
  package init?(_ algorithm: DigestAlgorithm, bytes: [UInt8]) {
    guard let digest = bytes.withUnsafeBytes({ Digest(algorithm, bytes: $0) }) else { return nil }
    self = digest
  }

  /// Accepts exactly as many bytes as the algorithm has, else nil.
  package init?(_ algorithm: DigestAlgorithm, bytes: UnsafeRawBufferPointer) {
    guard bytes.count == algorithm.byteCount else { return nil }
    var units = Units()
    for index in 0..<(algorithm.byteCount / 4) {
      let unit = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
      units[index] = UInt32(bigEndian: unit)
    }
    self.init(algorithm, units)
  }

  /// Parses `sha256:<hex>`; nil for anything else, upper case included.
  package init?(_ text: String) {
    var text = text
    guard let digest = text.withUTF8({ Digest(utf8: $0) }) else { return nil }
    self = digest
  }

  /// Parses the bytes of `sha256:<hex>`; nil for anything else, upper case included.
  package init?(utf8 text: ArraySlice<UInt8>) {
    guard let digest = text.withUnsafeBufferPointer({ Digest(utf8: $0) }) else { return nil }
    self = digest
  }

  /// Parses the bytes of `sha256:<hex>`; nil for anything else, upper case included.
  package init?(utf8 text: UnsafeBufferPointer<UInt8>) {
    guard let algorithm = DigestAlgorithm(textCount: text.count) else { return nil }
    let bytes = UnsafeRawBufferPointer(text)
    let prefix = algorithm.prefix
    for index in 0..<prefix.utf8CodeUnitCount where bytes[index] != prefix.utf8Start[index] {
      return nil
    }
    var units = Units()
    for index in 0..<(algorithm.byteCount / 4) {
      let offset = prefix.utf8CodeUnitCount + index * 8
      let digits = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      guard let unit = Hexadecimal.parse(digits) else { return nil }
      units[index] = unit
    }
    self.init(algorithm, units)
  }

  // Four bytes of a digest each, in their order: eight digits of its text.
  private typealias Units = SIMD8<UInt32>

  private init(_ algorithm: DigestAlgorithm, _ units: Units) {
    self.algorithm = algorithm
    words = (
      UInt64(units[0]) << 32 | UInt64(units[1]), UInt64(units[2]) << 32 | UInt64(units[3]),
      UInt64(units[4]) << 32 | UInt64(units[5]), UInt64(units[6]) << 32 | UInt64(units[7])
    )
  }

  /// The digest's bytes.
  package var bytes: [UInt8] {
    withUnsafeBytes(of: bigEndianWords) { Array($0.prefix(algorithm.byteCount)) }
  }

  private var bigEndianWords: (UInt64, UInt64, UInt64, UInt64) {
    (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
  }

  /// The spelling in events: `sha256:<hex>`.
  package var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(72)
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the spelling in events to a text.
  package func append(to text: inout [UInt8]) {
    let prefix = algorithm.prefix
    text.append(
      contentsOf: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    let digits = (
      Hexadecimal.digits(words.0 >> 32), Hexadecimal.digits(words.0),
      Hexadecimal.digits(words.1 >> 32), Hexadecimal.digits(words.1),
      Hexadecimal.digits(words.2 >> 32), Hexadecimal.digits(words.2),
      Hexadecimal.digits(words.3 >> 32), Hexadecimal.digits(words.3)
    )
    withUnsafeBytes(of: digits) {
      text.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<(algorithm.byteCount * 2)]))
    }
  }

  /// Equal algorithm and bytes.
  package static func == (left: Digest, right: Digest) -> Bool {
    left.algorithm == right.algorithm && left.words == right.words
  }

  /// Feeds the words, which are as good as random already.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }

  /// The strongest algorithm first, then byte order.
  package static func < (left: Digest, right: Digest) -> Bool {
    left.algorithm == right.algorithm ? left.words < right.words : left.algorithm < right.algorithm
  }
}

/// Eight hexadecimal digits in lower case at once: one in each byte of a word, the first on top.
private enum Hexadecimal {
  private static let ones: UInt64 = 0x0101_0101_0101_0101

  /// The digits of the lower half of a word, as they lie in memory.
  static func digits(_ word: UInt64) -> UInt64 {
    var spread = word & 0xffff_ffff
    spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff
    spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff
    spread = (spread | spread << 4) & 0x0f0f_0f0f_0f0f_0f0f
    return text(spread).bigEndian
  }

  /// The number that eight digits spell; nil where one of them is none.
  static func parse(_ digits: UInt64) -> UInt32? {
    // Of a letter, the lower half tells how far it is from the one before `a`.
    var values = (digits & (ones * 15)) &+ (digits >> 6 & ones) &* 9
    guard values & (ones * 0xf0) == 0, text(values) == digits else { return nil }
    values = (values | values >> 4) & 0x00ff_00ff_00ff_00ff
    values = (values | values >> 8) & 0x0000_ffff_0000_ffff
    return UInt32(truncatingIfNeeded: values | values >> 16)
  }

  // From values of 0 to 15 in each byte: `a` is 39 after what would follow `9`.
  private static func text(_ values: UInt64) -> UInt64 {
    let letters = (values &+ ones &* 6) >> 4 & ones
    return values &+ ones &* 48 &+ letters &* 39
  }
}
