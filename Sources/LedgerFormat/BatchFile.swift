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
    var bytes = encode(batch.header)
    bytes.append(UInt8(ascii: "\n"))
    for event in batch.events {
      bytes += EventLine.encode(event)
      bytes.append(UInt8(ascii: "\n"))
    }
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
  /// - Returns: nil where `name` is no batch's, so that nothing is known of its numbers.
  package static func decode(_ bytes: [UInt8], name: String) -> StoredBatch? {
    guard let (location, first) = parse(name: name) else { return nil }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let isClosed = lines.last?.isEmpty ?? false
    if isClosed { lines.removeLast() }
    func void(_ line: Int, _ reason: String) -> StoredBatch {
      .void(
        VoidBatch(
          location: location, first: first, lineCount: lines.count, file: name, line: line,
          reason: reason))
    }
    guard bytes.count <= readLimit else { return void(0, "larger than 16 MiB") }
    guard let headerLine = lines.first else { return void(0, "empty") }
    guard isClosed else { return void(lines.count, "the last line does not end") }
    let header: BatchHeader
    do {
      header = try self.header(headerLine)
    } catch {
      return void(1, error.reason)
    }
    guard header.location == location, header.first == first, Self.name(of: header) == name else {
      return void(1, "the header does not match the file's name")
    }
    guard header.count == lines.count - 1 else {
      return void(1, "count is \(header.count), but \(lines.count - 1) events follow")
    }
    var events: [Event] = []
    events.reserveCapacity(header.count)
    for (index, line) in lines.dropFirst().enumerated() {
      do {
        let event = try EventLine.decode(line)
        guard event.id == EventID(location: location, number: first + Int64(index)) else {
          return void(index + 2, "\(event.id) is out of sequence")
        }
        guard event.at == header.at else { return void(index + 2, "at is not the batch's") }
        events.append(event)
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
