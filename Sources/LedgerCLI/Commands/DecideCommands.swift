import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerStorage
import LedgerWorkflows

struct ApproveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Say yes to deletions that wait.",
    discussion: """
      Any place may decide, and all hear of it.

      EXAMPLE: ledger approve amazon:42 2019/Trip
      """)

  @Flag(help: "All that wait here, as ledger status lists them.")
  var all = false

  @Argument(help: "Ids of deletions, files or folders.")
  var names: [String] = []

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws { try await decide(common, waiting, names, all: all, approves: true) }
}

struct RejectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reject", abstract: "Say no to deletions that wait; trashed files come back.",
    discussion: """
      Each place that has carried the deletion out puts the file back from its own trash. By its id \
      also a deletion that was carried out everywhere is taken back.

      EXAMPLE: ledger reject amazon:42
      """)

  @Flag(help: "All that wait here, as ledger status lists them.")
  var all = false

  @Argument(help: "Ids of deletions, files or folders.")
  var names: [String] = []

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws { try await decide(common, waiting, names, all: all, approves: false) }
}

private func decide(
  _ common: CommonOptions, _ waiting: LockOptions, _ names: [String], all: Bool, approves: Bool
) async throws {
  guard all || !names.isEmpty else {
    throw WorkflowError(
      .usage, "Nothing was named, so nothing was recorded.",
      hint: "Give ids, paths or folders, or --all; ledger status lists what waits.")
  }
  let (open, lock) = try await common.openToRecord(waiting)
  defer { withExtendedLifetime(lock) {} }
  let selection = DecideWorkflow.Selection(names: names, all: all)
  let recorded = try await DecideWorkflow.run(open, selection, approves: approves)
  for event in recorded {
    if common.json { Terminal.put(JSONLines.event(event)) } else { print(Text.event(event)) }
  }
  guard !common.json else { return }
  if !recorded.isEmpty {
    print("Recorded; ledger sync acts on it here and carries it to the other places.")
    return
  }
  let rest = try DecideWorkflow.candidates(in: open).count
  print("Nothing waits here, so nothing was recorded.")
  if rest > 0 {
    print(
      "\(Text.count(rest)) deletion\(rest == 1 ? " is" : "s are") on the way to other places; decide "
        + "on them by id, path or folder.")
  }
}

struct TrashCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trash", abstract: "What this location removed.",
    subcommands: [TrashListCommand.self, TrashEmptyCommand.self],
    defaultSubcommand: TrashListCommand.self)
}

struct TrashListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what is in this location's trash.",
    discussion: "EXAMPLE: ledger trash list")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let open = try common.open()
    for entry in try open.storage.trashEntries() {
      if common.json {
        var line = JSONLines.object("trashed")
        line.append(path: entry.path)
        line.append("content", entry.content.digest.description)
        line.append("size", entry.content.byteCount)
        line.append("deletion", entry.deletion.description)
        if entry.minCopies != nil { line.append("pruned", true) }
        line.append("at", Moment.text(seconds: entry.trashedAt))
        line.append("file", open.storage.whereabouts(of: entry) ?? "")
        JSONLines.put(line)
      } else {
        print(
          "\(Moment.text(seconds: entry.trashedAt)) "
            + (entry.minCopies == nil ? "\(entry.deletion) " : "pruned \(entry.deletion) ")
            + "\(Text.bytes(entry.content.byteCount)) \(Terminal.printable(entry.path.bytes))")
      }
    }
  }
}
