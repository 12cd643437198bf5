package import LedgerCore

extension EventLine {
  /// Reads one line, without its newline, in any order of keys; keys that the event's type does not
  /// have are kept as they are.
  ///
  /// - Throws: `MalformedLine` with what is wrong.
  package static func decode(_ line: ArraySlice<UInt8>) throws(MalformedLine) -> Event {
    guard line.count <= BatchFile.lineLimit else { throw MalformedLine("longer than 1 MiB") }
    if let event = line.withUnsafeBufferPointer({ CanonicalReader.event($0) }) { return event }
    return try decodeGenerally(line)
  }

  /// Whether the line of an event names no path of a span, as far as can be told without reading all
  /// of it.
  static func isOutside(_ span: PathSpan, _ line: ArraySlice<UInt8>) -> Bool {
    line.withUnsafeBufferPointer { line in
      // What is not ASCII may be spelled otherwise than its key.
      guard let path = CanonicalReader.onlyPath(line), path.allSatisfy({ $0 < 0x80 }) else {
        return false
      }
      return !span.contains(path)
    }
  }

  /// Reads one line in any spelling that the format allows, but for its length.
  ///
  /// - Throws: `MalformedLine` with what is wrong.
  package static func decodeGenerally(
    _ line: ArraySlice<UInt8>
  ) throws(MalformedLine) -> Event {
    var fields = Fields(try JSONReader.object(line))
    guard let id = EventID(try fields.string("id")) else { throw MalformedLine("id is no event") }
    guard let at = InstantText.instant(try fields.string("at")) else {
      throw MalformedLine("at is no instant")
    }
    let fact = try fact(&fields)
    var cause: EventID?
    if case .unknown = fact {
    } else if let text = try fields.optionalString("cause") {
      guard let event = EventID(text) else { throw MalformedLine("cause is no event") }
      cause = event
    }
    return Event(id: id, at: at, fact: fact, cause: cause, extra: fields.rest)
  }

  private static func fact(_ fields: inout Fields) throws(MalformedLine) -> Fact {
    let type = try fields.string("type")
    switch type {
    case "added": return .added(try fields.file(hasTime: true))
    case "changed":
      return .changed(try fields.file(hasTime: true), previous: try fields.digest("previous"))
    case "renamed":
      let file = try fields.file(hasTime: false)
      guard let from = try fields.path("from") else { throw MalformedLine("no from") }
      return .renamed(file, from: from)
    case "deleted":
      let file = try fields.file(hasTime: false)
      return .deleted(file, asks: try fields.flag("ask"))
    case "pruned": return .pruned(try fields.file(hasTime: false))
    case "restored": return .restored(try fields.file(hasTime: false))
    case "damaged":
      return .damaged(try fields.file(hasTime: false), found: try fields.digest("found"))
    case "identified": return .identified(try fields.content())
    case "approved": return .approved(try fields.events("targets"))
    case "rejected": return .rejected(try fields.events("targets"))
    case "resolved":
      guard let path = try fields.path("path") else { throw MalformedLine("no path") }
      return .resolved(path, keep: try fields.optionalDigest("keep"))
    case "declared":
      var entries = try fields.settings()
      var location: LocationID?
      if let index = entries.firstIndex(where: { $0.key == "location" }) {
        guard case .string(let name) = entries.remove(at: index).value,
          let named = LocationID(name)
        else { throw MalformedLine("settings name no location") }
        location = named
      }
      return .declared(location, entries)
    case "configured": return .configured(try fields.settings())
    default:
      return .unknown(type: type, paths: fields.unknownPaths())
    }
  }
}

/// The fields of a line that were not taken yet.
private struct Fields {
  private var fields: [JSONReader.Field]

  init(_ fields: [JSONReader.Field]) { self.fields = fields }

  /// What nobody took, in byte order of the keys, so that encoding it again is canonical.
  var rest: [ExtraKey] {
    fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
      ExtraKey(key: $0.key, json: String(decoding: $0.source, as: UTF8.self))
    }
  }

  private mutating func take(_ key: String) -> SettingValue? {
    guard let index = fields.firstIndex(where: { $0.key == key }) else { return nil }
    return fields.remove(at: index).value
  }

  mutating func optionalString(_ key: String) throws(MalformedLine) -> String? {
    guard let value = take(key) else { return nil }
    guard case .string(let text) = value else { throw MalformedLine("\(key) is no string") }
    return text
  }

  mutating func string(_ key: String) throws(MalformedLine) -> String {
    guard let text = try optionalString(key) else { throw MalformedLine("no \(key)") }
    return text
  }

  mutating func flag(_ key: String) throws(MalformedLine) -> Bool {
    guard let value = take(key) else { return false }
    guard value == .bool(true) else { throw MalformedLine("\(key) is not true") }
    return true
  }

  mutating func digest(_ key: String) throws(MalformedLine) -> Digest {
    guard let digest = Digest(try string(key)) else { throw MalformedLine("\(key) is no digest") }
    return digest
  }

  mutating func optionalDigest(_ key: String) throws(MalformedLine) -> Digest? {
    switch take(key) {
    case .null: return nil
    case .string(let text):
      guard let digest = Digest(text) else { throw MalformedLine("\(key) is no digest") }
      return digest
    default: throw MalformedLine("no \(key)")
    }
  }

  mutating func path(_ key: String) throws(MalformedLine) -> LibraryPath? {
    let text = try optionalString(key)
    let base64 = try optionalString(key + "Bytes")
    if let text {
      guard base64 == nil else { throw MalformedLine("\(key) twice") }
      guard let path = LibraryPath(text) else { throw MalformedLine("\(key) is not allowed") }
      return path
    }
    guard let base64 else { return nil }
    guard let bytes = Base64.decode(base64), let path = LibraryPath(key: bytes), path.text == nil
    else { throw MalformedLine("\(key)Bytes is not allowed") }
    return path
  }

  mutating func content() throws(MalformedLine) -> Content {
    guard case .integer(let size) = take("size"), size >= 0 else { throw MalformedLine("no size") }
    let digest = try digest("content")
    guard let value = take("also") else { return Content(digest: digest, byteCount: size) }
    guard case .array(let values) = value else { throw MalformedLine("also is no array") }
    var also: [Digest] = []
    for value in values {
      guard case .string(let text) = value, let other = Digest(text),
        other.algorithm != digest.algorithm,
        !also.contains(where: { $0.algorithm == other.algorithm })
      else { throw MalformedLine("also is no list of other digests") }
      also.append(other)
    }
    return Content(digest: digest, also: also, byteCount: size)
  }

  mutating func file(hasTime: Bool) throws(MalformedLine) -> FileFact {
    guard let path = try path("path") else { throw MalformedLine("no path") }
    guard let media = MediaType(rawValue: try string("media")) else {
      throw MalformedLine("media is unknown")
    }
    let content = try content()
    var modified: FileTime?
    if hasTime, let text = try optionalString("mtime") {
      guard let time = InstantText.fileTime(text) else { throw MalformedLine("mtime is no time") }
      modified = time
    }
    return FileFact(path: path, media: media, content: content, modified: modified)
  }

  mutating func events(_ key: String) throws(MalformedLine) -> [EventID] {
    guard case .array(let values) = take(key), !values.isEmpty else {
      throw MalformedLine("no \(key)")
    }
    var events: [EventID] = []
    for value in values {
      guard case .string(let text) = value, let event = EventID(text) else {
        throw MalformedLine("\(key) names no event")
      }
      events.append(event)
    }
    return events
  }

  mutating func settings() throws(MalformedLine) -> [SettingEntry] {
    guard case .object(let entries) = take("settings") else { throw MalformedLine("no settings") }
    return entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  /// The paths that an event of an unknown type names, without taking them.
  func unknownPaths() -> [LibraryPath] {
    var copy = self
    let path = try? copy.path("path")
    let from = try? copy.path("from")
    return [path, from].compactMap { $0 ?? nil }
  }
}
