import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Print events, the newest last; follows renames with --follow.",
    discussion: "EXAMPLE: ledger log 2026/IMG_0007.jpg")

  @Option(help: "Only events of this location.")
  var location: String?

  @Option(help: "Only events of this type, as deleted.")
  var type: String?

  @Option(help: "Only events since 2026-11-23, an instant, or 3d ago.")
  var since: String?

  @Option(name: .customShort("n"), help: "Only the last so many.")
  var count: Int?

  @Flag(help: "Follow a file through its renames.")
  var follow = false

  @Argument(help: "Files or folders of the library; all events by default.")
  var paths: [String] = []

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let open = try common.open()
    try open.catchUp()
    let place = try location.map { try LocationCommand.parse($0) }
    let from = try since.map { try Moment.parse($0, now: open.outside.clock.now()) }
    let filter = EventFilter(location: place, type: type, since: from)
    var found: [EventID: HistoryEvent] = [:]
    if paths.isEmpty {
      for event in try open.cache.events(filter) { found[event.id] = event }
    }
    var queue = try paths.map { try open.libraryPath($0) }
    if !queue.isEmpty { try open.cache.paths(under: queue) { queue.append($0.path) } }
    var visited: Set<LibraryPath> = []
    while let path = queue.popLast() {
      guard visited.insert(path).inserted else { continue }
      var one = filter
      one.path = path
      for event in try open.cache.events(one) {
        found[event.id] = event
        if follow, case .renamed = event.event.fact { queue += event.event.fact.paths }
      }
      let state = try open.cache.state(of: path)
      for deletion in state?.deletions.keys.sorted() ?? [] {
        for event in try open.cache.history(of: path).decisions
        where targets(event, deletion) { found[event.id] = event }
      }
    }
    var sorted = found.values.sorted(by: HistoryEvent.isBefore)
    if let count { sorted = Array(sorted.suffix(max(0, count))) }
    for event in sorted {
      if common.json {
        Terminal.put(JSONLines.event(event.event))
      } else {
        print("\(InstantText.encode(event.event.at)) \(event.id) \(Text.event(event.event))")
      }
    }
  }

  private func targets(_ event: HistoryEvent, _ deletion: EventID) -> Bool {
    switch event.event.fact {
    case .approved(let targets), .rejected(let targets): targets.contains(deletion)
    default: false
    }
  }
}

/// A moment that a person typed.
enum Moment {
  /// Parses `2026-11-23`, `2026-11-23T16:00:00Z`, or `3d`, `12h`, `30m` before now.
  static func parse(_ text: String, now: Instant) throws -> Instant {
    if let time = InstantText.fileTime(text) ?? InstantText.fileTime(text + "T00:00:00Z") {
      return Instant(milliseconds: time.seconds * 1_000 + Int64(time.nanoseconds) / 1_000_000)
    }
    let units: [Character: Int64] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]
    if let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
      (0...1_000_000).contains(number)
    {
      return now.advanced(milliseconds: -number * unit * 1_000)
    }
    throw WorkflowError(
      .usage, "\(text.debugDescription) is no time.", hint: "Give 2026-11-23, an instant, or 3d.")
  }
}

extension Moment {
  /// The instant of whole seconds since 1970.
  static func text(seconds: Int64) -> String {
    InstantText.encode(Instant(milliseconds: seconds * 1_000))
  }
}
