package import LedgerCore

/// The lines of a batch's events, spelled once: for the batch's file, for its size and for the cache.
package struct BatchLines: Sendable {
  /// All lines, each with its newline.
  package private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// No line.
  package init() {}

  /// The lines of these events.
  package init(_ events: [Event]) {
    // What a line about a photo takes; others grow.
    bytes.reserveCapacity(events.count * 320)
    ends.reserveCapacity(events.count)
    for event in events { append(event) }
  }

  /// Appends the line of an event.
  package mutating func append(_ event: Event) {
    EventLine.append(event, to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    ends.append(bytes.count)
  }

  /// Takes the last line back; there must be one.
  package mutating func removeLast() {
    ends.removeLast()
    bytes.removeLast(bytes.count - (ends.last ?? 0))
  }

  /// Each line without its newline.
  package var lines: [ArraySlice<UInt8>] {
    var start = 0
    return ends.map { end in
      defer { start = end }
      return bytes[start..<(end - 1)]
    }
  }
}
