package import LedgerCore

/// RFC 3339 in UTC, as events spell instants and modification times.
package enum InstantText {
  /// `2026-11-23T16:00:00.123Z`.
  package static func encode(_ instant: Instant) -> String {
    var text: [UInt8] = []
    append(instant, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// `2026-11-23T16:00:00.123456789Z`.
  package static func encode(_ time: FileTime) -> String {
    var text: [UInt8] = []
    append(time, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends what `encode` gives to a text.
  static func append(_ instant: Instant, to text: inout [UInt8]) {
    let seconds = floorDivide(instant.milliseconds, 1_000)
    append(seconds: seconds, instant.milliseconds - seconds * 1_000, width: 3, to: &text)
  }

  /// Appends what `encode` gives to a text.
  static func append(_ time: FileTime, to text: inout [UInt8]) {
    append(seconds: time.seconds, Int64(time.nanoseconds), width: 9, to: &text)
  }

  /// The instant of a text with exactly three decimals; nil for anything else.
  package static func instant(_ text: String) -> Instant? {
    var text = text
    return text.withUTF8 { instant($0) }
  }

  /// The instant of a text with exactly three decimals; nil for anything else.
  static func instant(_ text: UnsafeBufferPointer<UInt8>) -> Instant? {
    guard let time = parse(text), time.width == 3 else { return nil }
    return Instant(milliseconds: time.seconds * 1_000 + time.decimals)
  }

  /// The time of a text with up to nine decimals; nil for anything else.
  package static func fileTime(_ text: String) -> FileTime? {
    var text = text
    return text.withUTF8 { fileTime($0) }
  }

  /// The time of a text with up to nine decimals; nil for anything else.
  static func fileTime(_ text: UnsafeBufferPointer<UInt8>) -> FileTime? {
    guard let time = parse(text) else { return nil }
    var nanoseconds = time.decimals
    for _ in time.width..<9 { nanoseconds *= 10 }
    return FileTime(seconds: time.seconds, nanoseconds: Int32(nanoseconds))
  }

  /// The folder of a batch: `2026-11/23`.
  package static func dayFolder(of instant: Instant) -> String {
    let text = encode(instant)
    let start = text.startIndex
    let day = text.index(start, offsetBy: 8)
    return text[..<text.index(start, offsetBy: 7)] + "/" + text[day..<text.index(day, offsetBy: 2)]
  }

  private static func append(
    seconds: Int64, _ decimals: Int64, width: Int, to text: inout [UInt8]
  ) {
    let days = floorDivide(seconds, 86_400)
    let rest = seconds - days * 86_400
    let (year, month, day) = civil(days)
    text.append(number: year, width: 4)
    text.append("-" as StaticString)
    text.append(number: month, width: 2)
    text.append("-" as StaticString)
    text.append(number: day, width: 2)
    text.append("T" as StaticString)
    text.append(number: rest / 3_600, width: 2)
    text.append(":" as StaticString)
    text.append(number: rest / 60 % 60, width: 2)
    text.append(":" as StaticString)
    text.append(number: rest % 60, width: 2)
    text.append("." as StaticString)
    text.append(number: decimals, width: width)
    text.append("Z" as StaticString)
  }

  // Seconds since 1970, and up to nine decimals as a number with how many they are.
  private static func parse(
    _ text: UnsafeBufferPointer<UInt8>
  ) -> (seconds: Int64, decimals: Int64, width: Int)? {
    guard text.count >= 20, text.count <= 30, text[text.count - 1] == UInt8(ascii: "Z") else {
      return nil
    }
    // Nil where a digit is none.
    func number(_ range: Range<Int>) -> Int64? {
      var number: Int64 = 0
      for index in range {
        guard text[index] >= 48, text[index] <= 57 else { return nil }
        number = number * 10 + Int64(text[index] - 48)
      }
      return number
    }
    guard text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      month >= 1, month <= 12, day >= 1, hour < 24, minute < 60, second < 60
    else { return nil }
    let days = daysFromCivil(year, month, day)
    guard civil(days) == (year, month, day) else { return nil }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
    guard text.count > 20 else { return (seconds, 0, 0) }
    guard text[19] == UInt8(ascii: "."), text.count > 21,
      let decimals = number(20..<(text.count - 1))
    else { return nil }
    return (seconds, decimals, text.count - 21)
  }

  private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
    number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
  }

  // Days since 1970 to and from the proleptic Gregorian calendar, with years that begin in March
  // (H. Hinnant, "chrono-compatible low-level date algorithms").
  private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func daysFromCivil(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}
