package import LedgerCore

/// RFC 3339 in UTC, as events spell instants and modification times.
package enum InstantText {
  /// `2026-11-23T16:00:00.123Z`.
  package static func encode(_ instant: Instant) -> String {
    let seconds = floorDivide(instant.milliseconds, 1_000)
    let rest = instant.milliseconds - seconds * 1_000
    return wholeSeconds(seconds) + "." + padded(rest, 3) + "Z"
  }

  /// `2026-11-23T16:00:00.123456789Z`.
  package static func encode(_ time: FileTime) -> String {
    wholeSeconds(time.seconds) + "." + padded(Int64(time.nanoseconds), 9) + "Z"
  }

  /// The instant of a text with exactly three decimals; nil for anything else.
  package static func instant(_ text: String) -> Instant? {
    guard let (seconds, decimals) = parse(text), decimals.count == 3,
      let milliseconds = Int64(decimals)
    else { return nil }
    return Instant(milliseconds: seconds * 1_000 + milliseconds)
  }

  /// The time of a text with up to nine decimals; nil for anything else.
  package static func fileTime(_ text: String) -> FileTime? {
    guard let (seconds, decimals) = parse(text), decimals.count <= 9 else { return nil }
    let digits = decimals + String(repeating: "0", count: 9 - decimals.count)
    return Int32(digits).map { FileTime(seconds: seconds, nanoseconds: $0) }
  }

  /// The folder of a batch: `2026-11/23`.
  package static func dayFolder(of instant: Instant) -> String {
    let text = encode(instant)
    let start = text.startIndex
    let day = text.index(start, offsetBy: 8)
    return text[..<text.index(start, offsetBy: 7)] + "/" + text[day..<text.index(day, offsetBy: 2)]
  }

  private static func wholeSeconds(_ seconds: Int64) -> String {
    let days = floorDivide(seconds, 86_400)
    let rest = seconds - days * 86_400
    let (year, month, day) = civil(days)
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T"
      + padded(rest / 3_600, 2) + ":" + padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2)
  }

  private static func parse(_ text: String) -> (seconds: Int64, decimals: String)? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
    let shape = Array("0000-00-00T00:00:00".utf8)
    for (index, expected) in shape.enumerated() {
      let isDigit = bytes[index] >= 48 && bytes[index] <= 57
      guard expected == 48 ? isDigit : bytes[index] == expected else { return nil }
    }
    func number(_ range: Range<Int>) -> Int64 {
      bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
    }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    guard (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60 else {
      return nil
    }
    let days = daysFromCivil(year, month, day)
    guard civil(days) == (year, month, day) else { return nil }
    let rest = bytes[19..<(bytes.count - 1)]
    guard rest.isEmpty || (rest.first == UInt8(ascii: ".") && rest.count > 1),
      rest.dropFirst().allSatisfy({ $0 >= 48 && $0 <= 57 })
    else { return nil }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
    return (seconds, String(decoding: rest.dropFirst(), as: UTF8.self))
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
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
