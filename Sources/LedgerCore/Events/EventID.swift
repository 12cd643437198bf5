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
    var text = text
    guard let id = text.withUTF8({ EventID(utf8: $0) }) else { return nil }
    self = id
  }

  /// Parses the bytes of `desk:42`; nil for anything else, such as leading zeros or a sign.
  package init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon + 1 < bytes.count,
      bytes[colon + 1] != UInt8(ascii: "0"),
      let location = LocationID(utf8: UnsafeBufferPointer(rebasing: bytes[..<colon]))
    else { return nil }
    var number: Int64 = 0
    for byte in bytes[(colon + 1)...] {
      guard byte >= 48, byte <= 57 else { return nil }
      let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, isTooLargeNow) = product.addingReportingOverflow(Int64(byte - 48))
      guard !isTooLarge, !isTooLargeNow else { return nil }
      number = sum
    }
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
