import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerStorage
import LedgerWorkflows

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring files back from the trash, here and elsewhere.",
    discussion: """
      With --from, files that ledger verify found damaged get their right bytes from another folder, \
      compared before anything is touched; the damaged ones go to the trash.

      EXAMPLE: ledger restore 2026/IMG_0007.jpg --yes
               ledger restore --from plex --yes
      """)

  @Option(help: "Only what this deletion removed.")
  var deletion: String?

  @Option(help: "Only what deletions of this location removed.")
  var by: String?

  @Option(help: "Only what the batch with this event removed.")
  var batch: String?

  @Option(help: "Only what was trashed since then.")
  var since: String?

  @Option(help: "Replace damaged files by those of this location on this machine, or this folder.")
  var from: String?

  @Flag(help: "Do not ask.")
  var yes = false

  @Argument(help: "Files or folders of the library.")
  var paths: [String] = []

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let (open, lock) = try await common.openToRecord(waiting)
    defer { withExtendedLifetime(lock) {} }
    if let from { return try await heal(open, from: from) }
    var selection = RestoreWorkflow.Selection()
    selection.names = paths.map { open.libraryName($0) }
    selection.deletion = try deletion.map { try parse($0) }
    selection.batch = try batch.map { try parse($0) }
    selection.by = try by.map { try LocationCommand.parse($0) }
    selection.since = try since.map { try Moment.parse($0, now: open.outside.clock.now()) }
    guard !selection.isEmpty else {
      throw WorkflowError(
        .usage, "Nothing was named, so nothing was restored.",
        hint:
          "Give paths, --deletion, --by, --batch or --since; ledger trash list shows what is there."
      )
    }
    let (entries, finished) = try await RestoreWorkflow.entries(open, selection)
    tell(finished, [])
    guard !entries.isEmpty else { return sayRecorded() }
    if !yes {
      for entry in entries { preview(entry) }
      guard !common.json else { return }
      guard Terminal.confirms("Restore \(Text.files(entries.count))?") else {
        print("Nothing was restored. Add --yes to do it.")
        return
      }
    }
    let result = try await RestoreWorkflow.run(open, entries)
    tell(result.recorded, result.attention)
    if !(finished + result.recorded).isEmpty { sayRecorded() }
    if !result.attention.isEmpty { throw ExitCode(ExitCodes.waits) }
  }

  private func sayRecorded() {
    guard !common.json else { return }
    print("Recorded; ledger sync brings them back at the other places too.")
  }

  private func heal(_ open: OpenLocation, from name: String) async throws {
    guard deletion == nil, by == nil, batch == nil, since == nil else {
      throw WorkflowError(
        .usage, "--from is for damaged files, which no deletion removed. Nothing was changed.",
        hint: "Give paths alone, or nothing for all that is damaged.")
    }
    let folder = try HealWorkflow.folder(named: name, from: common.start, open)
    let states = try HealWorkflow.damaged(open, names: paths.map { open.libraryName($0) })
    guard !states.isEmpty else {
      print("No file is known to be damaged here; ledger verify looks for damage.")
      return
    }
    if !yes {
      for state in states {
        print("would replace \(Terminal.printable(state.path.bytes)) from \(folder)")
      }
      guard !common.json, Terminal.confirms("Replace \(Text.files(states.count))?") else {
        print("Nothing was replaced. Add --yes to do it.")
        return
      }
    }
    let result = try await HealWorkflow.run(open, states, from: folder)
    tell(result.recorded, result.attention)
    if !common.json { print("\(Text.files(result.healed.count)) whole again.") }
    if !result.attention.isEmpty { throw ExitCode(ExitCodes.waits) }
  }

  private func tell(_ recorded: [Event], _ attention: [Attention]) {
    for event in recorded {
      if common.json { Terminal.put(JSONLines.event(event)) } else { print(Text.event(event)) }
    }
    for item in attention {
      if common.json {
        JSONLines.put(JSONLines.attention(item))
      } else {
        Terminal.complain(Text.attention(item))
      }
    }
  }

  private func preview(_ entry: TrashEntry) {
    guard common.json else {
      print(
        "would restore \(Terminal.printable(entry.path.bytes)) "
          + "(\(Text.bytes(entry.content.byteCount)), trashed \(Moment.text(seconds: entry.trashedAt)) \(entry.purpose))"
      )
      return
    }
    var line = JSONLines.object("planned")
    line.append("action", "restore")
    line.append(path: entry.path)
    line.append("cause", entry.deletion.description)
    JSONLines.put(line)
  }

  private func parse(_ text: String) throws -> EventID {
    guard let id = EventID(text) else {
      throw WorkflowError(.usage, "\(text.debugDescription) is no event, as amazon:42 is.")
    }
    return id
  }
}
