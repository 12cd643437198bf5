package import LedgerCore

/// A batch as a file of JSON lines: a header, then the events.
package enum BatchFile {
  /// The most events that a batch is written with.
  package static let eventLimit = 10_000
  /// The most bytes that a batch is written with.
  package static let writtenLimit = 8 << 20
  /// The most bytes that a batch is read with.
  package static let readLimit = 16 << 20
  /// The most bytes of a line.
  package static let lineLimit = 1 << 20

  /// `events/desk/2026-11/23/000000000042.jsonl`.
  package static func name(of header: BatchHeader) -> String {
    "events/\(header.location.name)/\(InstantText.dayFolder(of: header.at))/"
      + "\(String(repeating: "0", count: max(0, 12 - String(header.first).count)))\(header.first)"
      + ".jsonl"
  }

  /// The location and the first number that a file's name tells, or nil where it is no batch's.
  package static func parse(name: String) -> (location: LocationID, first: Int64)? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "events", let location = LocationID(String(parts[1])),
      isDigits(parts[2], [4, 2], "-"), isDigits(parts[3], [2], "-"),
      parts[4].hasSuffix(".jsonl"), parts[4].utf8.count == 18,
      let first = Int64(parts[4].dropLast(6)), first > 0, isDigits(parts[4].dropLast(6), [12], "-")
    else { return nil }
    return (location, first)
  }

  private static func isDigits(
    _ text: Substring, _ counts: [Int], _ separator: Character
  ) -> Bool {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    return parts.map(\.utf8.count) == counts
      && parts.allSatisfy { $0.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }
  }

  /// The canonical bytes of a batch.
  package static func encode(_ batch: Batch) -> [UInt8] {
    encode(batch.header, BatchLines(batch.events))
  }

  /// The canonical bytes of a batch whose events are spelled already.
  package static func encode(_ header: BatchHeader, _ lines: BatchLines) -> [UInt8] {
    var bytes: [UInt8] = []
    let header = encode(header)
    bytes.reserveCapacity(header.count + 1 + lines.bytes.count)
    bytes += header
    bytes.append(UInt8(ascii: "\n"))
    bytes += lines.bytes
    return bytes
  }

  private static func encode(_ header: BatchHeader) -> [UInt8] {
    var line = JSONObject()
    line.append("batch", "\(header.location.name):\(header.first)")
    line.append("count", Int64(header.count))
    line.append("at", InstantText.encode(header.at))
    line.append("seen", SeenText.value(header.seen))
    line.append("since", SeenText.value(header.since))
    line.append("host", header.host)
    line.append("version", header.version)
    for extra in header.extra { line.append(extra.key, json: Array(extra.json.utf8)) }
    return line.bytes
  }

  /// Reads a batch file; what can't be read is void, with the line and what is wrong.
  ///
  /// - Parameter span: the events that name a path of it are given, and only their lines looked at
  ///   closely: another than `all` is for a file that was found to be a batch before.
  /// - Returns: nil where `name` is no batch's, so that nothing is known of its numbers.
  package static func decode(
    _ bytes: [UInt8], name: String, about span: PathSpan = .all
  ) -> StoredBatch? {
    guard let (location, first) = parse(name: name) else { return nil }
    let newlines = Newlines.positions(in: bytes)
    let isClosed = bytes.last == UInt8(ascii: "\n") || bytes.isEmpty
    let lineCount = newlines.count + (isClosed ? 0 : 1)
    func void(_ line: Int, _ reason: String) -> StoredBatch {
      .void(
        VoidBatch(
          location: location, first: first, lineCount: lineCount, file: name, line: line,
          reason: reason))
    }
    guard bytes.count <= readLimit else { return void(0, "larger than 16 MiB") }
    guard let headerEnd = newlines.first ?? (isClosed ? nil : bytes.count) else {
      return void(0, "empty")
    }
    guard isClosed else { return void(lineCount, "the last line does not end") }
    let header: BatchHeader
    do {
      header = try self.header(bytes[..<headerEnd])
    } catch {
      return void(1, error.reason)
    }
    guard header.location == location, header.first == first, Self.name(of: header) == name else {
      return void(1, "the header does not match the file's name")
    }
    guard header.count == lineCount - 1 else {
      return void(1, "count is \(header.count), but \(lineCount - 1) events follow")
    }
    var events: [Event] = []
    if span.isAll { events.reserveCapacity(header.count) }
    for index in 0..<header.count {
      do {
        let line = bytes[(newlines[index] + 1)..<newlines[index + 1]]
        if !span.isAll, EventLine.isOutside(span, line) { continue }
        let event = try EventLine.decode(line)
        guard event.id == EventID(location: location, number: first + Int64(index)) else {
          return void(index + 2, "\(event.id) is out of sequence")
        }
        guard event.at == header.at else { return void(index + 2, "at is not the batch's") }
        if span.isAll || span.hasPath(of: event) { events.append(event) }
      } catch {
        return void(index + 2, error.reason)
      }
    }
    return .valid(Batch(header: header, events: events))
  }

  private static func header(_ line: ArraySlice<UInt8>) throws(MalformedLine) -> BatchHeader {
    guard line.count <= lineLimit else { throw MalformedLine("longer than 1 MiB") }
    let fields = try JSONReader.object(line)
    func value(_ key: String) -> SettingValue? { fields.first { $0.key == key }?.value }
    guard case .string(let batch) = value("batch"), let id = EventID(batch) else {
      throw MalformedLine("batch is no event")
    }
    guard case .integer(let count) = value("count"), count >= 1, count <= 1_000_000 else {
      throw MalformedLine("count is no number of events")
    }
    guard case .string(let at) = value("at"), let instant = InstantText.instant(at) else {
      throw MalformedLine("at is no instant")
    }
    guard let seen = SeenText.seen(value("seen")), let since = SeenText.seen(value("since")) else {
      throw MalformedLine("seen or since is no list of numbers")
    }
    guard case .string(let host) = value("host"), case .string(let version) = value("version")
    else { throw MalformedLine("no host or version") }
    let known = ["batch", "count", "at", "seen", "since", "host", "version"]
    let extra = fields.filter { !known.contains($0.key) }
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { ExtraKey(key: $0.key, json: String(decoding: $0.source, as: UTF8.self)) }
    return BatchHeader(
      location: id.location, first: id.number, count: Int(count), at: instant, seen: seen,
      since: since, host: host, version: version, extra: extra)
  }
}

/// Where the lines of a file end, eight bytes at a time.
private enum Newlines {
  static func positions(in bytes: [UInt8]) -> [Int] {
    let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    var positions: [Int] = []
    bytes.withUnsafeBytes { bytes in
      var index = 0
      while index < bytes.count {
        if index + 8 <= bytes.count {
          let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ (ones &* 10)
          // No byte of the word is 0, which is where a newline was.
          if (word &- ones) & ~word & tops == 0 {
            index += 8
            continue
          }
        }
        for at in index..<min(index + 8, bytes.count) where bytes[at] == UInt8(ascii: "\n") {
          positions.append(at)
        }
        index += 8
      }
    }
    return positions
  }
}

/// `{"amazon":17,"plex":9}`.
enum SeenText {
  static func value(_ seen: Seen) -> SettingValue {
    .object(seen.sorted.map { SettingEntry(key: $0.location.name, value: .integer($0.number)) })
  }

  static func seen(_ value: SettingValue?) -> Seen? {
    guard case .object(let entries) = value else { return nil }
    var numbers: [LocationID: Int64] = [:]
    for entry in entries {
      guard let location = LocationID(entry.key), case .integer(let number) = entry.value,
        number >= 1
      else { return nil }
      numbers[location] = number
    }
    return Seen(numbers)
  }
}
