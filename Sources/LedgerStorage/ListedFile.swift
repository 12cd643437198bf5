package import LedgerCore

/// A file or folder as a program listed it, in rclone's `lsjson` shape.
package struct ListedFile: Hashable, Sendable {
  /// The path as it was spelled.
  package let path: [UInt8]
  /// Size in bytes; nil where the place does not know, as of a Google document.
  package let byteCount: Int64?
  /// When it was last modified, where that was told and can be read.
  package let modified: FileTime?
  /// The digests that were told, the strongest first; none of a kind that the ledger has no word for.
  package let digests: [Digest]
  /// Whether it is a folder.
  package let isFolder: Bool

  /// A file or folder that was listed.
  package init(
    path: [UInt8], byteCount: Int64?, modified: FileTime?, digests: [Digest], isFolder: Bool
  ) {
    self.path = path
    self.byteCount = byteCount
    self.modified = modified
    self.digests = digests
    self.isFolder = isFolder
  }

  /// Its bytes, where a digest and the size are known.
  package var content: Content? {
    guard let byteCount, let first = digests.first else { return nil }
    return Content(digest: first, also: Array(digests.dropFirst()), byteCount: byteCount)
  }

  /// What stands for it in the quick check.
  ///
  /// A place without inodes; where it tells digests, the first bytes of one stand in the device's field,
  /// so that a file with other bytes of the same size and time is another one.
  package var stamp: FileStamp {
    let time = modified ?? FileTime(seconds: 0, nanoseconds: 0)
    let device = digests.first?.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } ?? 0
    return FileStamp(
      byteCount: byteCount ?? -1, modified: time, changed: time, inode: 0, device: device)
  }
}

extension FileTime {
  /// Reads RFC 3339 as rclone writes it: `2026-11-29T10:25:51.182495423Z`, or with `+02:00`; nil for
  /// anything else.
  package init?(listed text: [UInt8]) {
    var rest = text[...]
    func number(_ count: Int) -> Int64? {
      guard rest.count >= count else { return nil }
      var value: Int64 = 0
      for byte in rest.prefix(count) {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      rest = rest.dropFirst(count)
      return value
    }
    func skip(_ characters: String) -> Bool {
      guard let first = rest.first, characters.utf8.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      skip("Tt "), let hour = number(2), skip(":"), let minute = number(2), skip(":"),
      let second = number(2), (1...12).contains(month), (1...31).contains(day), hour < 24,
      minute < 60, second <= 60
    else { return nil }
    var nanoseconds: Int64 = 0
    if skip(".") {
      var scale: Int64 = 100_000_000
      let start = rest.count
      while let digit = number(1) {
        nanoseconds += digit * scale
        scale /= 10
      }
      guard rest.count < start else { return nil }
    }
    var offset: Int64 = 0
    if !skip("Zz") {
      let isNegative = rest.first == UInt8(ascii: "-")
      guard skip("+-"), let hours = number(2), skip(":"), let minutes = number(2), minutes < 60
      else { return nil }
      offset = (hours * 3_600 + minutes * 60) * (isNegative ? -1 : 1)
    }
    guard rest.isEmpty else { return nil }
    self.init(
      seconds: Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset,
      nanoseconds: Int32(nanoseconds))
  }

  // Days since 1970 of a day of the Gregorian calendar; a year begins in March here, so that the odd
  // day comes last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let monthOfYear = (month + 9) % 12
    let dayOfYear = (153 * monthOfYear + 2) / 5 + day - 1
    let leapDays = shifted / 4 - shifted / 100 + shifted / 400
    return shifted * 365 + leapDays + dayOfYear - 719_468
  }
}
