extension SettingValue {
  /// An array of media types, or nil.
  package var mediaTypes: Set<MediaType>? {
    guard case .array(let values) = self else { return nil }
    var types: Set<MediaType> = []
    for value in values {
      guard case .string(let name) = value, let type = MediaType(rawValue: name) else { return nil }
      types.insert(type)
    }
    return types
  }

  /// An array of names of locations, each once, or nil.
  package var locations: [LocationID]? {
    guard case .array(let values) = self else { return nil }
    var locations: [LocationID] = []
    for value in values {
      guard case .string(let name) = value, let location = LocationID(name) else { return nil }
      if !locations.contains(location) { locations.append(location) }
    }
    return locations
  }

  /// `never`, `always` or `over:n`, or nil.
  package var deletionPolicy: DeletionPolicy? {
    guard case .string(let text) = self else { return nil }
    switch text {
    case "never": return .never
    case "always": return .always
    default:
      guard text.hasPrefix("over:"), let limit = Int(text.dropFirst(5)), limit >= 0 else {
        return nil
      }
      return .over(limit)
    }
  }

  /// `100,10%`, a count, or `off`, as text or as a number, or nil.
  package var guardLimit: GuardLimit? {
    switch self {
    case .string(let text): GuardLimit(text)
    case .integer(let count): GuardLimit(String(count))
    default: nil
    }
  }

  /// `video,older-than=30d,min-copies=2`, or nil.
  package var pruneRule: PruneRule? {
    if case .string(let text) = self { PruneRule(text) } else { nil }
  }

  /// `photo=Photos,video=Videos`, or nil.
  package var pathMap: PathMap? {
    if case .string(let text) = self { PathMap(text) } else { nil }
  }

  /// A number of days, as `90`, `"90"` or `"3d"`, or nil.
  package var days: Int? {
    switch self {
    case .integer(let days) where days >= 0 && days <= 1_000_000: return Int(days)
    case .string(let text):
      let digits = text.hasSuffix("d") ? text.dropLast() : text[...]
      guard let days = Int(digits), days >= 0, days <= 1_000_000 else { return nil }
      return days
    default: return nil
    }
  }

  /// A number of bytes, as `500`, `500M`, `50G` or `2T` with powers of 1,000, or nil.
  package var byteCount: Int64? {
    switch self {
    case .integer(let bytes) where bytes >= 0: return bytes
    case .string(let text):
      let units: [Character: Int64] = [
        "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "t": 1_000_000_000_000,
      ]
      let unit = text.last.flatMap { units[Character($0.lowercased())] }
      let digits = unit == nil ? text[...] : text.dropLast()
      guard let number = Int64(digits), number >= 0,
        case (let bytes, false) = number.multipliedReportingOverflow(by: unit ?? 1)
      else { return nil }
      return bytes
    default: return nil
    }
  }

  /// Algorithms, as an array or as text with commas; sha256 is always among them. Or nil.
  package var digestAlgorithms: [DigestAlgorithm]? {
    let names: [String]
    switch self {
    case .string(let text): names = text.split(separator: ",").map(String.init)
    case .array(let values):
      names = values.compactMap { if case .string(let name) = $0 { name } else { nil } }
      guard names.count == values.count else { return nil }
    default: return nil
    }
    var algorithms: Set<DigestAlgorithm> = [.sha256]
    for name in names {
      guard let algorithm = DigestAlgorithm(rawValue: name) else { return nil }
      algorithms.insert(algorithm)
    }
    return algorithms.sorted()
  }

  /// The canonical JSON text: no spaces, keys in byte order, escapes only where JSON needs them.
  package var canonicalJSON: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .string(let text): Self.quoted(text)
    case .array(let values): "[" + values.map(\.canonicalJSON).joined(separator: ",") + "]"
    case .object(let entries):
      "{"
        + entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { Self.quoted($0.key) + ":" + $0.value.canonicalJSON }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{8}": quoted += "\\b"
      case "\u{c}": quoted += "\\f"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\0"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
