import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say why a file is here, gone, held or in conflict, and what happens next.",
    discussion: "EXAMPLE: ledger explain 2026/IMG_0007.jpg")

  @Argument(help: "A file of the library.")
  var path: String

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let path = try LibraryPath.parse(path)
    let open = try common.open()
    try open.catchUp()
    guard let state = try open.cache.state(of: path) else {
      throw WorkflowError(
        .notFound, "No event names \(path).",
        hint: "Give a file relative to the location's folder; ledger ls lists what is known.")
    }
    let history = try open.cache.history(of: path)
    let events = (history.events + history.decisions).sorted(by: HistoryEvent.isBefore)
    let story = Story(state: state, events: events, held: Set(open.file.held))
    if common.json {
      var line = JSONLines.object("explanation")
      line.append(path: path)
      line.append("state", state.condition.rawValue)
      line.append("lines", array: story.lines.map { JSONObject.quoted($0) })
      JSONLines.put(line)
      for event in events { Terminal.put(JSONLines.event(event.event)) }
    } else {
      for line in story.lines { print(line) }
    }
  }

  /// A path's history in plain words.
  private struct Story {
    let state: PathState
    let events: [HistoryEvent]
    let held: Set<EventID>

    var lines: [String] {
      ["\(Terminal.printable(state.path.bytes)) is \(verdict)", "", "What happened:"]
        + events.map { "  \(InstantText.encode($0.event.at)) \($0.id): \(sentence($0.event))" }
        + ["", "Where it is:"]
        + state.copyStates.keys.sorted().map { "  \($0): \(standing($0))" }
        + (next.isEmpty ? [] : ["", "What happens next:"] + next.map { "  " + $0 })
    }

    private var verdict: String {
      switch state.condition {
      case .synced: "where it should be."
      case .new: "new: no other place has had it yet."
      case .partial: "on its way: some place that wants it lacks it, or has an older version."
      case .deleting: "being deleted: a copy is still to go to the trash."
      case .deleted: "deleted."
      case .lost: "lost: it was pruned everywhere, and no place has it any more."
      case .conflict: "in conflict: a person has to decide."
      }
    }

    private func sentence(_ event: Event) -> String {
      let place = event.id.location
      let cause = event.cause.map { ", for \($0)" } ?? ""
      switch event.fact {
      case .added:
        return event.cause.map { "a copy of what \($0) put there arrived at \(place)" }
          ?? "it turned up at \(place)"
      case .changed:
        return event.cause.map { "the change \($0) arrived at \(place)" }
          ?? "it was changed at \(place)"
      case .renamed(let file, let from):
        let who = event.cause == nil ? "a person renamed it" : "it was renamed"
        return "\(who) from \(from) to \(file.path) at \(place)\(cause)"
      case .deleted(_, let asks):
        if event.cause != nil { return "it went to the trash of \(place)\(cause)" }
        return asks
          ? "it was removed at \(place), which may only propose that"
          : "a person deleted it at \(place), which has the say: it goes everywhere"
      case .pruned: return "it was removed at \(place) only; it stays elsewhere"
      case .restored:
        return event.cause == nil
          ? "a person brought it back at \(place)"
          : "it came back from the trash of \(place)\(cause)"
      case .damaged: return "its bytes at \(place) were found damaged"
      case .approved(let targets): return "a person approved \(list(targets)) at \(place)"
      case .rejected(let targets): return "a person rejected \(list(targets)) at \(place)"
      case .resolved(_, let keep):
        return "a person decided at \(place) to keep \(keep.map(\.description) ?? "none")"
      default: return Text.event(event)
      }
    }

    private func list(_ ids: [EventID]) -> String {
      let own = ids.filter { state.deletions[$0] != nil }
      return own.map(\.description).joined(separator: ", ")
    }

    private func standing(_ location: LocationID) -> String {
      let since = state.copies[location].map { ", since \($0.since)" } ?? ""
      switch state.copyStates[location] ?? .absent {
      case .present: return "has it\(since)"
      case .behind: return "has an older version\(since)"
      case .diverged: return "has other bytes than another place\(since)"
      case .pruned: return "removed it there only, which is in order\(since)"
      case .removed: return "removed it\(since)"
      case .absent: return "never had it"
      }
    }

    private var next: [String] {
      var lines: [String] = []
      for (location, id) in state.applying.sorted(by: { $0.key < $1.key }) {
        guard let deletion = state.deletions[id] else { continue }
        let isHeld = deletion.decision != .approved && (deletion.hold != nil || held.contains(id))
        if isHeld {
          lines.append(
            "\(id) waits for a person: ledger approve \(id), or ledger reject \(id).")
        } else if let to = deletion.replacedBy {
          lines.append("The next sync at \(location) renames it to \(to), for \(id).")
        } else {
          lines.append("The next sync at \(location) moves it to the trash there, for \(id).")
        }
      }
      for conflict in state.conflicts {
        lines.append(conflict.attention(at: state.path).detail + ".")
      }
      return lines
    }
  }
}
