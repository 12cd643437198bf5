package import LedgerCore

/// `.ledger/<location>.json` at a home: tells whose disk this is, and how new.
package struct Marker: Sendable, Equatable {
  /// The ledger's id.
  package var ledger: String
  /// The location's name.
  package var location: LocationID
  /// The number of the last event of this location's last batch, written before its commit.
  package var last: Int64
  /// Where the state is, if not at the standard place.
  package var state: String?

  /// A marker.
  package init(ledger: String, location: LocationID, last: Int64, state: String?) {
    self.ledger = ledger
    self.location = location
    self.last = last
    self.state = state
  }

  /// Reads a parsed marker; nil where it is none.
  package init?(_ value: SettingValue) {
    guard case .object(let entries) = value else { return nil }
    let fields = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard let ledger = fields["ledger"]?.text, let name = fields["location"]?.text,
      let location = LocationID(name), case .integer(let last) = fields["last"]
    else { return nil }
    self.init(ledger: ledger, location: location, last: last, state: fields["state"]?.text)
  }

  /// The canonical text, with a closing newline.
  package var encoded: [UInt8] {
    var entries = [
      SettingEntry(key: "last", value: .integer(last)),
      SettingEntry(key: "ledger", value: .string(ledger)),
      SettingEntry(key: "location", value: .string(location.name)),
    ]
    if let state { entries.append(SettingEntry(key: "state", value: .string(state))) }
    return Array(SettingValue.object(entries).canonicalJSON.utf8) + [UInt8(ascii: "\n")]
  }
}
