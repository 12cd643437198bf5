import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a hub, the bare repository that all locations push to.",
    discussion: "EXAMPLE: ledger init nas:/srv/photos.git --name photos")

  @Argument(help: "A path, user@host:path or ssh://user@host/path.")
  var hub: String

  @Option(help: "The ledger's name, for people.")
  var name: String?

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let made = try await InitWorkflow.run(
      hub: hub, name: name, folder: common.start, environment: CommonOptions.environment,
      in: CommonOptions.surroundings())
    if common.json {
      var line = JSONLines.object("initialized")
      line.append("ledger", made.id)
      line.append("name", made.name)
      line.append("hub", hub)
      JSONLines.put(line)
    } else {
      print("Made the hub of \(made.name) at \(hub).")
      print("Next, at each place: ledger join \(hub) --as NAME FOLDER")
    }
  }
}

struct JoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Make a folder a location of a ledger.",
    discussion: """
      What a person removes at an authoritative location goes everywhere, to the trash. Files that are \
      not in a folder of this machine need a folder too, as the location's home.

      EXAMPLE: ledger join nas:/srv/photos.git --as desk --authoritative photo,video ~/Photos
               ledger join nas:/srv/photos.git --as google --place rclone:gdrive:Photos ~/.google
      """)

  @Argument(help: "The hub's address, as given to ledger init.")
  var hub: String

  @Option(name: .customLong("as"), help: "The location's name: a-z, 0-9 and -, at most 32.")
  var name: String

  @Option(help: "Types whose removal here goes everywhere: photo,video,sidecar,other.")
  var authoritative: String?

  @Option(help: "Types whose removal here is proposed.")
  var asks: String?

  @Option(help: "Types that are wanted here; all by default.")
  var keeps: String?

  @Option(help: "Locations to fetch from what is lacking here, the first first: desk,google.")
  var fetchFrom: String?

  @Option(help: "Where others reach these files: user@host:/path, rclone:remote:path or a folder.")
  var address: String?

  @Option(
    help: "Types whose files are below a folder of their own here: photo=Photos,video=Videos.")
  var map: String?

  @OptionGroup var place: PlaceOptions

  @Option(help: "Keep clone and cache below this folder.")
  var state: String?

  @Flag(help: "Go on as a location that another machine or folder was.")
  var takeOver = false

  @Argument(help: "The folder; the current one by default.")
  var folder: String?

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let place = try place.parsed()
    var settings: [SettingEntry] = []
    for (key, text) in [
      // Who takes over goes on with the settings that the location has.
      ("authoritative", authoritative ?? (takeOver ? nil : "none")), ("asks", asks),
      ("keeps", keeps), ("fetch-from", fetchFrom), ("address", address), ("map", map),
    ] {
      guard let text else { continue }
      settings.append(try SettingsWorkflow.entry(key: key, text: text, isLocation: true))
    }
    let start = common.start
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(start)/\(path)" }
    var request = JoinWorkflow.Request(
      hub: hubFrom(start), name: name, folder: folder.map(absolute) ?? start, settings: settings,
      state: state.map(absolute), takesOver: takeOver)
    request.place = place
    let (open, carried) = try await JoinWorkflow(
      request, environment: CommonOptions.environment, in: CommonOptions.surroundings()
    ).run()
    if common.json {
      var line = JSONLines.object("joined")
      line.append("location", open.location.name)
      line.append("ledger", open.file.ledger)
      line.append("home", open.paths.home)
      line.append("carried", Int64(carried.sameCount + carried.renumberedCount))
      line.append("dropped", .array(carried.dropped.map { .string($0.id.description) }))
      JSONLines.put(line)
    } else {
      CarriedText.tell(carried)
      let what = place == .folder ? "" : ", as the home of \(place.text)"
      let next =
        place == .listing ? "ledger scan --from-lsjson FILE there" : "ledger sync there"
      print("\(open.paths.home) is the location \(open.location) now\(what). Next: \(next).")
    }
  }

  // A relative path means the folder that the person is in, not the one that joins.
  private func hubFrom(_ start: String) -> String {
    let slash = hub.firstIndex(of: "/") ?? hub.endIndex
    let isRemote = hub.contains("://") || hub[..<slash].contains(":")
    return isRemote || hub.hasPrefix("/") || hub.hasPrefix("-") || hub.isEmpty
      ? hub : "\(start)/\(hub)"
  }
}

/// What goes on from an old clone, in words.
enum CarriedText {
  static func tell(_ carried: CarriedOver) {
    if carried.sameCount > 0 {
      print("Never pushed, and going on as recorded: \(Count.text(carried.sameCount, "event")).")
    }
    if carried.renumberedCount > 0 {
      print(
        "Never pushed, and going on under new numbers behind those of the other machine: "
          + "\(Count.text(carried.renumberedCount, "event")). Deletions among them wait for approval."
      )
    }
    for event in carried.dropped {
      let path = event.fact.paths.first.map { " \($0)" } ?? ""
      print("not carried over: \(event.fact.type)\(path); say it again where it still holds")
    }
    if let trouble = carried.trouble {
      Terminal.complain("The old clone, which is kept, can't be read to the end: \(trouble).")
    }
    if carried.lostCount > 0 {
      Terminal.complain(
        "Never pushed, and lost: \(Count.text(carried.lostCount, "event")). The next sync finds "
          + "the files again; decisions among them have to be taken again.")
    }
  }
}
