package import LedgerCore

/// A batch file as the repository has it; its bytes are not looked at here.
package struct BatchBlob: Hashable, Sendable {
  /// The path in the tree: `events/desk/2026-11/23/000000000042.jsonl`.
  package let name: String
  /// The file's bytes.
  package let bytes: [UInt8]

  /// A batch file from its parts.
  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// What a read of a stream's tree found.
package struct BatchFiles: Hashable, Sendable {
  /// The batch files, by location and then by the sequence number in their names.
  package let blobs: [BatchBlob]
  /// What does not belong there, or was changed or removed, each a sentence with its path;
  /// sorted. A batch is immutable: any of these is tampering or damage.
  package let oddities: [String]
}

/// Where a batch file of format 1 stands: `events/<location>/<yyyy-mm>/<dd>/<seq>.jsonl`.
package struct BatchName: Hashable, Sendable, Comparable {
  /// Whose stream.
  package let location: LocationID
  /// The number of the batch's first event.
  package let sequence: Int64
  /// The whole path.
  package let path: String

  /// Accepts exactly that form, else nil. The date is looked at for its form alone.
  package init?(_ path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "events", let location = LocationID(String(parts[1])),
      Self.isMonth(parts[2]), Self.isDigits(parts[3], 2), parts[4].hasSuffix(".jsonl"),
      Self.isDigits(parts[4].dropLast(6), 12), let sequence = Int64(parts[4].dropLast(6))
    else { return nil }
    self.location = location
    self.sequence = sequence
    self.path = path
  }

  /// By location, sequence number, then path.
  package static func < (left: BatchName, right: BatchName) -> Bool {
    if left.location != right.location { return left.location < right.location }
    if left.sequence != right.sequence { return left.sequence < right.sequence }
    return left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
  }

  static func isMonth(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 7 && bytes[4] == UInt8(ascii: "-") && isDigits(text.prefix(4), 4)
      && isDigits(text.suffix(2), 2)
  }

  static func isDigits(_ text: some StringProtocol, _ count: Int) -> Bool {
    text.utf8.count == count && text.utf8.allSatisfy { (48...57).contains($0) }
  }
}
