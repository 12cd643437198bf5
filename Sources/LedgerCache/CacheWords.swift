import LedgerCore

// How values are spelled in columns: plain bytes and text, as they are read by the thousand.

extension Seen {
  /// `amazon=17,plex=9`, in the order of names.
  var columnText: String {
    sorted.map { "\($0.location.name)=\($0.number)" }.joined(separator: ",")
  }

  /// Reads `columnText`; nil for anything else.
  init?(columnText: String) {
    var numbers: [LocationID: Int64] = [:]
    for entry in columnText.split(separator: ",") {
      let parts = entry.split(separator: "=")
      guard parts.count == 2, let location = LocationID(String(parts[0])),
        let number = Int64(parts[1])
      else { return nil }
      numbers[location] = number
    }
    self.init(numbers)
  }
}

extension Content {
  /// The digests as events spell them, with spaces between: to parse that text is thirty times
  /// faster than to make a `Digest` of its bytes.
  var columnText: String {
    also.isEmpty
      ? digest.description : digests.map(\.description).joined(separator: " ")
  }

  /// Reads the bytes of `columnText`; nil for anything else.
  init?(columnText: [UInt8], byteCount: Int64) {
    var digests: [Digest] = []
    for word in columnText.split(separator: UInt8(ascii: " ")) {
      guard let digest = Digest(utf8: word) else { return nil }
      digests.append(digest)
    }
    guard let first = digests.first else { return nil }
    self.init(digest: first, also: Array(digests.dropFirst()), byteCount: byteCount)
  }
}

/// The streams by the numbers that stand for them in the tables.
struct StreamTable {
  private(set) var ids: [LocationID: Int64] = [:]
  private(set) var locations: [Int64: LocationID] = [:]

  mutating func add(_ location: LocationID, as id: Int64) {
    ids[location] = id
    locations[id] = location
  }

  /// The number that stands for an event; nil for a stream that isn't here.
  func row(_ id: EventID) -> Int64? {
    guard let stream = ids[id.location], id.number >> StateCache.numberBits == 0 else { return nil }
    return stream << StateCache.numberBits | id.number
  }

  /// The event that a number stands for.
  func event(_ row: Int64) throws -> EventID {
    guard let location = locations[row >> StateCache.numberBits] else {
      throw CacheUnusable("event \(row) is of no stream")
    }
    return EventID(location: location, number: row & (1 << StateCache.numberBits - 1))
  }
}
