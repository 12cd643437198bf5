import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct ListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List files and their copies.",
    discussion: """
      --wanted-at lists for copy scripts what a location lacks and should have: plain paths, as the place \
      here spells them (with the folders of its map), and nothing that was deleted, that a deletion is about, that was pruned there or \
      that a person has to decide on. A version there that somebody replaced counts as lacking. Names \
      that a list of lines can't tell (with a line break, or # or ; in front) are left out and counted \
      on standard error, unless -0 is given.

      EXAMPLE: ledger ls --copies-under 2
               ledger ls --wanted-at plex --location desk -0
      """)

  @Option(
    help: """
      Only paths in this state: synced, new, partial, conflict, deleting, deleted, lost, or overdue, \
      which is partial for longer than the ledger's patience.
      """)
  var state: String?

  @Option(help: "Only files that this location has.")
  var location: String?

  @Option(help: "Only files whose present content is whole at fewer locations.")
  var copiesUnder: Int?

  @Option(help: "Only what this location lacks and should have, as plain paths.")
  var wantedAt: String?

  @Option(help: "As it was at a commit of main, or a time.")
  var at: String?

  @Flag(name: .customShort("0"), help: "Print paths alone, each ended by a NUL.")
  var nul = false

  @Argument(help: "Files or folders of the library.")
  var paths: [String] = []

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if wantedAt != nil, state != nil || copiesUnder != nil || at != nil {
      throw ValidationError("--wanted-at goes with --location, paths, -0 and --json alone.")
    }
  }

  func run() async throws {
    var condition: PathCondition?
    if state == "overdue" {
      condition = .partial
    } else if let state {
      guard let known = PathCondition(rawValue: state) else {
        throw WorkflowError(.usage, "There is no state \(state.debugDescription).")
      }
      condition = known
    }
    let open = try common.open()
    let place = try location.map { try LocationCommand.parse($0) }
    let isWhole = paths.contains { open.libraryName($0).isEmpty && !$0.isEmpty }
    let prefixes = isWhole ? [] : try paths.map { try open.libraryPath($0) }
    var count = 0
    if let wantedAt {
      let wanting = try LocationCommand.parse(wantedAt)
      return try listWanted(open, at: wanting, from: place, under: prefixes)
    }
    if let at {
      guard self.state != "overdue" else {
        throw WorkflowError(
          .usage, "What was overdue in the past is not known.", hint: "Leave --at out.")
      }
      let past = try ReplayWorkflow.replay(
        open.repository, own: open.location, at: try ReplayCommand.point(at, in: open.repository),
        in: open.outside)
      try check(place, past.context)
      var states = past.states
      while let state = try states.next() {
        guard condition.map({ $0 == state.condition }) ?? true,
          prefixes.isEmpty || prefixes.contains(where: { state.path.isInside($0.bytes) }),
          isAskedFor(state, place, Set(prefixes))
        else { continue }
        count += 1
        show(state, past.context, isOverdue: false)
      }
    } else {
      try open.catchUp()
      let context = try open.cache.context()
      try check(place, context)
      let overdue = try Overdue(open.cache, context, now: open.outside.clock.now())
      try open.cache.paths(condition: condition, under: prefixes) { state in
        guard isAskedFor(state, place, Set(prefixes)) else { return }
        let isOverdue =
          (common.json || self.state == "overdue") ? try overdue.isOverdue(state) : false
        guard isOverdue || self.state != "overdue" else { return }
        count += 1
        show(state, context, isOverdue: isOverdue)
      }
    }
    if count == 0, !paths.isEmpty { Terminal.complain("No file of the library is meant by that.") }
  }

  func check(_ place: LocationID?, _ context: ReplayContext) throws {
    guard let place, !context.locations.contains(place) else { return }
    throw WorkflowError(
      .notFound, "The ledger has no location \(place).", hint: "ledger location list shows them.")
  }

  private func isAskedFor(
    _ state: PathState, _ place: LocationID?, _ named: Set<LibraryPath>
  ) -> Bool {
    if let place, state.copies[place]?.version == nil { return false }
    if let copiesUnder {
      // What was deleted has no copies on purpose.
      let isWanted = !state.heads.isEmpty || state.condition == .lost
      return isWanted && state.copyCount < copiesUnder
    }
    // A deleted file is shown only to who asks for just that one.
    return self.state != nil || state.condition != .deleted || named.contains(state.path)
  }

  func show(_ state: PathState, _ context: ReplayContext, isOverdue: Bool) {
    if nul {
      Terminal.put(state.path.bytes + [0])
    } else if common.json {
      put(state, context, isOverdue: isOverdue)
    } else {
      say(state)
    }
  }

  private func put(_ state: PathState, _ context: ReplayContext, isOverdue: Bool) {
    var line = JSONLines.object("file")
    line.append(path: state.path)
    line.append("media", state.media.rawValue)
    line.append("state", state.condition.rawValue)
    let head = state.heads.first
    line.append("content", head.map { .string($0.content.digest.description) } ?? .null)
    line.append("size", head.map { .integer($0.content.byteCount) } ?? .null)
    var copies = JSONObject()
    for location in context.locations where !context.settings[location].isRetired {
      var copy = JSONObject()
      copy.append("state", (state.copyStates[location] ?? .absent).rawValue)
      if let there = state.copies[location], there.version != nil {
        copy.append("content", there.file.content.digest.description)
      }
      copies.append(location.name, json: copy.bytes)
    }
    line.append("copies", json: copies.bytes)
    line.append("overdue", isOverdue)
    JSONLines.put(line)
  }

  private func say(_ state: PathState) {
    let copies = state.copyStates.keys.sorted().map { location in
      "\(location)=\(state.copyStates[location]?.rawValue ?? "")"
    }
    print(
      "\(state.condition.rawValue)\t\(Terminal.printable(state.path.bytes))\t"
        + copies.joined(separator: " "))
  }
}
