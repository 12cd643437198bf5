import LedgerCache
package import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerStorage

/// What is to make room.
package struct PruneRequest: Hashable, Sendable {
  /// Paths or folders of the library, as a person typed them; none: all of it.
  package var names: [String] = []
  /// What may go.
  package var rule: PruneRule

  /// A request for the whole library.
  package init(_ rule: PruneRule) { self.rule = rule }
}

extension OpenLocation {
  /// Decides what makes room here, by what this clone knows. Touches nothing.
  ///
  /// - Parameter excluded: paths that are not as the ledger has them.
  /// - Throws: `WorkflowError` where a name means nothing that is here.
  package func planPrune(
    _ request: PruneRequest, without excluded: Set<LibraryPath> = []
  ) throws -> PrunePlan {
    let names = try request.names.filter { !libraryName($0).isEmpty }.map { try libraryPath($0) }
    let isAll = names.count < request.names.count || names.isEmpty
    var present: [(path: LibraryPath, media: MediaType)] = []
    try cache.copiesPresent(at: location) { copy in
      if !excluded.contains(copy.path) { present.append((copy.path, copy.media)) }
    }
    for name in names where !present.contains(where: { $0.path.isInside(name.bytes) }) {
      throw WorkflowError(
        .notFound,
        "\(String(describing: name).debugDescription) is not here, as far as the ledger knows. "
          + "Nothing was removed.", hint: "ledger ls --location \(location) lists what is here.")
    }
    let context = try cache.context()
    let scanned = try lastScans(context)
    let isLogIncomplete = try cache.problems().contains { $0.kind == .waiting }
    let wanted = try request.rule.freeBytes.map { try bytesToFree(until: $0) }
    return try cache.withHistories { history in
      withoutActuallyEscaping(history) { history in
        var input = PruneInput(
          location: location, rule: request.rule, context: context, now: outside.clock.now(),
          present: present,
          file: { path in
            // What can't be read is not known, and stays.
            guard let history = try? history(path), let state = history.state(in: context) else {
              return nil
            }
            return PruneFile(state: state, events: history.events)
          })
        input.scanned = scanned
        input.isNamed = { path in isAll || names.contains { path.isInside($0.bytes) } }
        input.isLinked = { storage.isLinked(placeBytes(of: $0)) }
        input.isLogIncomplete = isLogIncomplete
        input.wantedBytes = wanted
        return LedgerCore.planPrune(input)
      }
    }
  }

  /// When the other locations last scanned to the end, as they told the hub.
  func lastScans(_ context: ReplayContext) throws -> [LocationID: Instant] {
    var scanned: [LocationID: Instant] = [:]
    for name in context.locations where name != location {
      let record = try repository.readBlobRef(of: name).flatMap { SeenRecord($0) }
      scanned[name] = record?.scanned
    }
    return scanned
  }

  // What was pruned already is counted as free: it is, as soon as the trash is emptied. Else each run
  // would prune anew.
  private func bytesToFree(until wanted: Int64) throws -> Int64 {
    let coming = try storage.trashEntries().filter { $0.minCopies != nil }.byteCount
    guard let free = storage.freeBytes() else {
      throw WorkflowError(
        .usage, "How much room is free at \(location) can't be told. Nothing was pruned.",
        hint: "Leave --free (free= in a rule) out there; --media and --older-than say what may go.")
    }
    return max(0, wanted - free - coming)
  }

  /// Moves what is to make room to this location's trash; each file is compared at the last moment.
  ///
  /// - Returns: the steps with what became of them, what to record, and what a person should hear of.
  func moveAway(_ plan: PrunePlan, minCopies: Int) async throws -> Pruned {
    var pruned = Pruned()
    if !plan.steps.isEmpty { outside.progress(.step("making room")) }
    defer { outside.progress(.done) }
    let last = try cache.numbers()[location]
    for step in plan.steps {
      let id = EventID(location: location, number: last + Int64(pruned.facts.count) + 1)
      let outcome = await storage.trash(
        try spelling(of: step.path), expecting: step.content,
        for: TrashIntent(
          id, after: last, now: outside.clock.now().milliseconds / 1_000, minCopies: minCopies))
      guard case .done = outcome else {
        pruned.steps.append((step, false))
        pruned.attention.append(
          Attention(
            reason: "trash-blocked", path: step.path.bytes,
            detail: "not pruned: \(RestoreWorkflow.describePrune(outcome))", waits: false))
        continue
      }
      let file = FileFact(path: step.path, media: step.media, content: step.content)
      pruned.facts.append(CausedFact(.pruned(file)))
      pruned.steps.append((step, true))
    }
    return pruned
  }
}

/// What came of a pruning.
struct Pruned {
  var steps: [(step: PruneStep, isDone: Bool?)] = []
  var facts: [CausedFact] = []
  var attention: [Attention] = []
}

extension RestoreWorkflow {
  static func describePrune(_ outcome: Outcome) -> String {
    switch outcome {
    case .changed: "its bytes are not those that the ledger has; left alone"
    case .gone: "it is not there any more"
    case .occupied: "the trash has something in its way; left alone"
    case .keptInTrash(let id): "it changed while it was moved; it is in the trash entry \(id)"
    case .done, .blocked: describe(outcome)
    }
  }
}

extension SyncWorkflow {
  // The hub may know that another place has not got the files any more.
  func checkMayPrune() throws {
    guard case .prune = extent, let trouble = report.hubTrouble else { return }
    throw WorkflowError(
      .unreachable,
      "The hub \(trouble). It may know that another place has a file no more, so nothing was removed.",
      hint: "Run the same command again when it can.")
  }

  /// Makes room, unless this scan could not see all or was halted.
  mutating func prune(_ request: PruneRequest, _ scanned: Scanned, since: Seen) async throws {
    guard scanned.result.observation.isComplete, scanned.detection.halts.isEmpty else { return }
    let plan = try open.planPrune(request)
    report.staying = plan.staying
    let pruned = try await open.moveAway(plan, minCopies: request.rule.minCopies)
    report.prunes = pruned.steps
    report.attention += pruned.attention
    report.recorded += try await open.record(pruned.facts, since: since)
    let gone = pruned.facts.compactMap(\.fact.path)
    if !gone.isEmpty { try open.cache.updateFiles(upsert: [], remove: gone) }
  }

  /// Makes room by the location's rule, where it has one. Not on a first sync, and never without the
  /// hub's word.
  mutating func pruneByRule(_ scanned: Scanned, since: Seen) async throws {
    guard extent == .sync, report.hubTrouble == nil, open.file.hasSynced,
      let rule = try open.cache.context().settings[open.location].pruneRule
    else { return }
    try await prune(PruneRequest(rule), scanned, since: since)
  }

  /// What the location's rule would make room of, as far as it can be told without doing the rest.
  mutating func planPruneByRule(_ scanned: Scanned, _ plan: Plan) throws {
    guard extent == .sync, report.hubTrouble == nil, open.file.hasSynced, report.halts.isEmpty,
      scanned.result.observation.isComplete,
      let rule = try open.cache.context().settings[open.location].pruneRule
    else { return }
    let touched = scanned.detection.facts.flatMap(\.fact.paths) + plan.actions.map(\.path)
    let prune = try open.planPrune(PruneRequest(rule), without: Set(touched))
    report.prunes = prune.steps.map { ($0, nil) }
  }
}
