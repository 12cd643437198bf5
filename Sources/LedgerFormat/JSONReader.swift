import LedgerCore

/// Reads one JSON text byte by byte, as strictly as `format.md` asks: no duplicated key, no fraction
/// or exponent, numbers of 64 bits, valid UTF-8, no nesting over 8.
struct JSONReader {
  /// A key with its value and the bytes that the value was read from.
  struct Field {
    let key: String
    let value: SettingValue
    let source: ArraySlice<UInt8>
  }

  static let deepestNesting = 8

  private let bytes: ArraySlice<UInt8>
  private var index: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  /// Reads an object and nothing after it.
  static func object(_ bytes: ArraySlice<UInt8>) throws(MalformedLine) -> [Field] {
    var reader = JSONReader(bytes)
    reader.skipSpace()
    guard reader.peek == UInt8(ascii: "{") else { throw MalformedLine("no JSON object") }
    let fields = try reader.fields(depth: 1)
    try reader.expectEnd()
    return fields
  }

  /// Reads any value and nothing after it.
  static func value(_ bytes: ArraySlice<UInt8>) throws(MalformedLine) -> SettingValue {
    var reader = JSONReader(bytes)
    reader.skipSpace()
    let value = try reader.value(depth: 0)
    try reader.expectEnd()
    return value
  }

  private var peek: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

  private mutating func expectEnd() throws(MalformedLine) {
    skipSpace()
    guard index == bytes.endIndex else { throw MalformedLine("text after the JSON value") }
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 32 || byte == 9 || byte == 10 || byte == 13 { index += 1 }
  }

  private mutating func fields(depth: Int) throws(MalformedLine) -> [Field] {
    guard depth <= Self.deepestNesting else { throw MalformedLine("nested too deep") }
    index += 1
    var fields: [Field] = []
    var keys: Set<[UInt8]> = []
    skipSpace()
    if peek == UInt8(ascii: "}") {
      index += 1
      return fields
    }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw MalformedLine("a key is no string") }
      let key = try string()
      // By bytes, as two spellings of an accent are two keys; a set, as a line may hold 100,000.
      guard keys.insert(Array(key.utf8)).inserted else {
        throw MalformedLine("the key \(key.debugDescription) twice")
      }
      skipSpace()
      guard peek == UInt8(ascii: ":") else { throw MalformedLine("no colon after a key") }
      index += 1
      skipSpace()
      let start = index
      let value = try value(depth: depth)
      fields.append(Field(key: key, value: value, source: bytes[start..<index]))
      skipSpace()
      switch peek {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "}"):
        index += 1
        return fields
      default: throw MalformedLine("an object that does not end")
      }
    }
  }

  private mutating func value(depth: Int) throws(MalformedLine) -> SettingValue {
    switch peek {
    case UInt8(ascii: "{"):
      let fields = try fields(depth: depth + 1)
      return .object(fields.map { SettingEntry(key: $0.key, value: $0.value) })
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .integer(try number())
    }
  }

  private mutating func array(depth: Int) throws(MalformedLine) -> [SettingValue] {
    guard depth <= Self.deepestNesting else { throw MalformedLine("nested too deep") }
    index += 1
    var values: [SettingValue] = []
    skipSpace()
    if peek == UInt8(ascii: "]") {
      index += 1
      return values
    }
    while true {
      skipSpace()
      values.append(try value(depth: depth))
      skipSpace()
      switch peek {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "]"):
        index += 1
        return values
      default: throw MalformedLine("an array that does not end")
      }
    }
  }

  private mutating func word(
    _ text: StaticString, _ value: SettingValue
  ) throws(MalformedLine) -> SettingValue {
    let length = text.utf8CodeUnitCount
    guard index + length <= bytes.endIndex,
      bytes[index..<(index + length)].elementsEqual("\(text)".utf8)
    else { throw MalformedLine("no JSON value") }
    index += length
    return value
  }

  private mutating func number() throws(MalformedLine) -> Int64 {
    let start = index
    if peek == UInt8(ascii: "-") { index += 1 }
    let digits = index
    while let byte = peek, byte >= 48, byte <= 57 { index += 1 }
    guard index > digits else { throw MalformedLine("no JSON value") }
    if let next = peek, next == UInt8(ascii: ".") || next == 69 || next == 101 {
      throw MalformedLine("a number with a fraction or an exponent")
    }
    if bytes[digits] == 48 && index > digits + 1 {
      throw MalformedLine("a number with a leading zero")
    }
    guard index - start <= 20,
      let number = Int64(String(decoding: bytes[start..<index], as: UTF8.self))
    else { throw MalformedLine("a number that does not fit 63 bits") }
    return number
  }

  private mutating func string() throws(MalformedLine) -> String {
    index += 1
    let start = index
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 32 {
      index += 1
    }
    if peek == UInt8(ascii: "\"") {
      let plain = bytes[start..<index]
      index += 1
      return try text(plain)
    }
    var unescaped = Array(bytes[start..<index])
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return try text(unescaped[...])
      case UInt8(ascii: "\\"):
        index += 1
        try escape(into: &unescaped)
      case 0..<32: throw MalformedLine("a control character in a string")
      default:
        unescaped.append(byte)
        index += 1
      }
    }
    throw MalformedLine("a string that does not end")
  }

  private func text(_ bytes: ArraySlice<UInt8>) throws(MalformedLine) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw MalformedLine("bytes that are not UTF-8")
    }
    return text
  }

  private mutating func escape(into text: inout [UInt8]) throws(MalformedLine) {
    guard let byte = peek else { throw MalformedLine("a string that does not end") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if code & 0xfc00 == 0xd800, peek == UInt8(ascii: "\\") {
        index += 1
        guard peek == UInt8(ascii: "u") else { throw MalformedLine("a lone surrogate") }
        index += 1
        let low = try hexadecimal()
        guard low & 0xfc00 == 0xdc00 else { throw MalformedLine("a lone surrogate") }
        code = 0x10000 + (code & 0x3ff) << 10 + (low & 0x3ff)
      }
      guard let scalar = Unicode.Scalar(code) else { throw MalformedLine("a lone surrogate") }
      text += Array(String(Character(scalar)).utf8)
    default: throw MalformedLine("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(MalformedLine) -> UInt32 {
    guard index + 4 <= bytes.endIndex,
      bytes[index..<(index + 4)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: bytes[index..<(index + 4)], as: UTF8.self), radix: 16)
    else { throw MalformedLine("a broken escape") }
    index += 4
    return code
  }
}
