import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Record what happened here, and do what was decided elsewhere.",
    discussion: """
      Pulls, scans, records, trashes and renames what other places decided, and pushes. Exit \
      status 3: something waits for a person; 5: the hub was not reached; 6: some files could not \
      be read; 7: halted before anything was recorded as gone.

      EXAMPLE: ledger sync --dry-run
      """)

  @Flag(help: "Print the plan; change nothing anywhere.")
  var dryRun = false

  @Flag(help: "Do not ask the hub.")
  var offline = false

  @Option(help: "Say that up to this many files were meant to go.")
  var allowDeletes: Int?

  @Flag(help: "Say that the map of this place was changed on purpose, and its files moved.")
  var acceptMap = false

  @Option(
    help: ArgumentHelp(
      "With --dry-run: print only the paths of the planned steps of a kind, as the place spells them: "
        + "trash, restore, or rename (old name, then new name).", valueName: "kind"))
  var paths: PlannedPaths?

  @Flag(
    name: .customShort("0"), help: "With --paths: end each path with a zero byte, for xargs -0.")
  var zero = false

  @OptionGroup var listing: ListingOptions
  @Option(help: "Fetch at most so many bytes a second, as 10M; 0: no limit.")
  var bandwidth: String?

  @Option(help: "Fetch so many files at once, where rclone brings them.")
  var transfers: Int?

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let allowDeletes, allowDeletes < 0 {
      throw ValidationError("--allow-deletes takes a number of files.")
    }
    if let transfers, transfers < 1 { throw ValidationError("--transfers takes a number from 1.") }
    guard paths == nil || (dryRun && !common.json) else {
      throw ValidationError("--paths is for --dry-run, without --json.")
    }
    guard !zero || paths != nil else { throw ValidationError("-0 is for --paths.") }
  }

  func run() async throws {
    let (open, done) = try await runLocked()
    var report = done
    if !dryRun { await report.nudge(open, isSync: true) }
    if dryRun, let paths { return try paths.put(report, zero: zero) }
    try finish(report, json: common.json, isDryRun: dryRun)
  }

  // What is told afterwards, hooks are run, finds the lock free.
  private func runLocked() async throws -> (OpenLocation, SyncReport) {
    var limits = FetchLimits()
    limits.bytesPerSecond = try bandwidth.map { try ByteCount.parse($0) }
    limits.transferCount = transfers
    let (opened, lock) = try common.openLocked(waiting)
    defer { withExtendedLifetime(lock) {} }
    let open = try listing.apply(to: opened)
    var consent = ScanConsent(allowedRemovals: allowDeletes)
    consent.acceptsMap = acceptMap
    let extent: SyncWorkflow.Extent = offline ? .offline : .sync
    if dryRun {
      return (
        open,
        try await DryRun.run(
          open, extent: extent, consent: consent, environment: CommonOptions.environment)
      )
    }
    var workflow = SyncWorkflow(open, extent: extent, consent: consent)
    workflow.limits = limits
    return (open, try await workflow.run())
  }
}

struct ScanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "Record what changed here; apply nothing, touch no network.",
    discussion: """
      EXAMPLE: ledger scan -C ~/Photos
               ledger scan -C ~/.takeout --from-lsjson takeout.json
      """)

  @Option(help: "Say that up to this many files were meant to go.")
  var allowDeletes: Int?

  @Flag(help: "Say that the map of this place was changed on purpose, and its files moved.")
  var acceptMap = false

  @OptionGroup var listing: ListingOptions
  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let (open, lock) = try common.openLocked(waiting)
    defer { withExtendedLifetime(lock) {} }
    let listed = try listing.apply(to: open)
    var consent = ScanConsent(allowedRemovals: allowDeletes)
    consent.acceptsMap = acceptMap
    var workflow = SyncWorkflow(listed, extent: .scan, consent: consent)
    try finish(try await workflow.run(), json: common.json, isDryRun: false)
  }
}

/// The steps of a dry run that are printed as plain paths.
enum PlannedPaths: String, ExpressibleByArgument, CaseIterable {
  case trash, rename, restore

  /// Prints the paths, and ends with the status of the report.
  func put(_ report: SyncReport, zero: Bool) throws {
    let end: UInt8 = zero ? 0 : UInt8(ascii: "\n")
    for (action, _) in report.planned {
      func spelled(_ path: LibraryPath) -> [UInt8] { report.spellings[path] ?? path.bytes }
      switch (self, action) {
      case (.trash, .trash(let path, _, _, _)), (.restore, .putBack(let path, _, _, _, _)):
        Terminal.put(spelled(path) + [end])
      case (.rename, .rename(let path, let to, _, _)):
        Terminal.put(spelled(path) + [end] + spelled(to) + [end])
      default: continue
      }
    }
    if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
  }
}

extension SyncReport {
  /// Tells Plex and the hooks what was done, and takes up what went wrong with that.
  mutating func nudge(_ open: OpenLocation, isSync: Bool) async {
    let nudge = NudgeWorkflow(open, self, environment: CommonOptions.environment)
    // What a hook prints comes after what we did.
    Terminal.flush()
    attention += await nudge.run(self, isSync: isSync, summary: JSONLines.summary(self).bytes)
  }
}

/// Prints a report and ends with its status.
private func finish(_ report: SyncReport, json: Bool, isDryRun: Bool) throws {
  if json {
    JSONLines.put(report)
  } else {
    say(report, isDryRun: isDryRun)
  }
  if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
}

private func say(_ report: SyncReport, isDryRun: Bool) {
  let shown = 50
  // What was carried out here is told as that, once.
  let causes = Set(report.planned.filter { $0.isDone == true }.map(\.action.cause))
  let found = report.recorded.filter { event in event.cause.map { !causes.contains($0) } ?? true }
  for event in found.prefix(shown) {
    print((isDryRun ? "would record " : "") + Text.event(event))
  }
  if found.count > shown { print("… and \(Text.count(found.count - shown)) more events") }
  for step in report.planned.prefix(shown) { print(Text.action(step.action, isDone: step.isDone)) }
  if report.planned.count > shown {
    print("… and \(Text.count(report.planned.count - shown)) more steps")
  }
  let prunes = report.prunes.filter { $0.isDone == nil }.map(\.step)
  for step in prunes.prefix(shown) { print(PruneText.step(step)) }
  if prunes.count > shown { print("… and \(Text.count(prunes.count - shown)) more") }
  let pruned = report.prunes.filter { $0.isDone == true }.map(\.step)
  if !pruned.isEmpty {
    print("Pruned \(Text.files(pruned.count)) (\(PruneText.room(pruned))). \(PruneText.emptying)")
  }
  for halt in report.halts { Terminal.complain("ledger: " + halt.text) }
  for pending in report.pending.prefix(shown) {
    Terminal.complain(
      "waits: \(pending.id) \(Terminal.printable(pending.path.bytes)): "
        + Text.pending(pending.reason, policy: report.policy)
    )
  }
  if report.pending.count > shown {
    Terminal.complain(
      "… and \(report.pending.count - shown) more wait; ledger status --json lists all")
  }
  if !report.pending.isEmpty {
    Terminal.complain("Decide with ledger approve or ledger reject, by id, path or --all.")
  }
  for item in report.attention.prefix(shown) {
    Terminal.complain(Text.attention(item))
  }
  if report.attention.count > shown {
    Terminal.complain("… and \(report.attention.count - shown) more; ledger sync --json lists all")
  }
  if !report.foreign.isEmpty {
    Terminal.complain(
      "A script brought .ledger of \(report.foreign.joined(separator: ", ")) here; it is ignored. "
        + "Let scripts leave .ledger out.")
  }
  if let trouble = report.hubTrouble {
    Terminal.complain(
      "The hub \(trouble). All is recorded here and goes out with the next sync.")
  }
  sayHowItEnded(report, isDryRun: isDryRun)
}

private func sayHowItEnded(_ report: SyncReport, isDryRun: Bool) {
  if report.unsettledCount > 0 {
    let (verb, them) = report.unsettledCount == 1 ? ("is", "it") : ("are", "them")
    print(
      "\(Text.files(report.unsettledCount)) \(verb) too new to be sure of; the next run records \(them)."
    )
  }
  let quiet = report.recorded.isEmpty && report.planned.isEmpty
  let steps = report.planned.map(\.isDone) + report.prunes.map(\.isDone)
  let doneCount = steps.count { $0 == true }
  let notDone = doneCount == steps.count ? "" : ", \(steps.count - doneCount) not done"
  let what =
    quiet ? "nothing new" : "\(report.recorded.count) recorded, \(doneCount) applied\(notDone)"
  let verb = isDryRun ? "dry run, nothing was changed" : what
  let waiting = report.pending.count
  let rest =
    waiting == 0 ? "" : ", \(Text.count(waiting)) deletion\(waiting == 1 ? " waits" : "s wait")"
  print("\(report.location): \(Text.files(report.scannedCount)), \(verb)\(rest).")
}
