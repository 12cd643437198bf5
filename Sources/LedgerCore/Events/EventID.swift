/// The identity of an event: its location and its number there.
package struct EventID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The location whose stream it is in.
  package let location: LocationID
  /// Counts from 1 without a gap in each stream.
  package let number: Int64

  /// The event `number` of `location`.
  package init(location: LocationID, number: Int64) {
    self.location = location
    self.number = number
  }

  /// Parses `desk:42`; nil for anything else, such as leading zeros or a sign.
  package init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), let location = LocationID(String(text[..<colon]))
    else { return nil }
    let digits = text[text.index(after: colon)...]
    guard let number = Int64(digits), number > 0, String(number) == digits else { return nil }
    self.init(location: location, number: number)
  }

  /// The spelling in events: `desk:42`.
  package var description: String { "\(location.name):\(number)" }

  /// By location, then by number: an order for lists, not replay order.
  package static func < (left: EventID, right: EventID) -> Bool {
    left.location == right.location
      ? left.number < right.number : left.location < right.location
  }
}
