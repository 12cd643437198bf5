package import LedgerCore

/// A file that a deletion moved to this location's trash.
package struct TrashEntry: Hashable, Sendable {
  /// The folder's name in the trash: 32 hexadecimal digits, at random.
  package let id: String
  /// Its old path.
  package let path: LibraryPath
  /// The name as the disk spelled it.
  package var diskBytes: [UInt8]
  /// Its bytes.
  package let content: Content
  /// The deletion that it was trashed for.
  package let deletion: EventID
  /// The number of this location's last event when it was trashed: an older copy there is this one,
  /// and a younger one is another.
  package let after: Int64
  /// When it was trashed, in seconds since 1970 by this machine's clock.
  package let trashedAt: Int64
  /// Where it was moved to make room, and for no deletion: how many other copies were wanted then.
  /// `deletion` is the `pruned` event that was to tell of it.
  package var minCopies: Int?

  /// Whether another entry is of the same bytes at the same path.
  func isOfSameFile(as other: TrashEntry) -> Bool {
    diskBytes == other.diskBytes && content == other.content
  }

  /// The text of `entry`, which stands beside the file: a line a field, the path last.
  var encoded: [UInt8] {
    var text = "deletion \(deletion)\ncontent \(content.digest)\nsize \(content.byteCount)\n"
    text += "after \(after)\ntrashed \(trashedAt)\n"
    for digest in content.also { text += "also \(digest)\n" }
    if let minCopies { text += "pruned \(minCopies)\n" }
    var bytes = Array(text.utf8)
    // The place's map, which may be another one by the time it is read.
    if LibraryPath(diskBytes: diskBytes) != path {
      bytes += Array("key ".utf8) + Self.escape(path.bytes) + [UInt8(ascii: "\n")]
    }
    return bytes + Array("path ".utf8) + Self.escape(diskBytes) + [UInt8(ascii: "\n")]
  }

  // No file, event or clock gets as far; beyond, sums and products with them would overflow.
  private static let counts: ClosedRange<Int64> = 0...(1 << 53)
  private static let seconds: ClosedRange<Int64> = 0...(1 << 40)

  /// Reads an entry's text; nil where something needed is missing, told twice or out of all bounds.
  init?(id: String, text: [UInt8]) {
    var fields: [String: ArraySlice<UInt8>] = [:]
    var also: [Digest] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { return nil }
      let key = String(decoding: line[..<space], as: UTF8.self)
      let value = line[(space + 1)...]
      if key == "also" {
        if let digest = Digest(utf8: value) { also.append(digest) }
      } else if fields.updateValue(value, forKey: key) != nil {
        return nil
      }
    }
    func field(_ key: String) -> String? { fields[key].map { String(decoding: $0, as: UTF8.self) } }
    guard let deletion = field("deletion").flatMap({ EventID($0) }),
      let digest = field("content").flatMap({ Digest($0) }),
      let size = field("size").flatMap({ Int64($0) }), Self.counts.contains(size),
      let after = field("after").flatMap({ Int64($0) }), Self.counts.contains(after),
      let trashedAt = field("trashed").flatMap({ Int64($0) }), Self.seconds.contains(trashedAt),
      let diskBytes = fields["path"].flatMap({ Self.unescape(Array($0)) }),
      // A path of the place, also where a map gave it another key.
      let place = LibraryPath(diskBytes: diskBytes),
      let path = fields["key"].map({ Self.unescape(Array($0)).flatMap { LibraryPath(key: $0) } })
        ?? place
    else { return nil }
    self.init(
      id: id, path: path, diskBytes: diskBytes,
      content: Content(digest: digest, also: also, byteCount: size), deletion: deletion,
      after: after, trashedAt: trashedAt)
    // A number that can't be read still says that no deletion took the file.
    minCopies = field("pruned").map { Int($0).flatMap { $0 < 0 ? nil : $0 } ?? .max }
  }

  init(
    id: String, path: LibraryPath, diskBytes: [UInt8], content: Content, deletion: EventID,
    after: Int64, trashedAt: Int64
  ) {
    self.id = id
    self.path = path
    self.diskBytes = diskBytes
    self.content = content
    self.deletion = deletion
    self.after = after
    self.trashedAt = trashedAt
  }

  // `%` and control characters as `%0a`, all else as it is.
  private static func escape(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in
      guard byte < 32 || byte == UInt8(ascii: "%") || byte == 127 else { return [byte] }
      let digits = String(byte, radix: 16)
      return Array(("%" + (digits.count < 2 ? "0" : "") + digits).utf8)
    }
  }

  private static func unescape(_ bytes: [UInt8]) -> [UInt8]? {
    var plain: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        guard index + 2 < bytes.count,
          let byte = UInt8(
            String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
        else { return nil }
        plain.append(byte)
        index += 3
      } else {
        plain.append(bytes[index])
        index += 1
      }
    }
    return plain
  }
}

extension Sequence<TrashEntry> {
  /// The bytes of all of them; of more than any disk has, 2^62.
  package var byteCount: Int64 { reduce(0) { Swift.min($0 + $1.content.byteCount, 1 << 62) } }
}

/// What became of one step that touches a file.
package enum Outcome: Hashable, Sendable {
  /// Done; the file as it stands now.
  case done(FileStamp)
  /// Other bytes are there than expected, or another file: nothing was done.
  case changed
  /// Nothing is there.
  case gone
  /// A file has the name already: nothing was done.
  case occupied
  /// The system did not allow it: nothing was done.
  case blocked(String)
  /// The bytes changed while they were moved; they are in the trash entry of this name.
  case keptInTrash(String)
}
