import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct ListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List files and their copies.",
    discussion: "EXAMPLE: ledger ls --copies-under 2")

  @Option(
    help: "Only paths in this state: synced, new, partial, conflict, deleting, deleted, lost.")
  var state: String?

  @Option(help: "Only files that this location has.")
  var location: String?

  @Option(help: "Only files with fewer whole copies.")
  var copiesUnder: Int?

  @Option(help: "As it was at a commit of main, or a time.")
  var at: String?

  @Flag(name: .customShort("0"), help: "Print paths alone, each ended by a NUL.")
  var nul = false

  @Argument(help: "Files or folders of the library.")
  var paths: [String] = []

  @OptionGroup var common: CommonOptions

  func run() async throws {
    var condition: PathCondition?
    if let state {
      guard let known = PathCondition(rawValue: state) else {
        throw WorkflowError(.usage, "There is no state \(state.debugDescription).")
      }
      condition = known
    }
    let open = try common.open()
    let place = try location.map { try LocationCommand.parse($0) }
    let prefixes = try paths.map { try LibraryPath.parse($0) }
    if let at {
      let past = try ReplayWorkflow.replay(
        open.repository, own: open.location, at: try ReplayCommand.point(at)
      ).state
      for path in past.sortedPaths {
        guard let state = past.paths[path], condition.map({ $0 == state.condition }) ?? true,
          prefixes.isEmpty || prefixes.contains(where: { path.isInside($0.bytes) })
        else { continue }
        try show(state, place, past.context) { _ in false }
      }
    } else {
      try open.catchUp()
      let context = try open.cache.context()
      try open.cache.paths(condition: condition, under: prefixes) { state in
        try show(state, place, context) { try StatusWorkflow.isOverdue($0, open, context) }
      }
    }
  }

  private func show(
    _ state: PathState, _ place: LocationID?, _ context: ReplayContext,
    isOverdue: (PathState) throws -> Bool
  ) throws {
    if let place, state.copies[place]?.version == nil { return }
    if let copiesUnder {
      let copies = state.copies.values.filter { $0.version != nil && !$0.isDamaged }.count
      // What was deleted has no copies on purpose.
      guard copies < copiesUnder, state.condition != .deleted else { return }
    } else if self.state == nil, state.condition == .deleted {
      return
    }
    if nul {
      Terminal.put(state.path.bytes + [0])
    } else if common.json {
      put(state, context, isOverdue: try isOverdue(state))
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

extension LibraryPath {
  /// A path that a person typed, relative to the library's root.
  static func parse(_ text: String) throws -> LibraryPath {
    var bytes = Array(text.utf8)
    while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    if bytes.starts(with: "./".utf8) { bytes.removeFirst(2) }
    guard let path = LibraryPath(diskBytes: bytes) else {
      throw WorkflowError(
        .usage, "\(text.debugDescription) is no path of a library.",
        hint: "Give it relative to the location's folder.")
    }
    return path
  }
}
