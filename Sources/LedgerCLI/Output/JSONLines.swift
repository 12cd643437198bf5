import LedgerCore
import LedgerFormat
import LedgerWorkflows

/// The objects of `--json`, one a line.
enum JSONLines {
  /// An object that begins with its kind.
  static func object(_ kind: String) -> JSONObject {
    var object = JSONObject()
    object.append("kind", kind)
    return object
  }

  /// Prints an object as a line.
  static func put(_ object: JSONObject) { Terminal.put(object.bytes + [UInt8(ascii: "\n")]) }

  /// The stored line of an event, with its kind.
  static func event(_ event: Event) -> [UInt8] {
    let line = EventLine.encode(event)
    return Array("{\"kind\":\"event\",".utf8) + line.dropFirst() + [UInt8(ascii: "\n")]
  }

  /// Appends a path given as bytes.
  static func append(path bytes: [UInt8], to object: inout JSONObject) {
    if let text = String(validating: bytes, as: UTF8.self) {
      object.append("path", text)
    } else {
      object.append("path", String(decoding: bytes, as: UTF8.self))
      object.append("pathBytes", Base64.encode(bytes))
    }
  }

  /// The objects of a sync or scan.
  static func put(_ report: SyncReport) {
    for event in report.recorded {
      var line = object("recorded")
      line.append("id", event.id.description)
      line.append("type", event.fact.type)
      if let path = event.fact.paths.first {
        line.append(path: path)
      } else {
        line.append("path", "")
      }
      put(line)
    }
    for (action, _) in report.planned {
      var line = object("planned")
      switch action {
      case .trash: line.append("action", "trash")
      case .rename: line.append("action", "rename")
      case .putBack: line.append("action", "restore")
      case .fetch: line.append("action", "fetch")
      }
      line.append(path: action.path)
      if case .rename(_, let to, _, _) = action { line.append("to", to.description) }
      line.append("cause", action.cause.description)
      put(line)
    }
    for (step, isDone) in report.prunes where isDone != false { put(prune(step, "planned")) }
    for item in attention(report) { put(item) }
    put(summary(report))
  }

  /// A file that makes room.
  static func prune(_ step: PruneStep, _ kind: String) -> JSONObject {
    var line = object(kind)
    line.append("action", "prune")
    line.append(path: step.path)
    line.append("cause", .null)
    line.append("media", step.media.rawValue)
    line.append("size", step.content.byteCount)
    line.append("frees", step.freedBytes)
    line.append("holders", array: step.holders.map { JSONObject.quoted($0.name) })
    return line
  }

  private static func attention(_ report: SyncReport) -> [JSONObject] {
    let halts = report.halts.map(\.attention)
    return (halts + report.attention).map { attention($0) }
  }

  /// Something for a person.
  static func attention(_ item: Attention) -> JSONObject {
    var line = object("attention")
    line.append("reason", item.reason)
    append(path: item.path, to: &line)
    line.append("detail", item.detail)
    return line
  }

  /// The last line of a sync or scan.
  static func summary(_ report: SyncReport) -> JSONObject {
    var line = object("summary")
    line.append("location", report.location.name)
    line.append("scanned", Int64(report.scannedCount))
    line.append("hashed", Int64(report.hashedCount))
    line.append("bytesHashed", report.hashedBytes)
    line.append("unknown", Int64(report.unknownCount))
    line.append("recorded", counts(report.recorded.map(\.fact.type)))
    var done = report.planned.filter { $0.isDone == true }.map { step in
      switch step.action {
      case .trash: "trash"
      case .rename: "rename"
      case .putBack: "restore"
      case .fetch: "fetch"
      }
    }
    done += report.prunes.filter { $0.isDone == true }.map { _ in "prune" }
    line.append("applied", counts(done))
    line.append("pending", Int64(report.pending.count))
    line.append("attention", Int64(report.attention.count + report.halts.count))
    line.append("pushed", report.isPushed.map { .bool($0) } ?? .bool(false))
    line.append(
      "heads",
      .object(
        report.heads.sorted { $0.key < $1.key }
          .map { SettingEntry(key: $0.key, value: .string($0.value)) }))
    line.append("seconds", json: seconds(report.seconds))
    return line
  }

  /// Seconds with three decimals.
  static func seconds(_ seconds: Double) -> [UInt8] {
    let milliseconds = Int64((seconds * 1_000).rounded())
    let rest = String(milliseconds % 1_000)
    let padded = String(repeating: "0", count: 3 - rest.count) + rest
    return Array("\(milliseconds / 1_000).\(padded)".utf8)
  }

  private static func counts(_ names: [String]) -> SettingValue {
    var counts: [String: Int64] = [:]
    for name in names { counts[name, default: 0] += 1 }
    return .object(
      counts.keys.sorted().map { SettingEntry(key: $0, value: .integer(counts[$0] ?? 0)) })
  }
}
