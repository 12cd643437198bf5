package import LedgerCore

/// Several locations and a hub in memory, with people and a copy script at work: a seed decides all.
///
/// Only LedgerCore is real. After every step of a program the laws are checked; what breaks one is
/// collected in `violations`, with the step.
package struct World {
  package var locations: [WorldLocation]
  package var hub: [StoredBatch] = []
  package private(set) var violations: [String] = []
  package private(set) var removals = 0
  package private(set) var renames = 0
  package private(set) var putBacks = 0
  package private(set) var log: [String] = []
  var generator: SeededGenerator
  private var time: Int64 = 1_700_000_000_000
  private var words = 0

  package init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    let names: [LocationID] = ["amazon", "desk", "google", "plex"]
    let count = Int.random(in: 2...4, using: &generator)
    var made: [WorldLocation] = []
    for name in names.prefix(count) {
      let years = Int64.random(in: -5...5, using: &generator)
      made.append(WorldLocation(id: name, clockOffset: years * 31_557_600_000))
    }
    locations = made
    for index in locations.indices { declare(index) }
  }

  /// Runs so many steps of people and programs, then lets every program run until all is quiet.
  package mutating func run(steps: Int) {
    populate()
    for _ in 0..<steps {
      let index = Int.random(in: locations.indices, using: &generator)
      switch Int.random(in: 0..<100, using: &generator) {
      case 0..<20: personActs(at: index)
      case 20..<50: scriptCopies(to: index)
      case 50..<53: decides(at: index)
      default:
        sync(index, pushes: !generator.chance(15), fetches: !generator.chance(15))
      }
    }
    for _ in 0..<6 {
      for index in locations.indices { sync(index, pushes: true, fetches: true) }
    }
    checkRest()
  }

  mutating func violate(_ text: String) { violations.append(text) }

  private mutating func note(_ text: String) { log.append(text) }

  private mutating func declare(_ index: Int) {
    var entries = [SettingEntry(key: "authoritative", value: .array(authority(index)))]
    if generator.chance(20) {
      entries.append(SettingEntry(key: "keeps", value: .array([.string("photo")])))
    }
    var facts = [CausedFact(.declared(locations[index].id, entries))]
    if index == 0 {
      let policy = generator.chance(50) ? "never" : "over:2"
      facts.append(
        CausedFact(.configured([SettingEntry(key: "deletions", value: .string(policy))])))
    }
    record(facts, at: index)
    push(index)
  }

  private mutating func authority(_ index: Int) -> [SettingValue] {
    if index == 0 { return [.string("photo")] }
    return generator.chance(50) ? [.string("photo"), .string("video")] : []
  }

  // An ordinary library first: everything everywhere, and everyone has heard of it.
  private mutating func populate() {
    for path in ["a.jpg", "c.mov", "d/e.jpg"] as [LibraryPath] {
      let content = newContent()
      for index in locations.indices where !generator.chance(20) {
        locations[index].write(content, at: path)
      }
    }
    for _ in 0..<2 {
      for index in locations.indices { sync(index, pushes: true, fetches: true) }
    }
  }

  private mutating func randomPath() -> LibraryPath {
    let names: [LibraryPath] = ["a.jpg", "b.jpg", "c.mov", "d/a.jpg", "d/e.jpg"]
    return names[Int.random(in: 0..<names.count, using: &generator)]
  }

  private mutating func newContent() -> Content {
    if generator.chance(25) { return .of("same") }
    words += 1
    return .of("word\(words)")
  }

  private mutating func personActs(at index: Int) {
    let path = randomPath()
    let there = locations[index].disk[path]
    let who = locations[index].id
    switch Int.random(in: 0..<5, using: &generator) {
    case 0 where there == nil:
      locations[index].write(newContent(), at: path)
      note("person adds \(path) at \(who)")
    case 1 where there != nil:
      locations[index].write(newContent(), at: path)
      note("person changes \(path) at \(who)")
    case 2...3 where there != nil:
      locations[index].disk[path] = nil
      note("person deletes \(path) at \(who)")
    case 4 where there != nil:
      let to = randomPath()
      guard locations[index].disk[to] == nil else { return }
      locations[index].disk[to] = there
      locations[index].disk[path] = nil
      note("person renames \(path) to \(to) at \(who)")
    default: break
    }
  }

  private mutating func scriptCopies(to index: Int) {
    let from = Int.random(in: locations.indices, using: &generator)
    guard from != index else { return }
    for path in locations[from].disk.keys.sorted() where !generator.chance(20) {
      guard let file = locations[from].disk[path] else { continue }
      let there = locations[index].disk[path]
      // As rsync --ignore-existing does; an overwriting script would destroy bytes by itself.
      if there == nil { locations[index].write(file.content, at: path) }
    }
    note("script copies \(locations[from].id) to \(locations[index].id)")
  }

  private mutating func decides(at index: Int) {
    let state = replay(locations[index].clone)
    let open = state.sortedPaths.flatMap { path in
      (state.paths[path]?.deletions.values.filter { $0.decision == .pending } ?? []).map(\.id)
    }.sorted()
    guard !open.isEmpty else { return }
    let id = open[Int.random(in: 0..<open.count, using: &generator)]
    let approves = generator.chance(50)
    record([CausedFact(approves ? .approved([id]) : .rejected([id]))], at: index)
    note("\(locations[index].id) \(approves ? "approves" : "rejects") \(id)")
  }

  mutating func record(_ facts: [CausedFact], at index: Int) {
    guard !facts.isEmpty else { return }
    let location = locations[index]
    var admission = Admission()
    _ = admission.admit(location.clone)
    var seen = admission.numbers
    let first = seen[location.id] + 1
    seen[location.id] = 0
    time += Int64.random(in: 0...100_000, using: &generator)
    let wall = Instant(milliseconds: time + location.clockOffset)
    let at = max(wall, admission.latestInstant?.advanced(milliseconds: 1) ?? wall)
    let header = BatchHeader(
      location: location.id, first: first, count: facts.count, at: at, seen: seen,
      since: location.lastScanSeen, host: location.id.name, version: "0")
    let events = facts.enumerated().map { offset, fact in
      Event(
        id: EventID(location: location.id, number: first + Int64(offset)), at: at,
        fact: fact.fact, cause: fact.cause)
    }
    locations[index].clone.append(.valid(Batch(header: header, events: events)))
    let after = replay(locations[index].clone)
    if let problem = after.problems.first(where: { $0.kind != .unknownType }) {
      violate("\(location.id) wrote a batch with a problem: \(problem)")
    }
  }

  private mutating func push(_ index: Int) {
    let own = locations[index].own
    hub += own.dropFirst(locations[index].pushed)
    locations[index].pushed = own.count
  }

  private mutating func fetch(_ index: Int) {
    let have = Set(locations[index].clone.map { "\($0.location.name):\($0.first)" })
    locations[index].clone += hub.filter { !have.contains("\($0.location.name):\($0.first)") }
  }

  /// What `ledger sync` does, as far as the core decides it.
  package mutating func sync(_ index: Int, pushes: Bool, fetches: Bool) {
    note("\(locations[index].id) syncs")
    if fetches { fetch(index) }
    scan(index)
    apply(index)
    if pushes { push(index) }
    locations[index].hasSynced = true
  }

  private func known(_ index: Int, _ state: LibraryState) -> [KnownCopy] {
    let id = locations[index].id
    return state.sortedPaths.compactMap { path in
      guard let entry = state.paths[path], let copy = entry.copies[id], copy.version != nil else {
        return nil
      }
      return KnownCopy(
        path: path, content: copy.file.content, media: copy.file.media,
        isDamaged: copy.isDamaged, stamp: locations[index].stamps[path])
    }
  }

  private func history(_ index: Int) -> History {
    var admission = Admission()
    var history = History()
    for batch in admission.admit(locations[index].clone) { history.add(batch) }
    return history
  }

  private mutating func scan(_ index: Int) {
    let state = replay(locations[index].clone)
    let history = history(index)
    let location = locations[index]
    let observation = location.observe()
    let identity = state.context.identity
    var input = DetectInput(
      settings: state.settings[location.id], ledger: state.settings.ledger, identity: identity,
      known: known(index, state), observation: observation,
      latestPut: { history.history(of: $0).latestPut(of: $1, in: identity) })
    input.allowedRemovals = 1_000
    let found = detect(input)
    record(found.facts, at: index)
    var seen = state.numbers
    seen[location.id] = 0
    locations[index].lastScanSeen = seen
    locations[index].stamps = Dictionary(
      uniqueKeysWithValues: observation.files.map { ($0.path, $0.stamp) })
    checkKnownIsSeen(index)
  }

  private mutating func apply(_ index: Int) {
    let state = replay(locations[index].clone)
    let location = locations[index]
    let before = location.contents
    var input = PlanInput(
      location: location.id, work: state.sortedPaths.compactMap { state.paths[$0] },
      context: state.context, state: { state.paths[$0] },
      here: { location.disk[$0]?.content })
    input.trash = location.trash
    input.held = location.held
    input.isFirstSync = !location.hasSynced
    let plan = plan(input)
    locations[index].held = Set(plan.pending.map(\.id))
    var facts: [CausedFact] = []
    for action in plan.actions { carryOut(action, at: index, state, &facts) }
    record(facts, at: index)
    if locations[index].contents != before {
      violate("\(location.id) lost bytes: \(plan.actions)")
    }
    if generator.chance(10) { checkOrderDoesNotMatter(index) }
  }

  private mutating func carryOut(
    _ action: Action, at index: Int, _ state: LibraryState, _ facts: inout [CausedFact]
  ) {
    func file(_ path: LibraryPath, _ content: Content) -> FileFact {
      FileFact(path: path, media: MediaType.of(path), content: content)
    }
    switch action {
    case .trash(let path, let content, let cause, _):
      guard let there = locations[index].disk[path], there.content == content else {
        return violate("trash finds other bytes at \(path)")
      }
      checkJustified(path, content, cause, at: index)
      locations[index].disk[path] = nil
      locations[index].stamps[path] = nil
      locations[index].trash.append(
        TrashedFile(path: path, content: content, deletion: cause))
      facts.append(CausedFact(.deleted(file(path, content), asks: false), cause: cause))
      removals += 1
    case .rename(let path, let to, let content, let cause):
      guard let there = locations[index].disk[path], locations[index].disk[to] == nil else {
        return violate("rename of \(path) onto \(to)")
      }
      locations[index].disk[path] = nil
      locations[index].disk[to] = there
      locations[index].stamps[to] = locations[index].stamps.removeValue(forKey: path)
      facts.append(CausedFact(.renamed(file(to, content), from: path), cause: cause))
      renames += 1
    case .putBack(let path, let content, let trashed, let deletion, let cause):
      guard locations[index].disk[path] == nil else { return violate("put back over \(path)") }
      let entry = TrashedFile(path: trashed, content: content, deletion: deletion)
      guard let at = locations[index].trash.firstIndex(of: entry) else {
        return violate("nothing to put back at \(path)")
      }
      locations[index].trash.remove(at: at)
      locations[index].write(content, at: path)
      facts.append(CausedFact(.restored(file(path, content)), cause: cause))
      putBacks += 1
    }
  }
}
