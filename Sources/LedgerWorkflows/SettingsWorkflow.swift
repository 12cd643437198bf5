import LedgerCache
package import LedgerCore

/// Declares settings of a location or of the whole ledger.
package enum SettingsWorkflow {
  private static let ledgerKeys = [
    "deletions", "late-arrivals", "guard", "patience", "trash-days", "replay-days", "digests",
    "digests-share",
  ]
  private static let locationKeys = [
    "authoritative", "asks", "keeps", "fetch-from", "address", "map", "guard", "prune", "retired",
  ]

  /// Parses a value that a person typed; an empty text returns to the default.
  ///
  /// - Throws: `WorkflowError` where the key is unknown or the value makes no sense for it.
  package static func entry(key: String, text: String, isLocation: Bool) throws -> SettingEntry {
    let keys = isLocation ? locationKeys : ledgerKeys
    let isMedia = !isLocation && key.hasPrefix("media.")
    guard keys.contains(key) || isMedia else {
      throw WorkflowError(
        .usage, "There is no setting \(key.debugDescription). Nothing was changed.",
        hint: "Settings: \(keys.joined(separator: ", "))\(isLocation ? "" : ", media.EXTENSION").")
    }
    if text.isEmpty { return SettingEntry(key: key, value: .null) }
    let value: SettingValue =
      switch key {
      case "authoritative", "asks", "keeps":
        .array(
          text == "none"
            ? [] : text.split(separator: ",").map { .string(String($0)) })
      case "fetch-from":
        .array(text == "none" ? [] : text.split(separator: ",").map { .string(String($0)) })
      case "digests": .array(text.split(separator: ",").map { .string(String($0)) })
      case "retired": text == "true" ? .bool(true) : text == "false" ? .bool(false) : .null
      case "trash-days", "replay-days": Int64(text).map { .integer($0) } ?? .string(text)
      default: .string(text)
      }
    guard makesSense(key, value) else {
      throw WorkflowError(
        .usage, "\(text.debugDescription) makes no sense for \(key). Nothing was changed.",
        hint: example(key))
    }
    return SettingEntry(key: key, value: value)
  }

  private static func makesSense(_ key: String, _ value: SettingValue) -> Bool {
    switch key {
    case "authoritative", "asks", "keeps": value.mediaTypes != nil
    case "deletions": value.deletionPolicy != nil
    case "late-arrivals": value == .string("apply") || value == .string("ask")
    case "guard": value.guardLimit != nil
    case "prune": value.pruneRule != nil
    case "patience", "trash-days", "replay-days": value.days != nil
    case "digests": value.digestAlgorithms != nil
    case "digests-share": value.byteCount != nil
    case "retired": value != .null
    case "fetch-from": value.locations != nil
    case "map": value.pathMap != nil
    case "address": value.text.flatMap { FetchAddress($0) } != nil
    default: value.text.flatMap { MediaType(rawValue: $0) } != nil
    }
  }

  private static func example(_ key: String) -> String {
    switch key {
    case "authoritative", "asks", "keeps":
      "Give types with commas, as photo,video,sidecar,other, or none."
    case "deletions": "Give never, always or over:25."
    case "late-arrivals": "Give apply or ask."
    case "guard": "Give 100,10%, a number, or off."
    case "prune":
      "Give types and conditions with commas, as video,older-than=30d,min-copies=2,seen-within=30d,"
        + "free=50G."
    case "patience", "trash-days", "replay-days": "Give days, as 90 or 3d."
    case "digests": "Give sha256, sha1 and md5 with commas."
    case "digests-share": "Give bytes, 500M, 50G or 2T."
    case "retired": "Give true or false."
    case "fetch-from": "Give names of locations with commas, as desk,google, or none."
    case "map":
      "Give types with the folders of their files, as photo=Photos,video=Videos; '' for the root."
    case "address": "Give user@host:/path, rclone:remote:path or an absolute path."
    default: "Give photo, video, sidecar or other."
    }
  }

  /// What only this machine's file of a location keeps.
  package static let ownKeys = ["bandwidth", "transfers"]

  /// Keeps how much a fetch of this location may take; an empty text ends it.
  ///
  /// - Throws: `WorkflowError` where the value makes no sense, or another location is meant.
  package static func keep(
    _ open: inout OpenLocation, location: LocationID, key: String, text: String
  ) throws {
    guard location == open.location else {
      throw WorkflowError(
        .usage, "\(key) is kept by \(location) itself. Nothing was changed.",
        hint: "Run this there.")
    }
    let value = text.isEmpty ? nil : SettingValue.string(text).byteCount
    guard text.isEmpty || value != nil, key == "bandwidth" || value.map({ $0 > 0 }) ?? true else {
      throw WorkflowError(
        .usage, "\(text.debugDescription) makes no sense for \(key). Nothing was changed.",
        hint: key == "bandwidth" ? "Give bytes a second, as 10M." : "Give a number from 1.")
    }
    if key == "bandwidth" { open.file.bandwidth = value } else { open.file.transfers = value }
    try open.saveFile()
  }

  /// Records settings; they go out with the next sync.
  ///
  /// - Parameter location: whose settings; nil for the ledger's.
  package static func run(
    _ open: OpenLocation, location: LocationID?, _ entries: [SettingEntry]
  ) async throws -> [Event] {
    try open.catchUp()
    if let location, try open.cache.numbers()[location] == 0 {
      throw WorkflowError(
        .notFound, "The ledger has no location \(location). Nothing was changed.",
        hint: "ledger location list shows them.")
    }
    let fact: Fact = location.map { .declared($0, entries) } ?? .configured(entries)
    return try await open.record([CausedFact(fact)], since: open.file.scannedSeen)
  }
}
