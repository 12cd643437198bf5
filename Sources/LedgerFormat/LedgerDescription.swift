package import LedgerCore

/// `ledger.json`: what makes a git repository a ledger.
package struct LedgerDescription: Hashable, Sendable {
  /// The ledger's id, a UUID in lower case.
  package let id: String
  /// The ledger's name, for people.
  package let name: String
  /// When it was made.
  package let created: Instant

  /// Why a description can't be used.
  package enum Fault: Error, Hashable, Sendable {
    /// It is not a description of a ledger.
    case notALedger
    /// It is of a format that this version doesn't know.
    case newerFormat(Int64)
  }

  /// A description.
  package init(id: String, name: String, created: Instant) {
    self.id = id
    self.name = name
    self.created = created
  }

  /// The canonical text, with a closing newline.
  package var encoded: [UInt8] {
    var object = JSONObject()
    object.append("format", 1)
    object.append("id", id)
    object.append("name", name)
    object.append("created", InstantText.encode(created))
    return object.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads `ledger.json`.
  ///
  /// - Throws: a `Fault`.
  package init(_ bytes: [UInt8]) throws(Fault) {
    guard let value = try? JSONText.parse(bytes), case .object(let entries) = value else {
      throw Fault.notALedger
    }
    let fields = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard case .integer(let format) = fields["format"] else { throw Fault.notALedger }
    guard format == 1 else { throw Fault.newerFormat(format) }
    guard case .string(let id) = fields["id"], Self.isSafe(id),
      case .string(let name) = fields["name"],
      case .string(let text) = fields["created"], let created = InstantText.instant(text)
    else { throw Fault.notALedger }
    self.init(id: id, name: name, created: created)
  }

  // The id names folders on this machine.
  private static func isSafe(_ id: String) -> Bool {
    (8...64).contains(id.utf8.count)
      && id.utf8.allSatisfy {
        ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "-")
      }
  }
}

/// The blob of `refs/ledger/seen/<location>`: this location is alive, and what it has replayed.
package struct SeenRecord: Hashable, Sendable {
  /// When it was written.
  package let at: Instant
  /// When the location last scanned to the end.
  package let scanned: Instant?
  /// What it has replayed.
  package let seen: Seen

  /// A record.
  package init(at: Instant, scanned: Instant?, seen: Seen) {
    self.at = at
    self.scanned = scanned
    self.seen = seen
  }

  /// The canonical text, with a closing newline.
  package var encoded: [UInt8] {
    var object = JSONObject()
    object.append("at", InstantText.encode(at))
    object.append("scanned", scanned.map { .string(InstantText.encode($0)) } ?? .null)
    object.append("seen", SeenText.value(seen))
    return object.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads a record; nil where it is none.
  package init?(_ bytes: [UInt8]) {
    guard let value = try? JSONText.parse(bytes), case .object(let entries) = value else {
      return nil
    }
    let fields = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard case .string(let text) = fields["at"], let at = InstantText.instant(text),
      let seen = SeenText.seen(fields["seen"])
    else { return nil }
    var scanned: Instant?
    if case .string(let text) = fields["scanned"] { scanned = InstantText.instant(text) }
    self.init(at: at, scanned: scanned, seen: seen)
  }
}
