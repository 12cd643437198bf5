import LedgerCore
import LedgerFormat

/// The power went, or the program was killed.
struct Crash: Error {}

extension Simulation {
  /// An effect on a disk, a clone or the hub is about to be; a crash may come before it.
  mutating func effect() throws(Crash) {
    guard let left = crashAfter else { return }
    crashAfter = left - 1
    if left <= 0 { throw Crash() }
  }

  /// What `ledger sync` does, as far as core and format decide it; `isFinal`: nothing goes wrong.
  mutating func sync(_ index: Int, isFinal: Bool) {
    guard !places[index].isRetired, !places[index].isToJoin else { return }
    let crashes = !isFinal && swarm.strikes(.crash, 30, using: &generator)
    crashAfter = crashes ? Int.random(in: 0..<12, using: &generator) : nil
    let isOffline =
      !isFinal && swarm.strikes(.offline, 20, using: &generator) && !places[index].mustAskHub
    let before = places[index].contents
    note("\(places[index].id) syncs\(isOffline ? " offline" : "")\(crashes ? ", may crash" : "")")
    do {
      if !isOffline {
        try fetch(index, isFinal: isFinal)
        hasAskedHub = true
      }
      if !places[index].isUnmounted {
        try scan(index, isFinal: isFinal)
        try follow(index)
        try apply(index)
        if !isFinal, !isOffline { try prune(index) }
        places[index].memory.hasSynced = true
      }
      if !isOffline { try push(index, isFinal: isFinal) }
    } catch {
      count("crashes")
      note("\(places[index].id) crashes")
      putsBack(at: index)
    }
    crashAfter = nil
    hasAskedHub = false
    count("syncs")
    if !before.isSubset(of: places[index].contents) {
      violate("\(places[index].id) lost \(before.subtracting(places[index].contents))")
    }
    if generator.chance(3) { checkOrderDoesNotMatter(index) }
  }

  // Where the hub has batches of this location that the clone lacks, the machine came back.
  mutating func fetch(_ index: Int, isFinal: Bool) throws(Crash) {
    let id = places[index].id
    var have: [LocationID: Int] = [:]
    for batch in places[index].memory.replica.batches { have[batch.location, default: 0] += 1 }
    let isPartial = !isFinal && swarm.strikes(.partialFetch, 20, using: &generator)
    var skipped: [LocationID: Int] = [:]
    for batch in hub {
      let location = batch.location
      skipped[location, default: 0] += 1
      guard skipped[location] ?? 0 > have[location] ?? 0 else { continue }
      // A fetch takes streams whole or not at all, own ones always.
      if isPartial && location != id && location.name < "h" { continue }
      if location == id { places[index].memory.cameBack = true }
      try effect()
      places[index].memory.replica.add(batch)
      if location == id { places[index].memory.pushedCount += 1 }
    }
    places[index].mustAskHub = false
  }

  mutating func push(_ index: Int, isFinal: Bool = true) throws(Crash) {
    let own = places[index].own
    for batch in own.dropFirst(places[index].memory.pushedCount) {
      if !isFinal && swarm.strikes(.lostPush, 15, using: &generator) {
        count("lost pushes")
        return
      }
      try effect()
      // A push that landed and was not heard of is tried again: the hub has it already.
      if !hub.contains(batch) { hub.append(batch) }
      if !isFinal && swarm.strikes(.repeatedPush, 15, using: &generator) {
        count("repeated pushes")
        return
      }
      try effect()
      places[index].memory.pushedCount += 1
    }
  }

  mutating func record(_ facts: [CausedFact], at index: Int) throws(Crash) {
    guard !facts.isEmpty else { return }
    let id = places[index].id
    var replica = places[index].memory.replica
    // A disk that is newer than the clone: the hub must be asked first which events there are.
    let isWhole = places[index].own.last.map { $0.last == replica.numbers[id] } ?? true
    guard isWhole, hasAskedHub || places[index].disk.marker <= replica.numbers[id] else {
      count("refusals")
      throw Crash()
    }
    var seen = replica.numbers
    let first = seen[id] + 1
    seen[id] = 0
    var since = places[index].memory.scannedSeen
    for (other, number) in since.sorted where number > seen[other] { since[other] = seen[other] }
    for case .valid(let batch) in places[index].own.suffix(1) {
      for (other, number) in batch.header.since.sorted where since[other] < number {
        since[other] = number
      }
    }
    time += Int64.random(in: 0...100_000, using: &generator)
    let wall = Instant(milliseconds: time + places[index].clockOffset)
    let at = max(wall, replica.latestInstant?.advanced(milliseconds: 1) ?? wall)
    let header = BatchHeader(
      location: id, first: first, count: facts.count, at: at, seen: seen, since: since,
      host: id.name, version: "0")
    let events = facts.enumerated().map { offset, fact in
      Event(
        id: EventID(location: id, number: first + Int64(offset)), at: at, fact: fact.fact,
        cause: fact.cause)
    }
    let batch = Batch(header: header, events: events)
    checkRoundTrip(batch)
    if places[index].disk.marker < replica.numbers[id] { places[index].memory.cameBack = true }
    try effect()
    places[index].disk.marker = header.last
    try effect()
    replica.add(.valid(batch))
    places[index].memory.replica = replica
    count("events", events.count)
    if let problem = replica.problems.first { violate("\(id) wrote a bad batch: \(problem)") }
    if replica.numbers[id] != header.last { violate("\(id) wrote a batch that waits") }
  }

  private func known(_ index: Int, _ state: LibraryState) -> [KnownCopy] {
    let id = places[index].id
    return state.sortedPaths.compactMap { path in
      guard let copy = state.paths[path]?.copies[id], copy.version != nil else { return nil }
      return KnownCopy(
        path: path, content: copy.file.content, media: copy.file.media,
        damage: copy.damage, since: copy.since,
        stamp: places[index].memory.stamps[path])
    }
  }

  private mutating func scan(_ index: Int, isFinal: Bool) throws(Crash) {
    let state = places[index].memory.replica.state()
    let place = places[index]
    let isBlind = !isFinal && swarm.strikes(.unreadable, 15, using: &generator)
    let observation = place.observe(blind: isBlind ? Array("d".utf8) : nil)
    let identity = state.context.identity
    var input = DetectInput(
      settings: state.settings[place.id], ledger: state.settings.ledger, identity: identity,
      known: known(index, state), observation: observation, isScripted: false,
      isRestoredDisk: place.memory.cameBack || place.disk.marker < state.numbers[place.id],
      latestPut: { place.memory.replica.latestPut($0, $1, identity) })
    let saysYes = isFinal || !swarm.has(.cautiousPerson) || generator.chance(20)
    input.allowedRemovals = saysYes ? 1_000 : nil
    input.trash = place.disk.trash
    input.moves = moves(index)
    let found = detect(input)
    checkBelief(found, input, saysYes: saysYes)
    checkNarrowing(found, input)
    checkCameBack(found, at: index, saysYes: saysYes)
    if !found.halts.isEmpty { count("halts") }
    try record(found.facts, at: index)
    remember(index, only: nil)
    if found.halts.isEmpty && !isBlind { checkKnownIsSeen(index) }
    guard observation.isComplete else { return }
    try effect()
    var seen = places[index].memory.replica.numbers
    if !found.halts.contains(where: { $0.kind == .restoredDisk }) {
      places[index].disk.marker = seen[place.id]
      places[index].memory.cameBack = false
      if saysYes { places[index].disk.lacks = [] }
    }
    seen[place.id] = 0
    places[index].memory.scannedSeen = seen
  }

  /// Keeps the stamps of what is on the disk, as the quick check does.
  mutating func remember(_ index: Int, only path: LibraryPath?) {
    let files = places[index].disk.files
    if let path {
      places[index].memory.stamps[path] = files[path].map { Place.stamp(of: $0) }
    } else {
      places[index].memory.stamps = files.mapValues { Place.stamp(of: $0) }
    }
  }

  func moves(_ index: Int) -> [MainMove] {
    let memory = places[index].memory
    return memory.replica.events(of: places[index].id, after: memory.companionsDone)
      .compactMap { MainMove($0) }
  }

  private mutating func follow(_ index: Int) throws(Crash) {
    let files = places[index].disk.files
    let actions = planCompanions(
      moves(index), among: files.keys.sorted(), here: { files[$0]?.content })
    let last = places[index].memory.replica.numbers[places[index].id]
    var facts: [CausedFact] = []
    for action in actions {
      try effect()
      count("companions")
      let next = EventID(location: places[index].id, number: last + Int64(facts.count) + 1)
      switch action {
      case .trash(let path, let content, let cause, let media):
        let main = moves(index).first { $0.id == cause }?.from
        if let main, files[main] != nil { violate("\(path) goes although its main file is here") }
        places[index].disk.files[path] = nil
        places[index].disk.trash.append(
          TrashedFile(path: path, content: content, deletion: next, after: last))
        let file = FileFact(path: path, media: media, content: content)
        facts.append(CausedFact(.deleted(file, asks: false)))
      case .rename(let path, let to, let content, let cause):
        guard places[index].disk.files[to] == nil else {
          violate("a companion goes over \(to)")
          continue
        }
        places[index].disk.files[to] = places[index].disk.files.removeValue(forKey: path)
        let media = moves(index).first { $0.id == cause }?.media ?? .photo
        facts.append(
          CausedFact(
            .renamed(FileFact(path: to, media: media, content: content), from: path)))
      case .putBack, .fetch: violate("a companion is put back")
      }
    }
    try record(facts, at: index)
    remember(index, only: nil)
    places[index].memory.companionsDone =
      places[index].memory.replica.numbers[places[index].id]
  }

  private mutating func apply(_ index: Int) throws(Crash) {
    let state = places[index].memory.replica.state()
    let place = places[index]
    var input = PlanInput(
      location: place.id, work: state.sortedPaths.compactMap { state.paths[$0] },
      context: state.context, state: { state.paths[$0] },
      here: { place.disk.files[$0]?.content })
    input.trash = place.disk.trash
    input.held = place.memory.held
    input.isFirstSync = !place.memory.hasSynced
    input.isLogIncomplete = place.memory.replica.isWaiting
    let plan = plan(input)
    checkPolicy(plan, input)
    try effect()
    places[index].memory.held = Set(
      plan.pending.filter { $0.reason != .incompleteLog || place.memory.held.contains($0.id) }
        .map(\.id))
    var facts: [CausedFact] = []
    // What was deleted meanwhile is not fetched: the hub was asked.
    let fetches =
      hasAskedHub ? planFetches(state.paths.values, besides: plan, input) : []
    for action in plan.actions + fetches {
      try effect()
      carryOut(action, at: index, &facts)
    }
    try record(facts, at: index)
    for fact in facts {
      for path in fact.fact.paths { remember(index, only: path) }
    }
  }

  private mutating func carryOut(_ action: Action, at index: Int, _ facts: inout [CausedFact]) {
    let last = places[index].memory.replica.numbers[places[index].id]
    switch action {
    case .trash(let path, let content, let cause, let media):
      guard places[index].disk.files[path]?.content == content else {
        return violate("trash finds other bytes at \(path)")
      }
      checkJustified(path, content, cause, at: index)
      places[index].disk.files[path] = nil
      places[index].disk.trash.append(
        TrashedFile(path: path, content: content, deletion: cause, after: last))
      let file = FileFact(path: path, media: media, content: content)
      facts.append(CausedFact(.deleted(file, asks: false), cause: cause))
      count("removals")
    case .rename(let path, let to, let content, let cause):
      let there = places[index].disk.files[path]
      guard there?.content == content, places[index].disk.files[to] == nil else {
        return violate("rename of \(path) onto \(to)")
      }
      places[index].disk.files[path] = nil
      places[index].disk.files[to] = there
      facts.append(CausedFact(.renamed(.of(to, content), from: path), cause: cause))
      count("renames")
    case .putBack(let path, let content, let trashed, let deletion, let cause):
      guard places[index].disk.files[path] == nil else { return violate("put back over \(path)") }
      let at = places[index].disk.trash.firstIndex {
        $0.path == trashed && $0.content == content && $0.deletion == deletion
      }
      guard let at else { return violate("nothing to put back at \(path)") }
      places[index].disk.trash.remove(at: at)
      places[index].write(content, at: path)
      facts.append(CausedFact(.restored(.of(path, content)), cause: cause))
      count("put back")
    case .fetch(let path, let content, let cause, let from):
      fetch(path, content, cause, from, at: index, &facts)
    }
  }
}
