internal import CLibgit2

/// The name of a commit: 20 bytes, 40 digits of lower-case hex. Ordered by its bytes.
package struct CommitID: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let high: UInt64
  private let middle: UInt64
  private let low: UInt32

  /// Accepts exactly 20 bytes, else nil.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 20 else { return nil }
    var words: (high: UInt64, middle: UInt64, low: UInt32) = (0, 0, 0)
    for (index, byte) in bytes.enumerated() {
      switch index {
      case 0..<8: words.high = words.high << 8 | UInt64(byte)
      case 8..<16: words.middle = words.middle << 8 | UInt64(byte)
      default: words.low = words.low << 8 | UInt32(byte)
      }
    }
    (high, middle, low) = words
  }

  /// Accepts exactly 40 lower-case hex digits, else nil.
  package init?(_ hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 40 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 40, by: 2) {
      guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    self.init(bytes: bytes)
  }

  init(_ oid: git_oid) {
    let bytes = withUnsafeBytes(of: oid.id) { Array($0) }
    guard let id = CommitID(bytes: bytes) else {
      preconditionFailure("a git_oid of libgit2 1.5 has 20 bytes")
    }
    self = id
  }

  /// The 20 bytes.
  package var bytes: [UInt8] {
    let first = [high, middle].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - $0 * 8)) }
    }
    return first + (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - $0 * 8)) }
  }

  /// The 40 digits.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The 40 digits.
  package var description: String { hex }

  var oid: git_oid {
    var oid = git_oid()
    withUnsafeMutableBytes(of: &oid) { $0.copyBytes(from: bytes) }
    return oid
  }

  /// Byte order.
  package static func < (left: CommitID, right: CommitID) -> Bool {
    (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 97...102: digit - 87
    default: nil
    }
  }
}
