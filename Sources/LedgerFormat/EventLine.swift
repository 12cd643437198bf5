package import LedgerCore

/// One event as one line of JSON: `format.md`, "A batch file". The newline is the caller's.
package enum EventLine {
  /// The canonical spelling of an event: keys in the format's order, unknown ones after them.
  package static func encode(_ event: Event) -> [UInt8] {
    var line: [UInt8] = []
    // What a line about a photo takes; others grow.
    line.reserveCapacity(384)
    append(event, to: &line)
    return line
  }

  /// Appends the canonical spelling of an event to other lines.
  package static func append(_ event: Event, to line: inout [UInt8]) {
    line.append(#"{"id":"# as StaticString)
    line.append(event.id)
    line.append(#","at":""# as StaticString)
    InstantText.append(event.at, to: &line)
    line.append(#"","type":"# as StaticString)
    line.append(quoted: event.fact.type)
    switch event.fact {
    case .unknown: break
    case .resolved(let path, let keep):
      append(path, #","path":"#, #","pathBytes":"#, to: &line)
      appendCause(event, to: &line)
      line.append(#","keep":"# as StaticString)
      if let keep { line.append(keep) } else { line.append("null" as StaticString) }
    case .approved(let targets), .rejected(let targets):
      appendCause(event, to: &line)
      line.append(#","targets":"# as StaticString)
      appendArray(targets, to: &line) { $1.append($0) }
    case .declared(let location, let entries):
      appendCause(event, to: &line)
      var all = entries
      if let location {
        all.append(SettingEntry(key: "location", value: .string(location.name)))
      }
      append(all, to: &line)
    case .configured(let entries):
      appendCause(event, to: &line)
      append(entries, to: &line)
    case .identified(let content):
      append(content, to: &line)
      appendCause(event, to: &line)
    default: appendFile(event, to: &line)
    }
    for extra in event.extra {
      line.append("," as StaticString)
      line.append(quoted: extra.key)
      line.append(":" as StaticString)
      line.append(extra.json)
    }
    line.append("}" as StaticString)
  }

  private static func appendFile(_ event: Event, to line: inout [UInt8]) {
    guard let file = event.fact.file else { return }
    append(file.path, #","path":"#, #","pathBytes":"#, to: &line)
    if case .renamed(_, let from) = event.fact {
      append(from, #","from":"#, #","fromBytes":"#, to: &line)
    }
    line.append(#","media":"# as StaticString)
    line.append(quoted: file.media.rawValue)
    append(file.content, to: &line)
    switch event.fact {
    case .added, .changed:
      guard let modified = file.modified else { break }
      line.append(#","mtime":""# as StaticString)
      InstantText.append(modified, to: &line)
      line.append("\"" as StaticString)
    default: break
    }
    if case .changed(_, let previous) = event.fact {
      line.append(#","previous":"# as StaticString)
      line.append(previous)
    }
    if case .damaged(_, let found) = event.fact {
      line.append(#","found":"# as StaticString)
      line.append(found)
    }
    appendCause(event, to: &line)
    if case .deleted(_, true) = event.fact { line.append(#","ask":true"# as StaticString) }
  }

  private static func append(
    _ path: LibraryPath, _ key: StaticString, _ bytesKey: StaticString, to line: inout [UInt8]
  ) {
    if path.isText {
      line.append(key)
      path.bytes.withUnsafeBufferPointer { line.append(quoted: $0) }
    } else {
      line.append(bytesKey)
      line.append(quoted: Base64.encode(path.bytes))
    }
  }

  private static func append(_ content: Content, to line: inout [UInt8]) {
    line.append(#","size":"# as StaticString)
    line.append(number: content.byteCount)
    line.append(#","content":"# as StaticString)
    line.append(content.digest)
    guard !content.also.isEmpty else { return }
    line.append(#","also":"# as StaticString)
    // In the order of their texts, which is not that of their strength.
    let also = content.also.count == 1 ? content.also : content.also.sorted(by: Self.isBefore)
    appendArray(also, to: &line) { $1.append($0) }
  }

  private static func isBefore(_ one: Digest, _ other: Digest) -> Bool {
    one.description.utf8.lexicographicallyPrecedes(other.description.utf8)
  }

  private static func append(_ settings: [SettingEntry], to line: inout [UInt8]) {
    line.append(#","settings":"# as StaticString)
    line.append(SettingValue.object(settings).canonicalJSON)
  }

  private static func appendCause(_ event: Event, to line: inout [UInt8]) {
    guard let cause = event.cause else { return }
    line.append(#","cause":"# as StaticString)
    line.append(cause)
  }

  private static func appendArray<Element>(
    _ values: [Element], to line: inout [UInt8], each: (Element, inout [UInt8]) -> Void
  ) {
    line.append("[" as StaticString)
    for (index, value) in values.enumerated() {
      if index > 0 { line.append("," as StaticString) }
      each(value, &line)
    }
    line.append("]" as StaticString)
  }
}
