package import LedgerCore

/// One event as one line of JSON: `format.md`, "A batch file". The newline is the caller's.
package enum EventLine {
  /// The canonical spelling of an event: keys in the format's order, unknown ones after them.
  package static func encode(_ event: Event) -> [UInt8] {
    var line = JSONObject()
    line.append("id", event.id.description)
    line.append("at", InstantText.encode(event.at))
    line.append("type", event.fact.type)
    switch event.fact {
    case .unknown: break
    case .resolved(let path, let keep):
      append(path, "path", to: &line)
      appendCause(event, to: &line)
      line.append("keep", keep.map { .string($0.description) } ?? .null)
    case .approved(let targets), .rejected(let targets):
      appendCause(event, to: &line)
      line.append("targets", array: targets.map { JSONObject.quoted($0.description) })
    case .declared(let location, let entries):
      appendCause(event, to: &line)
      var all = entries
      if let location {
        all.append(SettingEntry(key: "location", value: .string(location.name)))
      }
      line.append("settings", .object(all))
    case .configured(let entries):
      appendCause(event, to: &line)
      line.append("settings", .object(entries))
    case .identified(let content):
      append(content, to: &line)
      appendCause(event, to: &line)
    default: appendFile(event, to: &line)
    }
    for extra in event.extra { line.append(extra.key, json: Array(extra.json.utf8)) }
    return line.bytes
  }

  private static func appendFile(_ event: Event, to line: inout JSONObject) {
    guard let file = event.fact.file else { return }
    append(file.path, "path", to: &line)
    if case .renamed(_, let from) = event.fact { append(from, "from", to: &line) }
    line.append("media", file.media.rawValue)
    append(file.content, to: &line)
    switch event.fact {
    case .added, .changed:
      if let modified = file.modified { line.append("mtime", InstantText.encode(modified)) }
    default: break
    }
    if case .changed(_, let previous) = event.fact { line.append("previous", previous.description) }
    if case .damaged(_, let found) = event.fact { line.append("found", found.description) }
    appendCause(event, to: &line)
    if case .deleted(_, true) = event.fact { line.append("ask", true) }
  }

  private static func append(_ path: LibraryPath, _ key: String, to line: inout JSONObject) {
    if let text = path.text {
      line.append(key, text)
    } else {
      line.append(key + "Bytes", Base64.encode(path.bytes))
    }
  }

  private static func append(_ content: Content, to line: inout JSONObject) {
    line.append("size", content.byteCount)
    line.append("content", content.digest.description)
    if !content.also.isEmpty {
      line.append(
        "also",
        array: content.also.map { JSONObject.quoted($0.description) }.sorted {
          $0.lexicographicallyPrecedes($1)
        })
    }
  }

  private static func appendCause(_ event: Event, to line: inout JSONObject) {
    if let cause = event.cause { line.append("cause", cause.description) }
  }
}
