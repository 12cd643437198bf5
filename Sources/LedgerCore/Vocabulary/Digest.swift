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
  package init?(_ algorithm: DigestAlgorithm, bytes: some Collection<UInt8>) {
    guard bytes.count == algorithm.byteCount else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() {
      words[index / 8] |= UInt64(byte) << UInt64(56 - index % 8 * 8)
    }
    self.algorithm = algorithm
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// Parses `sha256:<hex>`; nil for anything else, upper case included.
  package init?(_ text: String) {
    self.init(utf8: Array(text.utf8)[...])
  }

  /// Parses the bytes of `sha256:<hex>`; nil for anything else, upper case included.
  package init?(utf8 text: ArraySlice<UInt8>) {
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")),
      let algorithm = DigestAlgorithm.allCases.first(where: {
        text[..<colon].elementsEqual($0.rawValue.utf8)
      }), text.count - (colon - text.startIndex) - 1 == algorithm.byteCount * 2
    else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var index = colon + 1
    while index < text.endIndex {
      guard let high = Self.hexValue(text[index]), let low = Self.hexValue(text[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
      index += 2
    }
    self.init(algorithm, bytes: bytes)
  }

  /// The digest's bytes.
  package var bytes: [UInt8] {
    let all = [words.0, words.1, words.2, words.3]
    return (0..<algorithm.byteCount).map {
      UInt8(truncatingIfNeeded: all[$0 / 8] >> UInt64(56 - $0 % 8 * 8))
    }
  }

  /// The spelling in events: `sha256:<hex>`.
  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    var text = Array(algorithm.rawValue.utf8)
    text.append(UInt8(ascii: ":"))
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
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

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 97...102: byte - 87
    default: nil
    }
  }
}
