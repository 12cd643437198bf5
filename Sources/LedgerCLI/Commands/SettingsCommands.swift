import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct LocationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "location", abstract: "The locations of this ledger and their settings.",
    subcommands: [
      LocationListCommand.self, LocationShowCommand.self, LocationSetCommand.self,
      LocationRetireCommand.self,
    ],
    defaultSubcommand: LocationListCommand.self)

  /// A location's name that a person typed.
  static func parse(_ text: String) throws -> LocationID {
    guard let location = LocationID(text) else {
      throw WorkflowError(.usage, "\(text.debugDescription) is no name of a location.")
    }
    return location
  }

  fileprivate static func put(
    _ location: LocationID, _ settings: LocationSettings, json: Bool
  ) {
    guard json else {
      func list(_ media: Set<MediaType>) -> String {
        media.isEmpty ? "none" : media.sorted().map(\.rawValue).joined(separator: ",")
      }
      print(
        "\(location): authoritative=\(list(settings.authoritative)) asks=\(list(settings.asks)) "
          + "keeps=\(list(settings.keeps))" + fetching(settings)
          + (settings.map.isNone ? "" : " map=\(settings.map.text)")
          + (prune(settings).map { " prune=\($0)" } ?? "")
          + (settings.isRetired ? " retired" : ""))
      return
    }
    var line = JSONLines.object("location")
    func list(_ media: Set<MediaType>) -> [[UInt8]] {
      media.sorted().map { JSONObject.quoted($0.rawValue) }
    }
    line.append("name", location.name)
    line.append("authoritative", array: list(settings.authoritative))
    line.append("asks", array: list(settings.asks))
    line.append("keeps", array: list(settings.keeps))
    line.append("fetchFrom", .array(settings.fetchFrom.map { .string($0.name) }))
    if let address = settings.address { line.append("address", address) }
    if !settings.map.isNone { line.append("map", settings.map.text) }
    if let rule = prune(settings) { line.append("prune", rule) }
    line.append("retired", settings.isRetired)
    JSONLines.put(line)
  }

  private static func fetching(_ settings: LocationSettings) -> String {
    let from = settings.fetchFrom.map(\.name).joined(separator: ",")
    return (from.isEmpty ? "" : " fetch-from=\(from)")
      + (settings.address.map { " address=\($0)" } ?? "")
  }

  private static func prune(_ settings: LocationSettings) -> String? {
    settings.entries.first { $0.key == "prune" }?.value.text
  }
}

struct LocationListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the locations.",
    discussion: "EXAMPLE: ledger location list")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let open = try common.open()
    try open.catchUp()
    let context = try open.cache.context()
    for name in context.locations {
      LocationCommand.put(name, context.settings[name], json: common.json)
    }
  }
}

struct LocationShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a location's settings.",
    discussion: "EXAMPLE: ledger location show desk")

  @Argument var name: String
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let open = try common.open()
    try open.catchUp()
    let location = try LocationCommand.parse(name)
    let context = try open.cache.context()
    guard context.locations.contains(location) else {
      throw WorkflowError(
        .notFound, "The ledger has no location \(location).",
        hint: "ledger location list shows them.")
    }
    LocationCommand.put(location, context.settings[location], json: common.json)
  }
}

struct LocationSetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Declare a setting of a location, for all to hear.",
    discussion: "EXAMPLE: ledger location set desk authoritative photo,video")

  @Argument(help: "The location.") var name: String
  @Argument(
    help: ArgumentHelp(
      "authoritative, asks, keeps, fetch-from, address, map, bandwidth, transfers, guard, prune or "
        + "retired."
    ))
  var key: String
  @Argument(help: "The value; an empty one returns to the default.") var value: String
  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let location = try LocationCommand.parse(name)
    if SettingsWorkflow.ownKeys.contains(key) {
      var (open, lock) = try common.openLocked(waiting)
      defer { withExtendedLifetime(lock) {} }
      return try SettingsWorkflow.keep(&open, location: location, key: key, text: value)
    }
    let entry = try SettingsWorkflow.entry(key: key, text: value, isLocation: true)
    let (open, lock) = try await common.openToRecord(waiting)
    defer { withExtendedLifetime(lock) {} }
    for event in try await SettingsWorkflow.run(open, location: location, [entry]) {
      if common.json { Terminal.put(JSONLines.event(event)) } else { print(Text.event(event)) }
    }
    if !common.json { print("Recorded; ledger sync carries it to the other places.") }
  }
}

struct LocationRetireCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retire", abstract: "Say that a location has left: it has no copies any more.",
    discussion: """
      Its history stays, its pending deletions wait for a person, and its files are not touched.

      EXAMPLE: ledger location retire old-laptop
      """)

  @Argument(help: "The location.") var name: String
  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let location = try LocationCommand.parse(name)
    let (open, lock) = try await common.openToRecord(waiting)
    defer { withExtendedLifetime(lock) {} }
    let entry = SettingEntry(key: "retired", value: .bool(true))
    var onlyThere = 0
    try open.cache.paths { state in if state.isOnly(at: location) { onlyThere += 1 } }
    for event in try await SettingsWorkflow.run(open, location: location, [entry]) {
      if common.json { Terminal.put(JSONLines.event(event)) } else { print(Text.event(event)) }
    }
    if !common.json {
      print("Recorded; ledger location set \(location) retired false takes it back.")
    }
    if onlyThere > 0 {
      Terminal.complain(
        "\(Text.files(onlyThere)) had no whole copy anywhere else; ledger ls --state lost lists them. "
          + "Keep that disk until they are copied from it.")
    }
  }
}

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Settings of the whole ledger.",
    discussion: "EXAMPLE: ledger config deletions over:10")

  @Argument(
    help: ArgumentHelp(
      "deletions, late-arrivals, guard, patience, trash-days, replay-days, digests, digests-share, "
        + "media.EXT."))
  var key: String?

  @Argument(help: "The value; an empty one returns to the default.")
  var value: String?

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    if let key, let value {
      let entry = try SettingsWorkflow.entry(key: key, text: value, isLocation: false)
      let (open, lock) = try await common.openToRecord(waiting)
      defer { withExtendedLifetime(lock) {} }
      for event in try await SettingsWorkflow.run(open, location: nil, [entry]) {
        if common.json { Terminal.put(JSONLines.event(event)) } else { print(Text.event(event)) }
      }
      return
    }
    let open = try common.open()
    try open.catchUp()
    let set = try open.cache.context().settings.ledger.entries
    let standard: [SettingEntry] = [
      SettingEntry(key: "deletions", value: .string("over:25")),
      SettingEntry(key: "late-arrivals", value: .string("apply")),
      SettingEntry(key: "guard", value: .string("100,10%")),
      SettingEntry(key: "patience", value: .string("3d")),
      SettingEntry(key: "trash-days", value: .integer(90)),
      SettingEntry(key: "replay-days", value: .integer(7)),
      SettingEntry(key: "digests", value: .array([.string("sha256")])),
      SettingEntry(key: "digests-share", value: .string("1G")),
    ]
    let inForce = set + standard.filter { one in !set.contains { $0.key == one.key } }
    for entry in inForce.sorted(by: { $0.key < $1.key }) where key == nil || key == entry.key {
      if common.json {
        var line = JSONLines.object("setting")
        line.append("key", entry.key)
        line.append("value", entry.value)
        JSONLines.put(line)
      } else {
        print("\(entry.key) \(entry.value.canonicalJSON)")
      }
    }
  }
}
