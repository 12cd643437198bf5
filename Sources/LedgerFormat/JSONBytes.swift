import LedgerCore

// What every line is made of: appended to one text, with nothing made in between.
extension [UInt8] {
  /// Appends text that is spelled in the program.
  mutating func append(_ text: StaticString) {
    append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends text as it is.
  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(contentsOf: $0) }
  }

  /// Appends the digits of a number.
  mutating func append(number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var (rest, start) = (number.magnitude, 20)
      repeat {
        start -= 1
        digits[start] = UInt8(truncatingIfNeeded: rest % 10) + 48
        rest /= 10
      } while rest > 0
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }

  /// Appends a number with zeros before it, so that it has at least so many digits.
  mutating func append(number: Int64, width: Int) {
    var bound: Int64 = 1
    for _ in 0..<width { bound *= 10 }
    guard number >= 0, number < bound else {
      let digits = String(number)
      return append(String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits)
    }
    var rest = number
    for _ in 0..<width {
      bound /= 10
      append(UInt8(truncatingIfNeeded: rest / bound) + 48)
      rest %= bound
    }
  }

  /// Appends `"desk:42"`.
  mutating func append(_ event: EventID) {
    append("\"" as StaticString)
    append(event.location.name)
    append(":" as StaticString)
    append(number: event.number)
    append("\"" as StaticString)
  }

  /// Appends `"sha256:<hex>"`.
  mutating func append(_ digest: Digest) {
    append("\"" as StaticString)
    digest.append(to: &self)
    append("\"" as StaticString)
  }

  /// Appends a JSON string, with as few escapes as JSON allows.
  mutating func append(quoted text: String) {
    var text = text
    text.withUTF8 { append(quoted: $0) }
  }

  /// Appends a JSON string of these bytes, which must be UTF-8.
  mutating func append(quoted bytes: UnsafeBufferPointer<UInt8>) {
    append(UInt8(ascii: "\""))
    if bytes.allSatisfy({ Self.isPlain($0) }) {
      append(contentsOf: bytes)
    } else {
      for byte in bytes {
        if Self.isPlain(byte) { append(byte) } else { append(escaped: byte) }
      }
    }
    append(UInt8(ascii: "\""))
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 32 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func append(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"" as StaticString)
    case UInt8(ascii: "\\"): append("\\\\" as StaticString)
    case 8: append("\\b" as StaticString)
    case 12: append("\\f" as StaticString)
    case 10: append("\\n" as StaticString)
    case 13: append("\\r" as StaticString)
    case 9: append("\\t" as StaticString)
    default:
      append("\\u00" as StaticString)
      for digit in [byte >> 4, byte & 15] { append(digit < 10 ? digit + 48 : digit + 87) }
    }
  }
}
