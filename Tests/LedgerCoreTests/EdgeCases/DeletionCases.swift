import LedgerCore
import LedgerTestKit
import Testing

private let (amazon, desk, plex): (LocationID, LocationID, LocationID) = ("amazon", "desk", "plex")

/// Numbers are those of the list of edge cases.
@Suite struct `Edge cases of deletions` {
  @Test func `1: an edit that has not seen the deletion is kept at its place and told`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .deleted("a.jpg", "one"))
    story.tell(desk, .changed("a.jpg", "one", "edited"))
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(reasons(story, "a.jpg") == [.editedAfterDelete])
  }

  @Test func `2: an edit that no scan has read yet is left alone`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    #expect(story.plan(at: desk, disk: ["a.jpg": "edited"]).actions.isEmpty)
    #expect(steps(story.plan(at: desk, disk: ["a.jpg": "one"])) == ["trash a.jpg for \(deletion)"])
  }

  @Test func `3: a photo that was renamed elsewhere meanwhile stays under its new name`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .renamed("a.jpg", "b.jpg", "one"))
    story.tell(amazon, .deleted("a.jpg", "one"))
    for place in [desk, plex] {
      #expect(!steps(story.plan(at: place)).contains { $0.hasPrefix("trash b.jpg") })
    }
    #expect(story.state.paths["b.jpg"]?.heads.count == 1)
  }

  @Test func `4: a rename is carried out as a rename, never as a deletion`() {
    var (story, _) = sharedPhoto()
    story.scan(amazon, ["a.jpg": StoryFile("one", inode: 1)])
    #expect(
      story.scan(amazon, ["2026/b.jpg": StoryFile("one", inode: 1)])
        == ["renamed 2026/b.jpg a.jpg"])
    let rename = EventID(location: amazon, number: 3)
    #expect(steps(story.plan(at: desk)) == ["rename a.jpg to 2026/b.jpg for \(rename)"])
  }

  @Test func `5: of a chain of renames between two scans only its ends matter`() {
    var (story, _) = sharedPhoto()
    story.scan(amazon, ["a.jpg": StoryFile("one", inode: 1)])
    // a.jpg was b.jpg for a while; no scan saw that.
    #expect(
      story.scan(amazon, ["c.jpg": StoryFile("one", inode: 1)]) == ["renamed c.jpg a.jpg"])
    #expect(steps(story.plan(at: desk)) == ["rename a.jpg to c.jpg for amazon:3"])
  }

  @Test func `6: a swap deletes nothing, anywhere`() {
    var story = Story(authoritative: amazon, desk)
    let before: [LibraryPath: StoryFile] = [
      "a.jpg": StoryFile("one", inode: 1), "b.jpg": StoryFile("two", inode: 2),
    ]
    for place in [amazon, desk] {
      story.scan(place, before)
      story.sync(amazon, desk)
    }
    let found = story.scan(
      amazon, ["a.jpg": StoryFile("two", inode: 2), "b.jpg": StoryFile("one", inode: 1)])
    #expect(found == ["changed a.jpg", "changed b.jpg"])
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(story.state.paths["a.jpg"]?.copyStates[desk] == .behind)
  }

  @Test func `7: a circle of renames, and a rename into a name just freed, delete nothing`() {
    var story = Story(authoritative: amazon, desk)
    let names: [LibraryPath] = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    func disk(_ shift: Int) -> [LibraryPath: StoryFile] {
      var files: [LibraryPath: StoryFile] = [:]
      for (index, word) in ["one", "two", "three"].enumerated() {
        files[names[(index + shift) % 3]] = StoryFile(word, inode: UInt64(index + 1))
      }
      return files
    }
    for place in [amazon, desk] {
      story.scan(place, disk(0))
      story.sync(amazon, desk)
    }
    #expect(
      words(story.detect(at: amazon, disk(1))) == [
        "changed a.jpg", "changed b.jpg", "changed c.jpg",
      ])
    let moved: [LibraryPath: StoryFile] = [
      "b.jpg": StoryFile("one", inode: 1), "c.jpg": StoryFile("two", inode: 2),
      "d.jpg": StoryFile("three", inode: 3),
    ]
    #expect(
      story.scan(amazon, moved)
        == ["renamed b.jpg a.jpg", "renamed c.jpg b.jpg", "renamed d.jpg c.jpg"])
    // Where a target is still taken the rename waits for its turn; nothing is trashed for it.
    #expect(!steps(story.plan(at: desk)).contains { $0.hasPrefix("trash") })
  }

  @Test func `8: a renamed folder does not trip the guard, what is unpaired in it counts`() {
    var story = Story(authoritative: amazon)
    func disk(_ folder: String, _ count: Int) -> [LibraryPath: StoryFile] {
      var files: [LibraryPath: StoryFile] = ["z.jpg": StoryFile("z", inode: 9_999)]
      for index in 0..<count {
        files[LibraryPath(stringLiteral: "\(folder)/\(index).jpg")] = StoryFile(
          "word \(index)", inode: UInt64(index + 1))
      }
      return files
    }
    story.scan(amazon, disk("old", 300))
    #expect(story.detect(at: amazon, disk("new", 300)).halts.isEmpty)
    let half = story.detect(at: amazon, disk("new", 150))
    #expect(half.halts.map(\.count) == [150])
    #expect(words(half).allSatisfy { $0.hasPrefix("renamed") } && half.facts.count == 150)
  }

  @Test func `9: a photo put back after its deletion is asked about, other bytes are a new life`() {
    var (story, _) = sharedPhoto()
    story.scan(amazon, ["a.jpg": StoryFile("one", inode: 1), "z.jpg": StoryFile("z", inode: 2)])
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    for place in [desk, plex] {
      story.sync(place)
      story.tell(place, .deleted("a.jpg", "one"), cause: deletion)
    }
    story.sync(amazon)
    var same = story
    same.scan(amazon, ["a.jpg": StoryFile("one", inode: 5), "z.jpg": StoryFile("z", inode: 2)])
    #expect(reasons(same, "a.jpg") == [.reappeared] && same.plan(at: amazon).actions.isEmpty)
    story.scan(amazon, ["a.jpg": StoryFile("new", inode: 5), "z.jpg": StoryFile("z", inode: 2)])
    #expect(story.state.paths["a.jpg"]?.condition == .partial)
    #expect(reasons(story, "a.jpg").isEmpty)
  }

  @Test func `10, 144: a photo that a person brings back a month later is kept and asked about`() {
    var (story, arrival) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    for place in [desk, plex] {
      story.sync(place)
      story.tell(place, .deleted("a.jpg", "one"), cause: deletion)
    }
    story.sync("laptop", desk)
    // At a place that had it, and at one that never did.
    for place in [desk, "laptop"] as [LocationID] {
      var told = story
      told.tell(place, .added("a.jpg", "one"), cause: arrival)
      #expect(reasons(told, "a.jpg") == [.reappeared])
      #expect(told.plan(at: place).actions.isEmpty)
      #expect(told.state.paths["a.jpg"]?.condition == .conflict)
    }
  }

  @Test func `11: what a stale script brings back waits for a person, and goes once approved`() {
    var (story, arrival) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    for place in [desk, plex] {
      story.sync(place)
      story.tell(place, .deleted("a.jpg", "one"), cause: deletion)
    }
    story.sync(desk)
    story.tell(desk, .added("a.jpg", "one"), cause: arrival)
    #expect(story.plan(at: desk).actions.isEmpty)
    story.tell(desk, .approved([deletion]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
  }

  @Test
  func `12: scripts that carry a photo round in a circle are answered three times, then asked`() {
    var (story, arrival) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.sync(desk)
    story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
    story.sync(desk)
    var rounds = 0
    while rounds < 10 {
      story.tell(desk, .added("a.jpg", "one"), cause: arrival)
      guard !story.plan(at: desk).actions.isEmpty else { break }
      story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
      rounds += 1
    }
    #expect(rounds == 3 && story.state.paths["a.jpg"]?.condition == .conflict)
  }

  @Test func `12: what the program itself renamed here is no echo, else renames answer each other`()
  {
    var story = Story(authoritative: amazon, desk, plex)
    let first = story.tell(amazon, .added("a.jpg", "one"))
    let second = story.tell(plex, .added("b.jpg", "one"))
    story.sync(amazon, desk, plex)
    story.tell(desk, .added("a.jpg", "one"), cause: first)
    story.tell(amazon, .added("b.jpg", "one"), cause: second)
    story.sync(amazon, desk, plex)
    let away = story.tell(plex, .renamed("b.jpg", "c.jpg", "one"))
    let onto = story.tell(desk, .renamed("a.jpg", "b.jpg", "one"))
    story.sync(amazon)
    story.tell(amazon, .renamed("b.jpg", "c.jpg", "one"), cause: away)
    story.sync(plex)
    story.tell(plex, .renamed("c.jpg", "b.jpg", "one"), cause: onto)

    #expect(story.plan(at: plex).actions == [])
    #expect(
      story.state.paths["b.jpg"]?.conflicts.contains {
        $0.reason == .reappeared && $0.location == plex && $0.needsDecision
      } == true)
  }

  @Test func `17: of several files that one deletion took from a path the last comes back`() {
    var story = Story(authoritative: amazon, desk)
    let put = story.tell(amazon, .added("a.jpg", "one"))
    story.sync(desk)
    story.tell(desk, .added("a.jpg", "one"), cause: put)
    story.sync(amazon)
    let edit = story.tell(amazon, .changed("a.jpg", "one", "two"))
    let deletion = story.tell(amazon, .deleted("a.jpg", "two"))
    story.sync(desk)
    story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
    story.sync(desk)
    story.tell(desk, .added("a.jpg", "two"), cause: edit)
    story.tell(desk, .deleted("a.jpg", "two"), cause: deletion)
    story.tell(amazon, .rejected([deletion]))
    let trash = ["one", "two"].map {
      TrashedFile(path: "a.jpg", content: .of($0), deletion: deletion, after: 1)
    }

    let plan = story.plan(at: desk, trash: trash)

    let back = plan.actions.compactMap { action -> Content? in
      if case .putBack(_, let content, _, _, _) = action { content } else { nil }
    }
    #expect(back == [.of("two")])
  }

  @Test func `13: a place that pruned a photo has nothing to do when it is deleted`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .pruned("a.jpg", "one"))
    story.tell(amazon, .deleted("a.jpg", "one"))
    #expect(story.plan(at: desk).actions.isEmpty && story.plan(at: desk).pending.isEmpty)
    #expect(story.state.paths["a.jpg"]?.copyStates[desk] == .pruned)
  }

  @Test func `14: a removal where nobody has the say makes room there, or is a proposal`() {
    var (story, _) = sharedPhoto()
    let disk: [LibraryPath: StoryFile] = ["z.jpg": StoryFile("z", inode: 9)]
    story.scan(desk, disk.merging(["a.jpg": StoryFile("one", inode: 1)]) { one, _ in one })
    story.tell(desk, .declared(nil, [Story.authority()]))
    #expect(words(story.detect(at: desk, disk)) == ["pruned a.jpg"])
    story.tell(
      desk, .declared(nil, [SettingEntry(key: "asks", value: .array([.string("photo")]))]))
    story.scan(desk, disk)
    #expect(story.plan(at: plex).actions.isEmpty)
    #expect(story.plan(at: plex).pending.map(\.reason) == [.held(.asks)])
    #expect(story.state.paths["a.jpg"]?.deletions.values.map(\.hold) == [.asks])
  }

  @Test func `15: two places that delete a photo at once are one trashing elsewhere`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .deleted("a.jpg", "one"))
    story.tell(desk, .deleted("a.jpg", "one"))
    #expect(story.plan(at: plex).actions.count == 1)
    #expect(story.plan(at: amazon).actions.isEmpty && story.plan(at: desk).actions.isEmpty)
  }

  @Test func `16: of a deletion and a decision to keep that have not seen each other keep wins`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .deleted("a.jpg", "one"))
    story.tell(plex, .resolved("a.jpg", keep: Content.of("one").digest))
    for place in [desk, plex] { #expect(story.plan(at: place).actions.isEmpty) }
  }

  @Test func `17: a deletion that is taken back is undone where it was carried out`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.sync(desk)
    story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
    story.hear(amazon)
    let restoration = story.tell(amazon, .restored("a.jpg", "one"))
    #expect(steps(story.plan(at: desk)) == ["put back a.jpg for \(restoration)"])
    #expect(story.plan(at: plex).actions.isEmpty)
  }

  @Test(arguments: [("a.jpg", "b.jpg"), ("b.jpg", "a.jpg")] as [(LibraryPath, LibraryPath)])
  func `18, 19: of two paths with the same bytes only the deleted one goes`(
    gone: LibraryPath, stays: LibraryPath
  ) {
    var story = Story(authoritative: amazon, desk)
    for path in ["a.jpg", "b.jpg"] as [LibraryPath] {
      let added = story.tell(amazon, .added(path, "one"))
      story.sync(desk)
      story.tell(desk, .added(path, "one"), cause: added)
    }
    story.sync(amazon)
    // At amazon the other path may be there or not.
    let deletion = story.tell(amazon, .deleted(gone, "one"))
    #expect(steps(story.plan(at: desk)) == ["trash \(gone) for \(deletion)"])
    story.tell(amazon, .pruned(stays, "one"))
    #expect(steps(story.plan(at: desk)) == ["trash \(gone) for \(deletion)"])
  }

  @Test func `20, 21: empty files and sidecars of equal bytes are never taken for renamed`() {
    var story = Story(authoritative: amazon)
    story.tell(amazon, .declared(nil, [Story.authority("photo", "video", "sidecar", "other")]))
    let stays = ["z.jpg": StoryFile("z", inode: 9)] as [LibraryPath: StoryFile]
    story.scan(
      amazon,
      stays.merging([
        "a.dat": StoryFile("", inode: 1), "x/a.xmp": StoryFile("rating 5", inode: 2),
      ]) { one, _ in one })
    let found = story.scan(
      amazon,
      stays.merging([
        "b.dat": StoryFile("", inode: 11), "y/b.xmp": StoryFile("rating 5", inode: 12),
      ]) { one, _ in one })
    #expect(found == ["added b.dat", "added y/b.xmp", "deleted a.dat", "deleted x/a.xmp"])
  }

  @Test func `22, 147: a photo takes its companions along, and no other photo`() {
    let files: [LibraryPath] = [
      "trip.heic", "trip.mov", "trip.xmp", "raw.dng", "raw.jpg", "raw.jpg.xmp", "raw.dng.xmp",
    ]
    func trashed(_ main: LibraryPath, _ media: MediaType) -> [LibraryPath] {
      let event = Event(
        id: "desk:2", at: Instant(milliseconds: 1),
        fact: .deleted(FileFact(path: main, media: media, content: .of("x")), asks: false))
      let moves = [MainMove(event)].compactMap { $0 }
      let left = files.filter { $0 != main }
      return planCompanions(moves, among: left, here: { $0 == main ? nil : .of("\($0)") })
        .map(\.path)
    }
    #expect(trashed("trip.heic", .photo) == ["trip.mov", "trip.xmp"])
    #expect(trashed("raw.jpg", .photo) == ["raw.jpg.xmp"])
    #expect(trashed("trip.mov", .video) == [])
  }

  @Test func `23: a file in whose place a folder stands is not gone`() {
    var (story, _) = sharedPhoto()
    story.scan(desk, ["a.jpg": StoryFile("one", inode: 1), "z.jpg": StoryFile("z", inode: 9)])
    let found = story.detect(
      at: desk,
      ["a.jpg/inside.jpg": StoryFile("two", inode: 5), "z.jpg": StoryFile("z", inode: 9)]
    ) { $0.observation.ignored = ["a.jpg"] }
    #expect(words(found) == ["added a.jpg/inside.jpg"])
  }

  @Test func `24: of a deleted folder only the files go that were deleted`() {
    var story = Story(authoritative: amazon, desk)
    let added = story.tell(amazon, .added("d/a.jpg", "one"))
    story.sync(desk)
    story.tell(desk, .added("d/a.jpg", "one"), cause: added)
    story.tell(desk, .added("d/own.jpg", "own"))
    story.sync(amazon)
    story.tell(amazon, .deleted("d/a.jpg", "one"))
    #expect(story.plan(at: desk).actions.map(\.path) == ["d/a.jpg"])
  }

  @Test func `25: a deletion that comes before what it had seen waits for it`() {
    var (story, _) = sharedPhoto()
    story.tell(plex, .changed("a.jpg", "one", "two"))
    story.hear(amazon)
    story.tell(amazon, .deleted("a.jpg", "one"))
    let early = story.batches.filter { $0.location != plex }
    let state = replay(early)
    #expect(state.paths["a.jpg"]?.deletions.isEmpty != false)
    #expect(state.problems.contains { $0.kind == .waiting })
    #expect(replay(early + story.batches.filter { $0.location == plex }).paths == story.state.paths)
  }

  @Test func `26: what was trashed and not recorded is recorded by the next scan, with its cause`()
  {
    var (story, _) = sharedPhoto()
    story.scan(desk, ["a.jpg": StoryFile("one", inode: 1), "z.jpg": StoryFile("z", inode: 9)])
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear(desk)
    let found = story.scan(desk, ["z.jpg": StoryFile("z", inode: 9)]) {
      $0.trash = [TrashedFile(path: "a.jpg", content: .of("one"), deletion: deletion, after: 3)]
    }
    #expect(found == ["deleted a.jpg for \(deletion)"])
  }

  @Test func `27: a place that comes back after a year asks before it deletes many`() {
    var story = Story(authoritative: amazon, desk)
    let paths = (0..<40).map { LibraryPath(stringLiteral: "p\($0).jpg") }
    for path in paths {
      let added = story.tell(amazon, .added(path, "\(path)"))
      story.sync(desk)
      story.tell(desk, .added(path, "\(path)"), cause: added)
    }
    story.sync(amazon)
    for path in paths { story.tell(amazon, .deleted(path, "\(path)")) }
    let plan = story.plan(at: desk)
    #expect(plan.actions.isEmpty && plan.pending.count == 40)
  }
}
