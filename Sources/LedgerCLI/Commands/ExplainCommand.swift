import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerStorage
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
    let open = try common.open()
    let path = try open.libraryPath(path)
    try open.catchUp()
    guard let state = try open.cache.state(of: path) else {
      throw try ExplainWorkflow.unheard(of: path, from: common.start, open)
    }
    let history = try open.cache.history(of: path)
    let events = (history.events + history.decisions).sorted(by: HistoryEvent.isBefore)
    let story = Story(
      state: state, events: events, here: open.location, held: Set(open.file.held),
      trash: try open.storage.trashEntries().filter { $0.path == path },
      context: try open.cache.context(),
      noticed: open.file.noticed.filter { $0.path == path.bytes })
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
}
