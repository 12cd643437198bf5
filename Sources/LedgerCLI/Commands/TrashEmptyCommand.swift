import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerStorage
import LedgerWorkflows

struct TrashEmptyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "empty", abstract: "Destroy what has been in the trash for long enough.",
    discussion: """
      The only command that destroys bytes, and only with --yes. A file goes when its deletion stands, \
      its bytes are those that were recorded, another location holds them too, and the setting \
      trash-days has passed: by the clock, and by as many days on which ledger ran here. With --pruned \
      only what ledger prune moved there goes, and at once, as long as as many other locations as it \
      wanted then have been seen in the last 30 days to hold the bytes. Exit status \
      5: the hub was not reached, which may know better; 6: some files were not what was recorded, or \
      in use, and stay.

      EXAMPLE: ledger trash empty --older-than 200d --yes
               ledger trash empty --pruned --yes
      """)

  @Option(help: "Only what was trashed before 200d ago, 2026-11-23, or an instant.")
  var olderThan: String?

  @Flag(help: "Also what no other location is known to hold.")
  var lastCopies = false

  @Flag(help: "What made room, without waiting, while enough other locations hold it.")
  var pruned = false

  @Flag(help: "Do it.")
  var yes = false

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    var (open, lock) = try common.openLocked(waiting)
    defer { withExtendedLifetime(lock) {} }
    let before = try olderThan.map { try Moment.parse($0, now: open.outside.clock.now()) }
    if let trouble = try await open.askHub() {
      guard !yes else {
        throw WorkflowError(
          .unreachable,
          "The hub \(trouble). It may know that a file is to come back, so nothing was removed.",
          hint: "Run the same command again when it can.")
      }
      Terminal.complain("The hub \(trouble). Going on with what is here.")
    }
    let preview = try await EmptyTrashWorkflow.preview(
      open,
      EmptyTrashWorkflow.Request(
        before: before, takesLastCopies: lastCopies, takesPruned: pruned))
    var outcomes: [(entry: TrashEntry, outcome: Outcome?)] = preview.going.map { ($0, nil) }
    if yes {
      outcomes = await EmptyTrashWorkflow.run(open, preview).map { ($0.entry, $0.outcome) }
    }
    if common.json { put(outcomes, preview) } else { say(outcomes, preview) }
    if outcomes.contains(where: { $0.outcome.map { !$0.isDone } ?? false }) {
      throw ExitCode(ExitCodes.unreadable)
    }
  }

  private func say(
    _ outcomes: [(entry: TrashEntry, outcome: Outcome?)], _ preview: EmptyTrashWorkflow.Preview
  ) {
    for (entry, outcome) in outcomes {
      let name = Terminal.printable(entry.path.bytes)
      let what =
        "\(name) (\(Text.bytes(entry.content.byteCount)), trashed "
        + "\(Moment.text(seconds: entry.trashedAt)) \(entry.purpose))"
      switch outcome {
      case nil: print("would destroy \(what)")
      case .done: print("destroyed \(what)")
      case let outcome?: Terminal.complain("stays: \(name): \(Self.describe(outcome))")
      }
    }
    for reason in EmptyTrashWorkflow.Reason.allCases {
      let count = preview.staying.count { $0.reason == reason }
      guard count > 0 else { continue }
      print("\(Text.files(count)) stay\(count == 1 ? "s" : ""): \(words(reason, preview)).")
    }
    let gone = yes ? outcomes.filter { $0.outcome?.isDone == true } : outcomes
    let bytes = Text.bytes(gone.map(\.entry).byteCount)
    print("\(yes ? "Destroyed" : "Would destroy") \(Text.files(gone.count)) (\(bytes)).")
    if !yes, !gone.isEmpty { print("Nothing was removed. Add --yes to do it.") }
  }

  private func words(
    _ reason: EmptyTrashWorkflow.Reason, _ preview: EmptyTrashWorkflow.Preview
  ) -> String {
    switch reason {
    case .undecided: "the deletion is not recorded yet, is over, or waits for a person"
    case .retention:
      "not \(Text.count(preview.retentionDays)) days old by the clock and by the days on which ledger "
        + "ran here"
    case .younger: "not as old as was asked for"
    case .fewCopies:
      "fewer other locations than were wanted have been seen in the last 30 days to hold these bytes"
    case .lastCopy: "no other location is known to hold these bytes (--last-copies takes them too)"
    }
  }

  private static func describe(_ outcome: Outcome) -> String {
    switch outcome {
    case .done, .occupied, .keptInTrash: ""
    case .changed: "its bytes are not those that were recorded"
    case .gone: "it is not in the trash any more"
    case .blocked(let why): why
    }
  }

  private func put(
    _ outcomes: [(entry: TrashEntry, outcome: Outcome?)], _ preview: EmptyTrashWorkflow.Preview
  ) {
    var gone: [TrashEntry] = []
    for (entry, outcome) in outcomes {
      let isDone = outcome.map(\.isDone) ?? true
      var line = object(entry, isDone ? (yes ? "destroyed" : "planned") : "kept")
      if !yes { line.append("action", "destroy") }
      if let outcome, !isDone { line.append("reason", Self.describe(outcome)) }
      JSONLines.put(line)
      guard isDone else { continue }
      gone.append(entry)
    }
    for (entry, reason) in preview.staying {
      var line = object(entry, "kept")
      line.append("reason", reason.rawValue)
      JSONLines.put(line)
    }
    var line = JSONLines.object("summary")
    line.append(yes ? "destroyed" : "planned", Int64(gone.count))
    line.append("bytes", gone.byteCount)
    let reasons = EmptyTrashWorkflow.Reason.allCases.sorted { $0.rawValue < $1.rawValue }
    line.append(
      "kept",
      .object(
        reasons.map { reason in
          let count = preview.staying.count { $0.reason == reason }
          return SettingEntry(key: reason.rawValue, value: .integer(Int64(count)))
        }))
    JSONLines.put(line)
  }

  private func object(_ entry: TrashEntry, _ kind: String) -> JSONObject {
    var line = JSONLines.object(kind)
    line.append(path: entry.path)
    line.append("content", entry.content.digest.description)
    line.append("size", entry.content.byteCount)
    line.append("deletion", entry.deletion.description)
    if entry.minCopies != nil { line.append("pruned", true) }
    line.append("at", Moment.text(seconds: entry.trashedAt))
    return line
  }
}

extension TrashEntry {
  /// What it is there for: `for plex:7`, or `to make room (desk:9)`.
  var purpose: String { minCopies == nil ? "for \(deletion)" : "to make room (\(deletion))" }
}

extension Outcome {
  /// Whether it was done.
  fileprivate var isDone: Bool { if case .done = self { true } else { false } }
}
