import LedgerCache
package import LedgerCore

/// Records a person's decision on deletions.
package enum DecideWorkflow {
  /// A deletion that nobody has decided on.
  package struct Candidate: Sendable {
    /// The deletion.
    package let deletion: Deletion
    /// Where.
    package let path: LibraryPath
    /// Whether it waits for a person, as far as this location knows; else it is only on its way to
    /// some location, which may hold it.
    package let waits: Bool
  }

  /// What a person named.
  package struct Selection: Sendable {
    /// Ids, paths or folders, as given.
    package var names: [String] = []
    /// Everything that waits here.
    package var all = false

    /// A selection.
    package init(names: [String], all: Bool) {
      self.names = names
      self.all = all
    }
  }

  /// The undecided deletions that some location has still to carry out, or that are in conflict, in
  /// the order of their paths.
  package static func candidates(in open: OpenLocation) throws -> [Candidate] {
    let held = Set(open.file.held)
    let policy = try open.cache.context().settings.ledger.deletions
    var found: [Candidate] = []
    try open.cache.paths { state in
      let applying = Set(state.applying.values)
      let conflicts = Set(state.conflicts.filter(\.needsDecision).compactMap(\.deletion))
      let told = Set(state.conflicts.compactMap(\.deletion))
      let waiting = Set(state.waiting(held: held, policy: policy).map(\.deletion.id))
      for id in applying.union(told).union(waiting).sorted() {
        guard let deletion = state.deletions[id], deletion.decision == .pending else { continue }
        let waits = waiting.contains(id) || conflicts.contains(id)
        found.append(Candidate(deletion: deletion, path: state.path, waits: waits))
      }
    }
    return found
  }

  /// Decides on deletions by id, path, folder, or all.
  ///
  /// `--all` means what waits here, as `ledger status` lists it, and so does a folder where anything
  /// in it waits: nothing is approved that nobody could have looked at. An id means that deletion
  /// whatever was decided on it, and also where it was carried out.
  ///
  /// - Returns: the events recorded; they go out with the next sync.
  /// - Throws: `WorkflowError` where a name means no pending deletion; then nothing is recorded.
  package static func run(
    _ open: OpenLocation, _ selection: Selection, approves: Bool
  ) async throws -> [Event] {
    try open.catchUp()
    let candidates = try candidates(in: open)
    var chosen: Set<EventID> = []
    if selection.all { chosen.formUnion(candidates.filter(\.waits).map(\.deletion.id)) }
    for name in selection.names {
      if let id = EventID(name), let event = try open.cache.event(id)?.event {
        try check(event, open, approves: approves)
        chosen.insert(id)
      } else {
        chosen.formUnion(try named(name, among: candidates, open))
      }
    }
    guard !chosen.isEmpty else { return [] }
    let targets = chosen.sorted()
    var facts: [CausedFact] = []
    for start in stride(from: 0, to: targets.count, by: 1_000) {
      let part = Array(targets[start..<min(start + 1_000, targets.count)])
      facts.append(CausedFact(approves ? .approved(part) : .rejected(part)))
    }
    return try await open.record(facts, since: open.file.scannedSeen)
  }

  private static func named(
    _ text: String, among candidates: [Candidate], _ open: OpenLocation
  ) throws -> [EventID] {
    let name = open.libraryName(text)
    let fitting = candidates.filter { $0.path.isNamed(by: name) }
    let exact = fitting.filter { LibraryPath(diskBytes: Array(name.utf8)) == $0.path }
    guard exact.isEmpty else { return exact.map(\.deletion.id) }
    let waiting = fitting.filter(\.waits)
    let chosen =
      waiting.isEmpty ? fitting.filter { $0.deletion.replacedBy == nil } : waiting
    guard chosen.isEmpty else { return chosen.map(\.deletion.id) }
    throw WorkflowError(
      .notFound, "No pending deletion is called \(text.debugDescription). Nothing was recorded.",
      hint: try carriedOut(name, open) ?? "ledger status lists them.")
  }

  // A deletion that is done already is no longer pending, but can be taken back by its id.
  private static func carriedOut(_ name: String, _ open: OpenLocation) throws -> String? {
    guard let path = LibraryPath(diskBytes: Array(name.utf8)),
      let state = try open.cache.state(of: path),
      let deletion = state.deletions.values.filter(\.isInForce).min(by: { $1.id < $0.id })
    else { return nil }
    return "It was deleted by \(deletion.id) already; ledger reject \(deletion.id) takes that back."
  }

  private static func check(
    _ event: Event, _ open: OpenLocation, approves: Bool
  ) throws {
    let id = event.id
    let verb = approves ? "approved" : "rejected"
    // A deletion stands at each path that its event names: at the old one of a rename.
    let deletions = try event.fact.paths.compactMap { try open.cache.state(of: $0)?.deletions[id] }
    guard let deletion = deletions.first else {
      throw WorkflowError(
        .notFound, "\(id) is no deletion but \(event.fact.type). Nothing was recorded.",
        hint: "ledger status lists the deletions that wait.")
    }
    switch deletion.decision {
    case .over:
      throw WorkflowError(
        .notFound,
        "The deletion \(id) is over: the file came back since. Nothing was recorded.",
        hint: "Delete the file again, if it is to go.")
    case .approved where approves, .rejected where !approves:
      throw WorkflowError(
        .notFound, "The deletion \(id) was \(verb) already. Nothing was recorded.",
        hint: "ledger sync at each place carries that out.")
    default: break
    }
  }
}
