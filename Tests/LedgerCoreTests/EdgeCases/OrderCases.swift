import LedgerCore
import LedgerFormat
import LedgerTestKit
import Testing

private let (amazon, desk, plex): (LocationID, LocationID, LocationID) = ("amazon", "desk", "plex")

private func setting(_ key: String, _ value: SettingValue) -> SettingEntry {
  SettingEntry(key: key, value: value)
}

/// The batches with other instants: each location's clock is off by years and jumps at every batch,
/// and an instant is still after all that its writer had seen.
private func withOtherClocks(_ batches: [StoredBatch], seed: UInt64) -> [StoredBatch] {
  var generator = SeededGenerator(seed: seed)
  var instants: [LocationID: [(last: Int64, at: Instant)]] = [:]
  return batches.map { stored in
    guard case .valid(let batch) = stored else { return stored }
    let header = batch.header
    let year: Int64 = 31_557_600_000
    let wall = Instant(milliseconds: Int64.random(in: 0...60 * year, using: &generator))
    var floor = instants[header.location]?.last?.at
    for (other, number) in header.seen.sorted {
      let before = instants[other]?.last { $0.last <= number || $0.last - 10_000 < number }?.at
      if let before { floor = max(floor ?? before, before) }
    }
    let at = max(wall, floor?.advanced(milliseconds: 1) ?? wall)
    instants[header.location, default: []].append((header.last, at))
    let other = BatchHeader(
      location: header.location, first: header.first, count: header.count, at: at,
      seen: header.seen, since: header.since, host: header.host, version: header.version)
    let events = batch.events.map { Event(id: $0.id, at: at, fact: $0.fact, cause: $0.cause) }
    return .valid(Batch(header: other, events: events))
  }
}

private func dump(_ state: LibraryState) -> [String] {
  state.sortedPaths.compactMap { path in
    state.paths[path].map { String(decoding: DumpLine.encode($0), as: UTF8.self) }
  }
}

/// Numbers are those of the list of edge cases.
@Suite struct `Edge cases of clocks and order` {
  @Test(arguments: 0..<40 as Range<UInt64>)
  func `28, 29, 30, 154: clocks years ahead, behind or jumping back decide nothing`(seed: UInt64) {
    var simulation = Simulation(seed: seed, stepCount: 30)
    simulation.run()
    let told = replay(simulation.hub)
    let retold = replay(withOtherClocks(simulation.hub, seed: seed))
    #expect(retold.problems == told.problems)
    #expect(dump(retold) == dump(told))
  }

  @Test func `32: a file's own time decides nothing`() {
    for seconds in [0, 1_000, 100_000_000_000] as [Int64] {
      var (story, _) = sharedPhoto()
      let file = FileFact(
        path: "a.jpg", media: .photo, content: .of("edited"),
        modified: FileTime(seconds: seconds, nanoseconds: 0))
      story.tell(desk, .changed(file, previous: Content.of("one").digest))
      let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
      #expect(story.plan(at: desk).actions.isEmpty)
      #expect(steps(story.plan(at: plex)) == ["trash a.jpg for \(deletion)"])
    }
  }

  @Test func `33: equal instants are ordered by location, then by number`() {
    func event(_ id: EventID) -> HistoryEvent {
      HistoryEvent(
        event: Event(id: id, at: Instant(milliseconds: 5), fact: .approved([])), seen: .nothing,
        since: .nothing)
    }
    let sorted = ["desk:2", "amazon:10", "desk:1", "amazon:9"].map(event)
      .sorted(by: HistoryEvent.isBefore).map(\.id)
    #expect(sorted == ["amazon:9", "amazon:10", "desk:1", "desk:2"])
  }

  @Test func `34, 36, 145: of a disk that came back from an older copy nothing is gone`() {
    var story = Story(authoritative: desk)
    var disk: [LibraryPath: StoryFile] = [:]
    for index in 0..<30 {
      disk[LibraryPath(stringLiteral: "p\(index).jpg")] = StoryFile(
        "word \(index)", inode: UInt64(index + 1))
    }
    story.scan(desk, disk)
    // 20 files fewer, under every guard.
    for index in 0..<20 { disk[LibraryPath(stringLiteral: "p\(index).jpg")] = nil }
    let found = story.detect(at: desk, disk) { $0.isRestoredDisk = true }
    #expect(found.halts.map(\.kind) == [.restoredDisk] && found.facts.isEmpty)
    let allowed = story.detect(at: desk, disk) {
      $0.isRestoredDisk = true
      $0.allowedRemovals = 20
    }
    #expect(allowed.halts.isEmpty && allowed.facts.count == 20)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `40: events that come late leave the same state as all at once`(seed: UInt64) {
    var simulation = Simulation(seed: seed, stepCount: 30)
    simulation.run()
    var generator = SeededGenerator(seed: seed)
    var replica = Replica()
    for batch in simulation.hub.shuffled(using: &generator) {
      replica.add(batch)
      if generator.chance(20) { _ = replica.state() }
    }
    #expect(dump(replica.state()) == dump(replay(simulation.hub)))
  }

  /// No value, and one that makes no sense, permit what the default does: whether the second is told must
  /// not depend on what came first.
  @Test(arguments: ["guard", "deletions", "trash-days", "patience", "late-arrivals", "digests"])
  func `40: settings that permit the same are the same in any order`(key: String) {
    let values: [(EventID, SettingValue)] = [
      ("amazon:1", .null), ("desk:1", .string("no sense")), ("nas:1", .bool(true)),
      ("plex:1", .null),
    ]
    let events = values.enumerated().map { index, told in
      HistoryEvent(
        event: Event(
          id: told.0, at: Instant(milliseconds: Int64(index)),
          fact: .configured([setting(key, told.1)])),
        seen: .nothing, since: .nothing)
    }
    let (settings, problems) = Settings.replay(events)
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let again = Settings.replay(events.shuffled(using: &generator))
      #expect(again.settings == settings)
      #expect(again.problems == problems)
    }
  }

  @Test func `41: a late decision against a deletion that was carried out puts the file back`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear(plex)
    let rejection = story.tell(plex, .rejected([deletion]))
    // Desk had heard of the deletion, not of the rejection, when it carried it out.
    story.hear(desk, from: amazon)
    story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
    #expect(steps(story.plan(at: desk)) == ["put back a.jpg for \(rejection)"])
  }
}

@Suite struct `Edge cases of the log` {
  @Test func `75, 152: a malformed batch stops its own deletions and nobody else's`() {
    var (story, _) = sharedPhoto()
    let added = story.tell(desk, .added("b.jpg", "two"))
    story.sync(amazon)
    story.tell(amazon, .added("b.jpg", "two"), cause: added)
    story.sync(plex)
    let void = StoredBatch.void(
      VoidBatch(
        location: amazon, first: 4, lineCount: 2, file: "events/amazon/x", line: 2, reason: "bad"))
    let deletion = story.tell(desk, .deleted("b.jpg", "two"))
    let state = replay(story.batches + [void])
    #expect(state.problems.contains { $0.kind == .malformed })
    #expect(state.paths["b.jpg"]?.applying[amazon] == deletion)
    #expect(state.context.voidStreams == [amazon])
  }

  @Test func `75: the deletions of a stream with a malformed batch wait for an approval by name`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    let void = StoredBatch.void(
      VoidBatch(
        location: amazon, first: 4, lineCount: 2, file: "events/amazon/x", line: 2, reason: "bad"))
    let state = replay(story.batches + [void])
    #expect(state.paths["a.jpg"]?.deletions[deletion]?.hold == .voidStream)
    var input = PlanInput(
      location: desk, work: Array(state.paths.values), context: state.context,
      state: { state.paths[$0] }, here: { _ in .of("one") })
    input.isLogIncomplete = false
    #expect(plan(input).actions.isEmpty && plan(input).pending.map(\.id) == [deletion])
  }

  @Test func `76: an event of an unknown type holds the deletions of its path, and no other`() {
    var (story, _) = sharedPhoto()
    let added = story.tell(amazon, .added("b.jpg", "two"))
    story.sync(desk)
    story.tell(desk, .added("b.jpg", "two"), cause: added)
    story.sync(amazon)
    story.tell(plex, .unknown(type: "sparkled", paths: ["a.jpg"]))
    let held = story.tell(amazon, .deleted("a.jpg", "one"))
    let deletion = story.tell(amazon, .deleted("b.jpg", "two"))
    let plan = story.plan(at: desk)
    #expect(steps(plan) == ["trash b.jpg for \(deletion)"])
    #expect(plan.pending.map(\.id) == [held])
    #expect(story.state.problems.contains { $0.kind == .unknownType })
  }

  @Test func `77: keys that this version doesn't know are kept as they were`() throws {
    let line =
      #"{"id":"desk:1","at":"2026-11-23T16:00:00.123Z","type":"resolved","path":"a.jpg","keep":null,"mood":{"a":[1,2]}}"#
    let event = try EventLine.decode(Array(line.utf8)[...])
    #expect(String(decoding: EventLine.encode(event), as: UTF8.self) == line)
  }

  @Test func `85: what a hub hides from one clone is noticed when others had seen it`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear(plex)
    story.tell(plex, .added("b.jpg", "two"))
    let hidden = story.batches.filter {
      $0.location != amazon || $0.first < 3
    }
    let state = replay(hidden)
    #expect(state.problems.map(\.kind) == [.waiting])
    #expect(state.paths["b.jpg"] == nil)
  }
}

@Suite struct `Edge cases of settings and members` {
  @Test func `119: a say that is taken away holds what is pending, one given back lets it go`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.tell(plex, .declared(amazon, [Story.authority("video")]))
    #expect(story.plan(at: desk).pending.map(\.reason) == [.held(.notAuthoritative)])
    story.hear(plex)
    story.tell(plex, .declared(amazon, [Story.authority("photo")]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
  }

  @Test func `120: of settings that have not seen each other the one that permits less stands`() {
    var story = Story(authoritative: amazon, desk, plex)
    story.tell(desk, .declared(amazon, [Story.authority("photo", "other")]))
    story.tell(plex, .declared(amazon, [Story.authority("photo", "video")]))
    #expect(story.state.settings[amazon].authoritative == [.photo])
    story.tell(desk, .declared(amazon, [setting("keeps", .array([.string("photo")]))]))
    story.tell(plex, .declared(amazon, [setting("keeps", .array([.string("video")]))]))
    #expect(story.state.settings[amazon].keeps == [.photo, .video])
    story.tell(desk, .configured([setting("deletions", .string("over:9"))]))
    story.tell(plex, .configured([setting("deletions", .string("always"))]))
    #expect(story.state.settings.ledger.deletions == .always)
    story.tell(desk, .configured([setting("late-arrivals", .string("apply"))]))
    story.tell(plex, .configured([setting("late-arrivals", .string("ask"))]))
    #expect(!story.state.settings.ledger.appliesLateArrivals)
    // One that has seen the others stands over them.
    story.hear(desk)
    story.tell(desk, .configured([setting("deletions", .string("never"))]))
    #expect(story.state.settings.ledger.deletions == .never)
  }

  @Test func `121: the deletions of a retired place wait, and go when they are approved`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear(plex)
    story.tell(plex, .declared(amazon, [setting("retired", .bool(true))]))
    #expect(story.plan(at: desk).pending.map(\.reason) == [.held(.retired)])
    story.hear(plex)
    story.tell(plex, .approved([deletion]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
  }

  @Test func `122: a deletion does not wait for a retired place`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.sync(desk)
    story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
    #expect(story.state.paths["a.jpg"]?.condition == .deleting)
    story.tell(desk, .declared(plex, [setting("retired", .bool(true))]))
    #expect(story.state.paths["a.jpg"]?.condition == .deleted)
  }

  @Test func `123: of a place that joins late with deleted files nothing goes by itself`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    for place in [desk, plex] {
      story.sync(place)
      story.tell(place, .deleted("a.jpg", "one"), cause: deletion)
    }
    story.sync("laptop")
    story.tell("laptop", .added("a.jpg", "one"), cause: "amazon:2")
    #expect(story.plan(at: "laptop", isFirstSync: true).actions.isEmpty)
    #expect(reasons(story, "a.jpg") == [.reappeared])
  }

  @Test func `123: a place that joins with a photo whose deletion still spreads asks first`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear("laptop")
    story.tell("laptop", .added("a.jpg", "one"), cause: "amazon:2")
    #expect(story.plan(at: "laptop", isFirstSync: true).actions.isEmpty)
    #expect(story.plan(at: "laptop", isFirstSync: true).pending.count == 1)
  }

  @Test func `126: half of a small library is no accident`() {
    var story = Story(authoritative: desk)
    let all: [LibraryPath: StoryFile] = [
      "a.jpg": StoryFile("one", inode: 1), "b.jpg": StoryFile("two", inode: 2),
      "c.jpg": StoryFile("three", inode: 3),
    ]
    story.scan(desk, all)
    let found = story.detect(at: desk, all.filter { $0.key == "c.jpg" })
    #expect(found.halts.isEmpty && words(found) == ["deleted a.jpg", "deleted b.jpg"])
  }

  @Test func `127: an approval lets go what it names, and nothing else`() {
    var (story, _) = sharedPhoto()
    let added = story.tell(amazon, .added("b.jpg", "two"))
    story.sync(desk)
    story.tell(desk, .added("b.jpg", "two"), cause: added)
    story.sync(amazon)
    story.tell(amazon, .configured([setting("deletions", .string("always"))]))
    let one = story.tell(amazon, .deleted("a.jpg", "one"))
    let other = story.tell(amazon, .deleted("b.jpg", "two"))
    story.hear(desk)
    story.tell(desk, .approved([one]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(one)"])
    #expect(story.plan(at: desk).pending.map(\.id) == [other])
  }
}
