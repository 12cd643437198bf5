package import LedgerCore

/// Writes one JSON object in the canonical spelling: no spaces, keys in the order in which they are
/// appended, strings with as few escapes as JSON allows.
package struct JSONObject: Sendable {
  private var text: [UInt8] = [UInt8(ascii: "{")]

  /// An empty object.
  package init() {}

  /// The object's bytes, without a newline.
  package var bytes: [UInt8] { text + [UInt8(ascii: "}")] }

  /// Appends a value as JSON text.
  package mutating func append(_ key: String, json: [UInt8]) {
    append(key)
    text += json
  }

  /// Appends a string.
  package mutating func append(_ key: String, _ value: String) {
    append(key)
    text.append(quoted: value)
  }

  /// Appends a number.
  package mutating func append(_ key: String, _ value: Int64) {
    append(key)
    text.append(number: value)
  }

  /// Appends true or false.
  package mutating func append(_ key: String, _ value: Bool) {
    append(key)
    text.append(value ? "true" : "false" as StaticString)
  }

  /// Appends a value of any shape.
  package mutating func append(_ key: String, _ value: SettingValue) {
    append(key)
    text.append(value.canonicalJSON)
  }

  /// Appends an array of values that are JSON text already.
  package mutating func append(_ key: String, array: [[UInt8]]) {
    append(key, json: JSONObject.array(array))
  }

  private mutating func append(_ key: String) {
    if text.count > 1 { text.append(UInt8(ascii: ",")) }
    text.append(quoted: key)
    text.append(UInt8(ascii: ":"))
  }

  /// Appends a path for people, and its bytes beside it where it is not UTF-8.
  package mutating func append(path: LibraryPath) {
    append("path", path.description)
    if path.text == nil { append("pathBytes", Base64.encode(path.bytes)) }
  }

  /// A JSON array of values that are JSON text already.
  package static func array(_ values: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: "[")] + values.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
  }

  /// A JSON string.
  package static func quoted(_ value: String) -> [UInt8] {
    var text: [UInt8] = []
    text.append(quoted: value)
    return text
  }
}

/// Parses small JSON files: markers and settings of a location.
package enum JSONText {
  /// The value that the whole text spells.
  ///
  /// - Throws: `MalformedLine` where it is no JSON as `format.md` allows it.
  package static func parse(_ bytes: [UInt8]) throws(MalformedLine) -> SettingValue {
    try JSONReader.value(bytes[...])
  }
}

/// Base64 with padding (RFC 4648, section 4), for names that are not UTF-8.
package enum Base64 {
  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text of some bytes.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for digit in 0..<4 {
        let value = Int(bits >> UInt32(18 - 6 * digit) & 63)
        text.append(digit <= group.count ? digits[value] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes of a text, or nil where it is not the one spelling of them.
  package static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8 where byte != UInt8(ascii: "=") {
      guard let value = digits.firstIndex(of: byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return encode(bytes) == text ? bytes : nil
  }
}
