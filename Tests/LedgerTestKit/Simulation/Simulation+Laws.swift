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
    checkPrunes(found, input)
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

  /// What is as the ledger has it may be left out on both sides, and the scan means the same.
  mutating func checkNarrowing(_ found: Detection, _ input: DetectInput) {
    let seen = Dictionary(
      input.observation.files.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    let settled = input.known.filter { known in
      guard let file = seen[known.path] else { return false }
      return known.damage == nil && known.stamp == file.stamp && known.content == file.content
    }
    var narrow = input
    for known in settled {
      narrow.settled.add(known.media, byteCount: known.content.byteCount)
    }
    let paths = Set(settled.map(\.path))
    narrow.known.removeAll { paths.contains($0.path) }
    narrow.observation.files.removeAll { paths.contains($0.path) }
    let other = detect(narrow)
    if other.facts != found.facts || other.halts != found.halts
      || other.unknownCount != found.unknownCount
    {
      violate("a scan means something else without what is as it was")
    }
  }

  /// What a disk that came back from an older copy has not got is nobody's deletion, however many syncs
  /// and crashes ago that was, until a person says so or it is back.
  mutating func checkCameBack(_ found: Detection, at index: Int, saysYes: Bool) {
    let files = places[index].disk.files
    places[index].disk.lacks = places[index].disk.lacks.filter { files[$0] == nil }
    guard !saysYes else { return }
    for fact in found.facts where fact.cause == nil {
      switch fact.fact {
      case .deleted(let file, _), .pruned(let file):
        if places[index].disk.lacks.contains(file.path) {
          violate("\(file.path), which a restored disk lacks, is told as \(fact.fact.type)")
        }
      case .renamed(_, let from):
        if places[index].disk.lacks.contains(from) {
          violate("\(from), which a restored disk lacks, is told as renamed")
        }
      default: break
      }
    }
  }

  /// A removal means what the settings say, a rename keeps its bytes, and what is told as carried out
  /// is in the trash.
  private mutating func checkFact(_ fact: CausedFact, _ input: DetectInput) {
    switch (fact.fact, fact.cause) {
    case (.deleted(let file, let asks), nil):
      checkPersons(file, input)
      let say = asks ? input.settings.asks : input.settings.authoritative
      // A companion follows what was decided on its photo, also if the say was taken away since.
      let follows = input.moves.contains { Companions.isCompanion(file.path, of: $0.from) }
      if !say.contains(file.media) && !follows {
        violate("\(file.path) is deleted without the say")
      }
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

  // What the program moved to the trash for a deletion that is recorded is no person's doing, also where
  // the run ended before it was told.
  private mutating func checkPersons(_ file: FileFact, _ input: DetectInput) {
    guard let known = input.known.first(where: { $0.path == file.path }) else { return }
    let wasCarriedOut = input.trash.contains { entry in
      let isRecorded =
        entry.deletion.location != known.since.location || entry.deletion.number <= entry.after
      return entry.path == file.path && entry.content == known.content && isRecorded
        && entry.after >= known.since.number
    }
    if wasCarriedOut { violate("\(file.path) was carried out and is told as a person's") }
    let wasPruned = input.trash.last {
      $0.path == file.path && $0.content == known.content && $0.after >= known.since.number
    }
    if wasPruned?.isPruned == true { violate("\(file.path) made room and is told as deleted") }
  }

  // What a person removes where the location has the say is a deletion. A rename to a type of which it
  // has none is told as one that came and one that was pruned.
  private mutating func checkPrunes(_ found: Detection, _ input: DetectInput) {
    guard !found.facts.contains(where: { $0.fact.type == "added" }) else { return }
    for case .pruned(let file) in found.facts.map(\.fact)
    where input.settings.authoritative.contains(file.media)
      && !input.trash.contains(where: { $0.isPruned && $0.path == file.path })
    {
      violate("\(file.path) is pruned where its location has the say")
    }
  }

  /// What nobody approved by name goes only as the policy lets it, not on a first sync, and not if it
  /// was held before.
  mutating func checkPolicy(_ plan: Plan, _ input: PlanInput) {
    let isRemoval = plan.actions.contains { if case .putBack = $0 { false } else { true } }
    if input.isLogIncomplete, isRemoval { violate("something goes while a part of the log waits") }
    for case .rename(let path, let to, _, _) in plan.actions {
      guard let first = input.state(path)?.deletion(applyingAt: input.location),
        let name = first.replacedBy, name != to
      else { continue }
      let isAlive = input.state(name)?.heads.contains { $0.version == first.id } ?? false
      if isAlive { violate("\(path) goes to \(to), although \(name) lives") }
    }
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
    let shuffled = batches.shuffled(using: &generator)
    if replay(shuffled).paths != state.paths { violate("the order of arrival matters") }
    // One by one, so that streams have gaps until the last has come.
    var other = Replica()
    for batch in shuffled { other.add(batch) }
    if other.state().paths != state.paths { violate("the order of arrival matters, one by one") }
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
    // All have the same batches now, so one stands for all.
    checkOrderDoesNotMatter(active[0])
    for index in active { checkPutBack(index, first) }
    checkFetchedAtRest(first)
    let counts = places.map(\.memory.replica.batches.count)
    for index in active { sync(index, isFinal: true) }
    if places.map(\.memory.replica.batches.count) != counts {
      violate("a quiet sync records something")
    }
  }

  // What is no longer deleted is back from the trash of each place, unless something has its name.
  private mutating func checkPutBack(_ index: Int, _ state: LibraryState) {
    let place = places[index]
    for entry in place.disk.trash {
      guard let path = state.paths[entry.path], let deletion = path.deletions[entry.deletion],
        deletion.decision == .rejected || deletion.decision == .over,
        path.copies[place.id]?.standing == .removed(by: entry.deletion),
        place.disk.files[entry.path] == nil,
        path.heads.count == 1, path.heads[0].file.content == entry.content,
        !path.deletions.values.contains(where: {
          $0.isInForce && $0.file.content == entry.content
        })
      else { continue }
      violate("\(entry.path) is no longer deleted and not put back at \(place.id)")
    }
  }
}
