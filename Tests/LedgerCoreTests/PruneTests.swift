import LedgerCore
import LedgerTestKit
import Testing

private let (amazon, desk, google, plex): (LocationID, LocationID, LocationID, LocationID) = (
  "amazon", "desk", "google", "plex"
)
private let day: Int64 = 86_400_000

/// Places that each have the same files, as the first told and the others took over.
private func shared(
  _ paths: [LibraryPath], at places: [LocationID] = [amazon, desk, plex]
) -> Story {
  var story = Story(authoritative: amazon, desk, google, plex)
  for path in paths {
    var cause: EventID?
    for place in places {
      let id = story.tell(place, .added(path, "\(path)"), cause: cause)
      cause = cause ?? id
      for other in places { story.sync(other) }
    }
  }
  return story
}

extension Story {
  /// What plex prunes, two days after all this, in words; and why the rest stays.
  fileprivate func prune(
    _ rule: String = "min-copies=2", after: Int64 = 2 * day,
    change: (inout PruneInput) -> Void = { _ in }
  ) -> (going: [String], staying: [LibraryPath: PruneReason]) {
    let state = self.state
    guard let rule = PruneRule(rule) else { preconditionFailure("no rule: \(rule)") }
    var events: [LibraryPath: [HistoryEvent]] = [:]
    for case .valid(let batch) in batches {
      for event in batch.events {
        for path in event.fact.paths {
          events[path, default: []].append(HistoryEvent(event: event, header: batch.header))
        }
      }
    }
    let present = state.sortedPaths.compactMap { path -> (LibraryPath, MediaType)? in
      guard let copy = state.paths[path]?.copies[plex], copy.version != nil else { return nil }
      return (path, copy.file.media)
    }
    let now = state.latestInstant?.advanced(milliseconds: after) ?? Instant(milliseconds: 0)
    var input = PruneInput(
      location: plex, rule: rule, context: state.context, now: now, present: present,
      file: { path in
        state.paths[path].map { PruneFile(state: $0, events: events[path] ?? []) }
      })
    change(&input)
    let plan = planPrune(input)
    return (
      plan.steps.map(\.path.description),
      Dictionary(plan.staying.map { ($0.path, $0.reason) }, uniquingKeysWith: { $1 })
    )
  }
}

@Suite struct `A pruning` {
  @Test func `takes what enough other places hold, and nothing that fewer do`() {
    var story = shared(["a.mov", "b.mov"])
    story.tell(desk, .pruned("b.mov", "b.mov"))
    let found = story.prune()
    #expect(found.going == ["a.mov"])
    #expect(found.staying == ["b.mov": .fewCopies(seen: [amazon], unseen: [])])
    #expect(story.prune("min-copies=1").going == ["a.mov", "b.mov"])
    #expect(story.prune("min-copies=3").going.isEmpty)
  }

  @Test func `counts no copy that is damaged, retired, of other bytes or known by md5 alone`() {
    var damaged = shared(["a.mov"])
    damaged.tell(desk, .damaged(.of("a.mov", "a.mov"), found: Content.of("x").digest))
    #expect(damaged.prune().going.isEmpty)

    var retired = shared(["a.mov"])
    retired.tell(
      amazon, .declared(desk, [SettingEntry(key: "retired", value: .bool(true))]))
    #expect(retired.prune().going.isEmpty)

    var edited = shared(["a.mov"])
    edited.tell(desk, .changed("a.mov", "a.mov", "edited"))
    #expect(edited.prune("min-copies=1").staying == ["a.mov": .behind])

    var weak = Story(authoritative: amazon, desk, plex)
    guard let md5 = Digest(.md5, bytes: Array(repeating: 7, count: 16)) else { return }
    let content = Content(digest: md5, byteCount: 7)
    for place in [amazon, desk, plex] {
      weak.tell(place, .added(FileFact(path: "a.mov", media: .video, content: content)))
      weak.sync(amazon, desk, plex)
    }
    #expect(weak.prune("min-copies=1").staying == ["a.mov": .weakDigest])
  }

  @Test func `leaves alone what a deletion, a proposal or a conflict is about`() {
    var pending = shared(["a.mov"])
    pending.sync(amazon)
    pending.tell(amazon, .deleted("a.mov", "a.mov"))
    #expect(pending.prune("min-copies=1").staying == ["a.mov": .deletion])

    var proposed = shared(["a.mov"], at: [amazon, desk, google, plex])
    proposed.tell(amazon, .deleted("a.mov", "a.mov", asks: true))
    #expect(proposed.prune().staying == ["a.mov": .deletion])

    var diverged = shared(["a.mov"], at: [amazon, desk, google, plex])
    diverged.tell(amazon, .changed("a.mov", "a.mov", "one"))
    diverged.tell(desk, .changed("a.mov", "a.mov", "two"))
    #expect(diverged.prune("min-copies=1").staying == ["a.mov": .conflict])

    var newer = shared(["a.mov"])
    newer.tell(desk, .unknown(type: "melted", paths: ["a.mov"]))
    #expect(newer.prune().staying == ["a.mov": .unknownEvent])
    #expect(
      shared(["a.mov"]).prune { $0.isLogIncomplete = true }.staying == ["a.mov": .incompleteLog])
  }

  @Test func `counts a place that said nothing for long only once it was seen again`() {
    let story = shared(["a.mov"])
    let rule = "min-copies=2,seen-within=30d"
    #expect(story.prune(rule, after: 29 * day).going == ["a.mov"])
    let late = story.prune(rule, after: 31 * day)
    #expect(late.staying == ["a.mov": .fewCopies(seen: [], unseen: [amazon, desk])])
    let seen = story.prune(rule, after: 31 * day) { input in
      for place in [amazon, desk] { input.scanned[place] = input.now.advanced(milliseconds: -day) }
    }
    #expect(seen.going == ["a.mov"])
    // A scan of before the copy came says nothing of it, nor does a clock that is far ahead.
    let before = story.prune(rule, after: 31 * day) { input in
      input.scanned[amazon] = Instant(milliseconds: 0)
      input.scanned[desk] = input.now.advanced(milliseconds: 2 * day)
    }
    #expect(before.going.isEmpty)
  }

  @Test func `goes by how long a file has been here as it is`() {
    var story = shared(["a.mov"])
    #expect(story.prune("older-than=3d").staying == ["a.mov": .young])
    #expect(story.prune("older-than=1d").going == ["a.mov"])
    story.tell(plex, .renamed("a.mov", "b.mov", "a.mov"))
    story.hear(amazon, desk)
    for place in [amazon, desk] {
      story.tell(place, .renamed("a.mov", "b.mov", "a.mov"), cause: "plex:3")
    }
    #expect(story.prune("older-than=3d").staying["b.mov"] == .young)
  }

  @Test func `147: takes a photo with its companions, and a companion never alone`() {
    let paths: [LibraryPath] = ["L.heic", "L.mov", "L.xmp", "clip.mov", "lone.mov"]
    let story = shared(paths)
    #expect(story.prune("photo").going == ["L.mov", "L.xmp", "L.heic"])
    let videos = story.prune("video")
    #expect(videos.going == ["clip.mov", "lone.mov"])
    #expect(videos.staying == ["L.mov": .belongsTo("L.heic")])
    let named = story.prune { $0.isNamed = { $0 == "L.xmp" } }
    #expect(named.going.isEmpty && named.staying == ["L.xmp": .belongsTo("L.heic")])
  }

  @Test func `keeps a photo whose companion is nowhere else, and what two share until both go`() {
    var story = shared(["a.jpg", "a.dng", "b.jpg", "b.xmp"])
    story.tell(plex, .added("a.xmp", "edit"))
    story.tell(plex, .changed("b.xmp", "b.xmp", "other"))
    let found = story.prune()
    #expect(found.going.isEmpty)
    #expect(found.staying["a.jpg"] == .companion("a.xmp"))
    #expect(found.staying["a.dng"] == .companion("a.xmp"))
    #expect(found.staying["b.jpg"] == .companion("b.xmp"))

    let both = shared(["a.jpg", "a.dng", "a.xmp"])
    #expect(both.prune().going == ["a.xmp", "a.dng", "a.jpg"])
    let one = both.prune { $0.isNamed = { $0 == "a.jpg" } }
    #expect(one.going == ["a.jpg"] && one.staying == ["a.xmp": .belongsTo("a.dng")])
  }

  @Test func `58: frees what was asked for, the first that came first, and counts no further name`()
  {
    let story = shared(["new.mov", "older.mov", "linked.mov"])
    let found = story.prune { input in
      input.wantedBytes = 1
      input.isLinked = { $0 == "new.mov" }
    }
    #expect(found.going == ["older.mov"])
    #expect(found.staying == ["new.mov": .linked, "linked.mov": .enough])
    #expect(story.prune { $0.wantedBytes = 0 }.going.isEmpty)
    #expect(story.prune { $0.wantedBytes = 1_000 }.going.count == 3)
  }

  @Test(
    arguments: [
      ("video,older-than=30d,min-copies=2", true), ("", false), ("video,video", false),
      ("min-copies=0", false), ("films", false), ("free=50G", true), ("free=x", false),
      ("older-than=3", false), ("min-copies=1,min-copies=2", false), ("seen-within=0d", false),
      ("free=9999999999T", false),
    ])
  func `has a rule that is spelled in one way`(text: String, isRule: Bool) {
    #expect((PruneRule(text) != nil) == isRule)
  }

  @Test func `cut short before it was recorded is told as pruned, whoever has the say`() {
    for isMoved in [false, true] {
      var story = shared(["a.jpg", "a.xmp"])
      let since = story.state.paths["a.jpg"]?.copies[plex]?.since.number ?? 0
      var disk: [LibraryPath: StoryFile] = ["a.xmp": StoryFile("a.xmp", inode: 2)]
      if isMoved { disk["b.jpg"] = StoryFile("a.jpg", inode: 9) }
      let facts = story.scan(plex, disk) { input in
        var entry = TrashedFile(
          path: "a.jpg", content: .of("a.jpg"), deletion: "plex:99", after: since)
        entry.isPruned = true
        input.trash = [entry]
      }
      #expect(facts == (isMoved ? ["added b.jpg", "pruned a.jpg"] : ["pruned a.jpg"]))
    }
  }

  @Test func `155: never takes the last copy`() {
    var story = shared(["a.mov"])
    for place in [amazon, desk] { story.tell(place, .pruned("a.mov", "a.mov")) }
    #expect(story.prune("min-copies=1").going.isEmpty)
  }
}
