import LedgerCore
import LedgerFormat

extension Simulation {
  mutating func count(_ what: String, _ number: Int) {
    for _ in 0..<number { count(what) }
  }

  /// A batch is the same after it was written and read.
  mutating func checkRoundTrip(_ batch: Batch) {
    let decoded = BatchFile.decode(BatchFile.encode(batch), name: BatchFile.name(of: batch.header))
    if decoded != .valid(batch) { violate("a batch is another after it was read") }
  }

  /// Absence of evidence is not deletion: nothing is gone on a scan that was cut short, nor on a disk
  /// that came back, nor where all is gone, unless a person says so.
  mutating func checkBelief(_ found: Detection, _ input: DetectInput, saysYes: Bool) {
    for fact in found.facts { checkFact(fact, input) }
    let isGone = found.facts.contains { fact in
      switch fact.fact {
      case .deleted(let file, _), .pruned(let file):
        // What lies in the trash was moved there by a run that was cut short.
        fact.cause == nil && !input.trash.contains { $0.path == file.path }
      default: false
      }
    }
    // A rename at a place without authority is told as one that came and one that went.
    let isMove = found.facts.contains { $0.fact.type == "added" }
    guard isGone, !isMove else { return }
    if !input.observation.isComplete { violate("gone on a scan that was cut short") }
    if input.isRestoredDisk && !saysYes { violate("gone on a disk that came back") }
    if input.observation.files.isEmpty && !saysYes { violate("gone from an empty root") }
  }

  /// A removal means what the settings say, a rename keeps its bytes, and what is told as carried out
  /// is in the trash.
  private mutating func checkFact(_ fact: CausedFact, _ input: DetectInput) {
    switch (fact.fact, fact.cause) {
    case (.deleted(let file, let asks), nil):
      let say = asks ? input.settings.asks : input.settings.authoritative
      if !say.contains(file.media) { violate("\(file.path) is deleted without the say") }
    case (.deleted(let file, _), .some(let cause)):
      let known = input.known.first { $0.path == file.path }
      let isInTrash = input.trash.contains {
        $0.path == file.path && $0.deletion == cause && $0.after >= known?.since.number ?? 0
      }
      if !isInTrash { violate("\(file.path) is told as carried out and is not in the trash") }
    case (.renamed(let file, let from), _):
      let known = input.known.first { $0.path == from }
      if known?.content != file.content { violate("a rename of \(from) changes its bytes") }
    default: break
    }
  }

  /// What nobody approved by name goes only as the policy lets it, not on a first sync, and not if it
  /// was held before.
  mutating func checkPolicy(_ plan: Plan, _ input: PlanInput) {
    var unapproved = 0
    for case .trash(let path, _, let cause, _) in plan.actions {
      guard let deletion = input.state(path)?.deletions[cause], deletion.replacedBy == nil,
        deletion.decision != .approved
      else { continue }
      unapproved += 1
      if input.held.contains(cause) { violate("\(cause) was held and goes undecided") }
    }
    guard unapproved > 0 else { return }
    if input.isFirstSync { violate("\(unapproved) go on a first sync") }
    switch input.context.settings.ledger.deletions {
    case .never: break
    case .always: violate("\(unapproved) go where all need approval")
    case .over(let limit):
      if unapproved > limit { violate("\(unapproved) go where \(limit) may") }
    }
  }

  /// What the ledger says that a location has is what its disk has.
  mutating func checkKnownIsSeen(_ index: Int) {
    let id = places[index].id
    let state = places[index].memory.replica.state()
    var present: [LibraryPath: Content] = [:]
    for (path, entry) in state.paths {
      if let copy = entry.copies[id], copy.version != nil { present[path] = copy.file.content }
    }
    let disk = places[index].disk.files.mapValues(\.content)
    if present != disk { violate("\(id): known is not seen") }
  }

  /// Replay does not depend on the order of arrival, nor on how the set is cut.
  mutating func checkOrderDoesNotMatter(_ index: Int) {
    let batches = places[index].memory.replica.batches
    let state = places[index].memory.replica.state()
    if replay(batches.shuffled(using: &generator)).paths != state.paths {
      violate("the order of arrival matters")
    }
  }

  private func entries(_ index: Int) -> [HistoryEvent] {
    places[index].memory.replica.batches.flatMap { stored -> [HistoryEvent] in
      guard case .valid(let batch) = stored else { return [] }
      return batch.events.map { HistoryEvent(event: $0, header: batch.header) }
    }
  }

  /// A naive check, apart from replay: some writer removed these bytes from this path, had them
  /// there or had heard of them there, nobody who knew of it said otherwise, and the writer has the
  /// say or a person approved.
  mutating func checkJustified(
    _ path: LibraryPath, _ content: Content, _ cause: EventID, at index: Int
  ) {
    let entries = entries(index)
    guard let removal = entries.first(where: { $0.id == cause }) else {
      return violate("a removal without a deletion")
    }
    var asked = false
    let isRemoval: Bool
    switch removal.event.fact {
    case .deleted(let file, let asks): (isRemoval, asked) = (file.path == path, asks)
    case .renamed(_, let from): isRemoval = from == path
    case .resolved(let at, let keep): isRemoval = at == path && keep == nil
    default: isRemoval = false
    }
    guard isRemoval, removal.event.cause == nil else {
      return violate("\(cause) removes nothing at \(path)")
    }
    let hadBytes = entries.contains { entry in
      guard removal.hadSeen(entry.id), let file = entry.event.fact.file else { return false }
      return file.path == path && file.content == content
    }
    if !hadBytes { violate("\(cause) had never seen the bytes that go at \(path)") }
    let decisions = entries.filter {
      switch $0.event.fact {
      case .rejected(let targets), .approved(let targets): targets.contains(cause)
      default: false
      }
    }
    let latest = decisions.filter { one in !decisions.contains { $0.hadSeen(one.id) } }
    if latest.contains(where: { $0.event.fact.type == "rejected" }) {
      violate("\(cause) was rejected")
    }
    let isApproved = latest.contains { $0.event.fact.type == "approved" }
    if asked && !isApproved { violate("\(cause) was only proposed") }
    checkCovered(removal, path, content, entries)
    checkAuthority(removal, isApproved: isApproved, at: index)
    checkOwnCopy(removal, path, decisions, entries, at: index)
    checkRestored(removal, path, content, entries)
  }

  // What goes is what was deleted, or what somebody had replaced before.
  private mutating func checkCovered(
    _ removal: HistoryEvent, _ path: LibraryPath, _ content: Content, _ entries: [HistoryEvent]
  ) {
    if removal.event.fact.file?.content == content { return }
    let isOlder = entries.contains { entry in
      guard removal.hadSeen(entry.id) else { return false }
      switch entry.event.fact {
      case .changed(let file, let previous): return file.path == path && previous == content.digest
      case .restored(let file): return file.path == path
      case .resolved(let at, _): return at == path
      default: return false
      }
    }
    if case .resolved = removal.event.fact { return }
    if !isOlder { violate("\(removal.id) did not delete the bytes that go at \(path)") }
  }

  private mutating func checkAuthority(_ removal: HistoryEvent, isApproved: Bool, at index: Int) {
    guard !isApproved, let file = removal.event.fact.file else { return }
    let settings = places[index].memory.replica.state().settings[removal.id.location]
    if !settings.authoritative.contains(file.media) || settings.isRetired {
      violate("\(removal.id) removes a \(file.media.rawValue) without the say and unapproved")
    }
  }

  // "Unseen is safe": a copy that a person made here and that the deletion had not heard of stays.
  private mutating func checkOwnCopy(
    _ removal: HistoryEvent, _ path: LibraryPath, _ decisions: [HistoryEvent],
    _ entries: [HistoryEvent], at index: Int
  ) {
    let own = entries.last { entry in
      guard entry.id.location == places[index].id else { return false }
      switch entry.event.fact {
      case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
        return file.path == path
      default: return false
      }
    }
    guard let own else { return violate("trashes at \(path) what was never recorded here") }
    let isApproved = decisions.contains { $0.event.fact.type == "approved" && $0.hadSeen(own.id) }
    if own.event.cause == nil, !removal.hadSeen(own.id), !isApproved {
      violate("\(removal.id) had not heard of \(own.id), made by a person at \(path)")
    }
  }

  // What a person brought back on purpose stays, until somebody who knows of it removes it again.
  private mutating func checkRestored(
    _ removal: HistoryEvent, _ path: LibraryPath, _ content: Content, _ entries: [HistoryEvent]
  ) {
    let restorations = entries.filter { entry in
      guard case .restored(let file) = entry.event.fact else { return false }
      return entry.event.cause == nil && file.path == path && entry.hadSeen(removal.id)
    }
    let isApprovedSince = entries.contains { entry in
      guard case .approved(let targets) = entry.event.fact else { return false }
      return targets.contains(removal.id)
    }
    if !restorations.isEmpty && !isApprovedSince {
      violate("\(removal.id) is over at \(path) since \(restorations[0].id)")
    }
  }

  /// At rest all clones agree, nothing is left to do that nothing holds, and another sync records
  /// nothing.
  mutating func checkRest() {
    let active = places.indices.filter { !places[$0].isRetired }
    var states: [LibraryState] = []
    for index in active { states.append(places[index].memory.replica.state()) }
    guard let first = states.first else { return }
    for (index, state) in zip(active, states) where state.paths != first.paths {
      violate("\(places[index].id) disagrees at rest")
    }
    for path in first.sortedPaths {
      guard let entry = first.paths[path], entry.condition == .deleting else { continue }
      let isHeld = places.contains { place in
        entry.deletion(applyingAt: place.id).map { place.memory.held.contains($0.id) } ?? false
      }
      let isBlocked = entry.applying.values.contains { entry.deletions[$0]?.replacedBy != nil }
      let isAway = entry.applying.keys.contains { id in
        places.contains { $0.id == id && $0.isRetired }
      }
      if !isHeld && !isBlocked && !isAway { violate("\(path) is to go and nothing holds it") }
    }
    for index in active { checkOrderDoesNotMatter(index) }
    let counts = places.map(\.memory.replica.batches.count)
    for index in active { sync(index, isFinal: true) }
    if places.map(\.memory.replica.batches.count) != counts {
      violate("a quiet sync records something")
    }
  }
}
