import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerStorage
import LedgerWorkflows

struct PruneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Make room here, of files that enough other places hold.",
    discussion: """
      A file goes only if --min-copies other locations hold the same bytes whole and were seen to \
      within --seen-within: when they recorded them, or at a complete scan since. Nothing goes that a \
      deletion or a conflict is about, that is damaged here, or whose newer version is elsewhere. A \
      photo or video and its companions go together or stay together. What goes is recorded as pruned: \
      it is deleted nowhere else and not fetched back.

      Nothing is destroyed: files move to this location's trash, from which ledger restore brings them \
      back. ledger trash empty --pruned makes the room as soon as enough other places have \
      scanned since and still hold them; without --pruned they wait there as deleted ones do.

      --free 50G prunes until 50 GB are free, counted with what was pruned and is still in the trash: \
      what has been here longest first, of those the largest. A file with a further name on the disk \
      frees nothing and is not counted. --older-than goes by how long the file has been here as it is, \
      as the log says.

      A rule makes every ledger sync prune: ledger location set plex prune \
      video,older-than=30d,min-copies=2. Exit status 5: the hub was not reached, which may know \
      better; 7: halted, nothing was removed.

      EXAMPLE: ledger prune --media video --older-than 30d --min-copies 2
               ledger prune 2019/ --free 50G --yes
               ledger prune --record-only 2019/trip.mov
      """)

  @Option(help: "Only these types: photo, video, sidecar, other, with commas.")
  var media: String?

  @Option(help: "Only what has been here, as it is, for 30d.")
  var olderThan: String?

  @Option(help: "How many other locations must hold the same bytes.")
  var minCopies = 2

  @Option(help: "How lately they must have been seen to hold them.")
  var seenWithin = "30d"

  @Option(help: "Only until so much is free: 50G, 500M or bytes.")
  var free: String?

  @Flag(help: "Record as pruned what a script removed itself; refused where it is still there.")
  var recordOnly = false

  @Option(help: "With --record-only: say that up to this many files were meant to go.")
  var allowDeletes: Int?

  @Flag(help: "Do not ask.")
  var yes = false

  @Argument(help: "Files or folders of the library.")
  var paths: [String] = []

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if recordOnly && paths.isEmpty { throw ValidationError("--record-only takes paths.") }
    guard !paths.isEmpty || media != nil || free != nil else {
      throw ValidationError("Give paths, --media or --free.")
    }
  }

  func run() async throws {
    if recordOnly { return try await record() }
    guard case (let open, var report)? = try await prune() else { return }
    await report.nudge(open, isSync: false)
    if common.json { JSONLines.put(report) } else { say(report) }
    if [5, 6, 7].contains(report.exitStatus) { throw ExitCode(report.exitStatus) }
  }

  // Nil where it was only shown.
  private func prune() async throws -> (OpenLocation, SyncReport)? {
    var request = PruneRequest(try rule())
    request.names = paths
    var (open, lock) = try common.openLocked(waiting)
    defer { withExtendedLifetime(lock) {} }
    if !yes {
      if let trouble = try await open.askHub() {
        Terminal.complain("The hub \(trouble). Going on with what is here.")
      }
      try open.catchUp()
      let plan = try open.planPrune(request)
      preview(plan)
      guard !common.json, !plan.steps.isEmpty else { return nil }
      guard Terminal.confirms("Prune \(Text.files(plan.steps.count))?") else {
        print("Nothing was removed. Add --yes to do it.")
        return nil
      }
    }
    var workflow = SyncWorkflow(
      open, extent: .prune(request), consent: ScanConsent(allowedRemovals: nil))
    return (open, try await workflow.run())
  }

  private func rule() throws -> PruneRule {
    var parts = media.map { [$0] } ?? []
    if let olderThan { parts.append("older-than=\(olderThan)") }
    if let free { parts.append("free=\(free)") }
    parts += ["min-copies=\(minCopies)", "seen-within=\(seenWithin)"]
    guard let rule = PruneRule(parts.joined(separator: ",")) else {
      throw WorkflowError(
        .usage, "That makes no sense: \(parts.joined(separator: ", ")). Nothing was removed.",
        hint: "Give types as photo,video, ages as 30d, sizes as 50G, and at least one copy.")
    }
    return rule
  }

  private func record() async throws {
    let (open, lock) = try await common.openToRecord(waiting)
    defer { withExtendedLifetime(lock) {} }
    let result = try await open.recordPruned(
      paths, consent: ScanConsent(allowedRemovals: allowDeletes))
    for event in result.recorded {
      if common.json { Terminal.put(JSONLines.event(event)) } else { print(Text.event(event)) }
    }
    for item in result.attention {
      if common.json {
        JSONLines.put(JSONLines.attention(item))
      } else {
        Terminal.complain(Text.attention(item))
      }
    }
  }

  private func preview(_ plan: PrunePlan) {
    guard !common.json else {
      for step in plan.steps { JSONLines.put(JSONLines.prune(step, "planned")) }
      for stay in plan.staying { JSONLines.put(PruneText.object(stay)) }
      var line = JSONLines.object("summary")
      line.append("planned", Int64(plan.steps.count))
      line.append("bytes", plan.steps.reduce(0) { $0 + $1.freedBytes })
      line.append("kept", Int64(plan.staying.count))
      return JSONLines.put(line)
    }
    for step in plan.steps.prefix(Self.shown) { print(PruneText.step(step)) }
    if plan.steps.count > Self.shown {
      print("… and \(Text.count(plan.steps.count - Self.shown)) more")
    }
    for line in PruneText.staying(plan.staying, rule: try? rule()) { print(line) }
    let bytes = Text.bytes(plan.steps.reduce(0) { $0 + $1.freedBytes })
    print("Would prune \(Text.files(plan.steps.count)) (\(bytes)).")
    if !yes, plan.steps.isEmpty { print("Nothing was removed.") }
  }

  private static let shown = 50

  private func say(_ report: SyncReport) {
    let done = report.prunes.filter { $0.isDone == true }.map(\.step)
    for step in done.prefix(Self.shown) {
      print("pruned \(Terminal.printable(step.path.bytes))")
    }
    if done.count > Self.shown { print("… and \(Text.count(done.count - Self.shown)) more") }
    for halt in report.halts { Terminal.complain("ledger: " + halt.text) }
    for item in report.attention.prefix(Self.shown) { Terminal.complain(Text.attention(item)) }
    if let trouble = report.hubTrouble {
      Terminal.complain("The hub \(trouble). All is recorded here and goes out with the next sync.")
    }
    for line in PruneText.staying(report.staying, rule: try? rule()) { print(line) }
    print("Pruned \(Text.files(done.count)) (\(PruneText.room(done))).")
    if !done.isEmpty { print(PruneText.emptying) }
  }
}

/// What is pruned and what stays, in words.
enum PruneText {
  static let emptying =
    "They are in the trash; ledger trash empty --pruned --yes makes the room once others have scanned again."

  static func room(_ steps: [PruneStep]) -> String {
    Text.bytes(steps.reduce(0) { $0 + $1.freedBytes })
  }

  /// A step that nobody took yet.
  static func step(_ step: PruneStep) -> String {
    let freed =
      step.freedBytes == 0 && step.content.byteCount > 0
      ? "frees nothing, as it has a further name" : Text.bytes(step.freedBytes)
    let holders = step.holders.map(\.name).joined(separator: ", ")
    return "would prune \(Terminal.printable(step.path.bytes)) (\(freed); also at \(holders))"
  }

  /// What stays, a line a reason, the first files named.
  static func staying(_ staying: [PruneStay], rule: PruneRule?) -> [String] {
    let groups = Dictionary(grouping: staying) { words($0.reason, rule: rule, isShort: true) }
    return groups.sorted { $0.value[0].path < $1.value[0].path }.map { reason, files in
      let first = Terminal.printable(files[0].path.bytes)
      return files.count == 1
        ? "stays: \(first): \(words(files[0].reason, rule: rule, isShort: false))"
        : "\(Text.files(files.count)) stay, \(first) and others: \(reason)"
    }
  }

  static func object(_ stay: PruneStay) -> JSONObject {
    var line = JSONLines.object("kept")
    line.append(path: stay.path)
    line.append("reason", name(stay.reason))
    line.append("detail", words(stay.reason, rule: nil, isShort: false))
    return line
  }

  private static func name(_ reason: PruneReason) -> String {
    switch reason {
    case .incompleteLog: "incomplete-log"
    case .damaged: "damaged"
    case .deletion: "deletion"
    case .conflict: "conflict"
    case .unknownEvent: "unknown-event"
    case .behind: "behind"
    case .weakDigest: "weak-digest"
    case .fewCopies: "few-copies"
    case .young: "young"
    case .belongsTo: "belongs-to"
    case .companion: "companion"
    case .linked: "linked"
    case .enough: "enough"
    }
  }

  private static func words(_ reason: PruneReason, rule: PruneRule?, isShort: Bool) -> String {
    switch reason {
    case .incompleteLog: return "events of other places have not come yet; sync again"
    case .damaged: return "damaged here; ledger restore --from heals it"
    case .deletion: return "a deletion is about it"
    case .conflict: return "a person has to decide on it first; ledger status says how"
    case .unknownEvent: return "a newer version of ledger wrote about it"
    case .behind: return "a newer version is elsewhere"
    case .weakDigest: return "its content is not known by sha256"
    case .young: return "not here for long enough"
    case .belongsTo(let path):
      return isShort
        ? "belongs to what stays" : "belongs to \(Terminal.printable(path.bytes)), which stays"
    case .companion(let path):
      return isShort
        ? "a companion of it has to stay"
        : "its companion \(Terminal.printable(path.bytes)) has to stay"
    case .linked: return "has a further name on this disk, so that it frees nothing"
    case .enough: return "enough is free without it"
    case .fewCopies(let seen, let unseen):
      let wanted = rule.map { ", \(Text.count($0.minCopies)) wanted" } ?? ""
      if isShort { return "too few other places were seen to hold it whole\(wanted)" }
      let have = seen.isEmpty ? "no other place" : "only \(names(seen))"
      let rest =
        unseen.isEmpty
        ? "" : "; \(names(unseen)) may have it too, but did not say so for long: sync there"
      return "\(have) was seen to hold it whole\(wanted)\(rest)"
    }
  }

  private static func names(_ locations: [LocationID]) -> String {
    locations.map(\.name).joined(separator: ", ")
  }
}
