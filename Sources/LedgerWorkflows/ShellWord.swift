/// A name as a person can paste it into a shell.
package enum ShellWord {
  /// Quotes what a shell would take apart: most names stay as they are.
  ///
  /// A name that begins with `-` gets `./` before it, so that no command takes it for an option.
  /// Control characters, and bytes that are not UTF-8, are spelled out, as `$'a\x0ab'`.
  package static func quote(_ bytes: [UInt8]) -> String {
    let bytes = bytes.first == UInt8(ascii: "-") ? Array("./".utf8) + bytes : bytes
    guard let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(where: isUnprintable)
    else { return spelledOut(bytes) }
    if !text.isEmpty, text.unicodeScalars.allSatisfy(isPlain) { return text }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: #"'\''"#) + "'"
  }

  /// Quotes a text.
  package static func quote(_ text: String) -> String { quote(Array(text.utf8)) }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:+@%="
        .unicodeScalars.contains(scalar)
    }
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  private static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func spelledOut(_ bytes: [UInt8]) -> String {
    var text = "$'"
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\\"):
        text += "\\" + String(UnicodeScalar(byte))
      case 0x20..<0x7f: text += String(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16)
        text += "\\x" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return text + "'"
  }
}
