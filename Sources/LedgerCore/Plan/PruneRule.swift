/// Which files a location may make room of, and on which conditions.
package struct PruneRule: Hashable, Sendable {
  /// The types that may go. A companion goes with its photo or video, whatever its own type is.
  package var media = Set(MediaType.allCases)
  /// A file must have stood here, as it is, for so many seconds.
  package var olderThanSeconds: Int64 = 0
  /// So many other locations must hold the same bytes; at least 1.
  package var minCopies = 2
  /// Each of them must have been seen to hold them within so many seconds.
  package var seenWithinSeconds: Int64 = 30 * 86_400
  /// Only until so many bytes are free, the files that came first going first; nil: all.
  package var freeBytes: Int64?

  /// All types, without an age, with two other copies.
  package init() {}

  /// Parses `video,older-than=30d,min-copies=2,seen-within=30d,free=50G`: types and conditions in any
  /// order, each once; nil where it makes no sense.
  package init?(_ text: String) {
    var types: Set<MediaType> = []
    var keys: Set<Substring> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard words.count == 2 else {
        guard let type = MediaType(rawValue: String(part)), types.insert(type).inserted else {
          return nil
        }
        continue
      }
      guard keys.insert(words[0]).inserted, set(words[0], String(words[1])) else { return nil }
    }
    if !types.isEmpty { media = types }
  }

  private mutating func set(_ key: Substring, _ value: String) -> Bool {
    switch key {
    case "older-than":
      guard let seconds = Self.seconds(value) else { return false }
      olderThanSeconds = seconds
    case "seen-within":
      guard let seconds = Self.seconds(value), seconds > 0 else { return false }
      seenWithinSeconds = seconds
    case "min-copies":
      guard let count = Int(value), (1...1_000).contains(count) else { return false }
      minCopies = count
    case "free":
      guard let bytes = Self.bytes(value) else { return false }
      freeBytes = bytes
    default: return false
    }
    return true
  }

  /// The seconds of `30d`, `12h`, `5m` or `30s`, or nil.
  package static func seconds(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]
    guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
      (0...1_000_000).contains(number)
    else { return nil }
    return number * unit
  }

  /// The bytes of `50G`, `500M` or a number, by thousands, or nil.
  package static func bytes(_ text: String) -> Int64? {
    let units: [Character: Int64] = [
      "K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000,
    ]
    let upper = text.uppercased()
    let unit = upper.last.flatMap { units[$0] }
    guard let number = Int64(unit == nil ? upper[...] : upper.dropLast()),
      (0...1_000_000_000_000).contains(number)
    else { return nil }
    let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: unit ?? 1)
    return isTooLarge ? nil : bytes
  }
}
