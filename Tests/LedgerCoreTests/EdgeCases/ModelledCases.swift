import LedgerCore
import LedgerTestKit
import Testing

private let (amazon, desk, plex): (LocationID, LocationID, LocationID) = ("amazon", "desk", "plex")

private func content(_ algorithm: DigestAlgorithm, _ byte: UInt8, also: [Digest] = []) -> Content {
  let count = algorithm == .md5 ? 16 : algorithm == .sha1 ? 20 : 32
  guard let digest = Digest(algorithm, bytes: Array(repeating: byte, count: count)) else {
    preconditionFailure("the length fits the algorithm")
  }
  return Content(digest: digest, also: also, byteCount: 7)
}

/// Numbers are those of the list of edge cases.
@Suite struct `Edge cases of decisions` {
  @Test func `105: what was deleted after an approval is not approved`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .configured([SettingEntry(key: "deletions", value: .string("always"))]))
    let first = story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear(desk)
    story.tell(desk, .approved([first]))
    story.sync(amazon)
    story.tell(amazon, .added("a.jpg", "new"))
    story.sync(desk)
    story.tell(desk, .changed("a.jpg", "one", "new"), cause: "amazon:5")
    story.sync(amazon)
    let second = story.tell(amazon, .deleted("a.jpg", "new"))
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(story.plan(at: desk).pending.map(\.id) == [second])
  }

  @Test func `112: what was restored is not removed again by the deletion that it had seen`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.sync(desk)
    story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
    story.sync(desk)
    story.tell(desk, .restored("a.jpg", "one"))
    for place in [desk, plex] { #expect(story.plan(at: place).actions.isEmpty) }
    #expect(story.state.paths["a.jpg"]?.deletions[deletion]?.decision == .over)
  }

  @Test func `142: a decision taken twice is one decision`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear(desk)
    story.tell(desk, .approved([deletion]))
    let once = story.plan(at: plex).actions
    story.tell(desk, .approved([deletion, deletion]))
    #expect(story.plan(at: plex).actions == once && once.count == 1)
  }

  @Test func `146: of 30 that were held and 10 approved the other 20 stay held`() {
    var story = Story(authoritative: amazon, desk)
    let paths = (0..<30).map { LibraryPath(stringLiteral: "p\($0).jpg") }
    for path in paths {
      let added = story.tell(amazon, .added(path, "\(path)"))
      story.sync(desk)
      story.tell(desk, .added(path, "\(path)"), cause: added)
    }
    story.sync(amazon)
    let deletions = paths.map { story.tell(amazon, .deleted($0, "\($0)")) }
    let held = Set(story.plan(at: desk).pending.map(\.id))
    #expect(held.count == 30)
    story.hear(desk)
    story.tell(desk, .approved(Array(deletions.prefix(10))))
    for _ in 0..<2 {
      let plan = story.plan(at: desk, held: held)
      #expect(plan.actions.count == 10 && plan.pending.count == 20)
    }
  }

  @Test func `153: a deletion covers what its writer had seen of a decision's outcome, no more`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .changed("a.jpg", "one", "edited"))
    // Amazon has not heard of the edit: it keeps what it knows, then deletes that.
    story.tell(amazon, .resolved("a.jpg", keep: Content.of("one").digest))
    story.tell(amazon, .deleted("a.jpg", "one"))
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(story.state.paths["a.jpg"]?.heads.map(\.file.content) == [.of("edited")])
  }
}

@Suite struct `Edge cases of cloud drives` {
  @Test func `129: a file that is known by md5 alone is never removed`() {
    var story = Story(authoritative: amazon, desk)
    let weak = FileFact(path: "a.jpg", media: .photo, content: content(.md5, 1))
    let added = story.tell(amazon, .added(weak))
    story.sync(desk)
    story.tell(desk, .added(weak), cause: added)
    story.sync(amazon)
    story.tell(amazon, .deleted(weak, asks: false))
    let state = story.state
    let input = PlanInput(
      location: desk, work: Array(state.paths.values), context: state.context,
      state: { state.paths[$0] }, here: { _ in weak.content })
    #expect(plan(input).actions.isEmpty)
    #expect(plan(input).pending.map(\.reason) == [.weakDigest])
  }

  @Test func `129, 130: an old deletion by md5 counts once a place has read the same bytes`() {
    var story = Story(authoritative: amazon, desk)
    let weak = FileFact(path: "a.jpg", media: .photo, content: content(.md5, 1))
    let strong = FileFact(path: "a.jpg", media: .photo, content: content(.sha256, 2))
    story.tell(amazon, .added(weak))
    story.tell(desk, .added(strong))
    story.sync(amazon)
    let deletion = story.tell(amazon, .deleted(weak, asks: false))
    func actions() -> [Action] {
      let state = story.state
      let input = PlanInput(
        location: desk, work: Array(state.paths.values), context: state.context,
        state: { state.paths[$0] }, here: { _ in strong.content })
      return plan(input).actions
    }
    // Different algorithms: nobody can say that these are the same bytes.
    #expect(actions().isEmpty)
    story.tell(desk, .identified(content(.sha256, 2, also: [content(.md5, 1).digest])))
    #expect(actions().map(\.cause) == [deletion])
  }

  @Test func `131, 138: bytes that a drive recompressed are others, and their deletion is theirs`()
  {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .changed("a.jpg", "one", "recompressed"))
    story.tell(desk, .changed("a.jpg", "one", "face tags"))
    story.tell(amazon, .deleted("a.jpg", "recompressed"))
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(story.state.paths["a.jpg"]?.heads.map(\.file.content) == [.of("face tags")])
  }
}

@Suite struct `Edge cases that modelling found` {
  @Test func `143: a script's copy of what is being deleted goes again, and nothing revives`() {
    var (story, arrival) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted("a.jpg", "one"))
    story.hear(plex)
    story.tell(plex, .deleted("a.jpg", "one"), cause: deletion)
    // A script copies desk's to plex, then desk trashes its own, then plex scans.
    story.hear(desk)
    story.tell(desk, .deleted("a.jpg", "one"), cause: deletion)
    story.hear(plex)
    story.tell(plex, .added("a.jpg", "one"), cause: arrival)
    #expect(steps(story.plan(at: plex)) == ["trash a.jpg for \(deletion)"])
    for place in [amazon, desk] { #expect(story.plan(at: place).actions.isEmpty) }
  }

  @Test func `148: a renamed folder whose old names a script refilled is a rename, with an echo`() {
    var (story, _) = sharedPhoto()
    story.scan(desk, ["a.jpg": StoryFile("one", inode: 1)])
    story.sync(desk)
    let found = story.scan(
      desk, ["a.jpg": StoryFile("one", inode: 8), "2026/a.jpg": StoryFile("one", inode: 1)])
    #expect(found == ["added a.jpg for plex:2", "renamed 2026/a.jpg a.jpg"])
    let rename = EventID(location: desk, number: 3)
    #expect(steps(story.plan(at: plex)) == ["rename a.jpg to 2026/a.jpg for \(rename)"])
    // The refill goes again at desk: its bytes are there under their new name.
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(rename)"])
  }

  @Test func `148: a renamed file goes to the name where it lives again, not past it`() {
    var (story, _) = sharedPhoto()
    let first = story.tell(amazon, .renamed("a.jpg", "b.jpg", "one"))
    story.sync(plex)
    story.tell(plex, .renamed("a.jpg", "b.jpg", "one"), cause: first)
    story.sync(amazon)
    let second = story.tell(amazon, .renamed("b.jpg", "c.jpg", "one"))
    story.sync(plex)
    story.tell(plex, .renamed("b.jpg", "c.jpg", "one"), cause: second)
    story.sync(amazon)
    #expect(steps(story.plan(at: desk)) == ["rename a.jpg to c.jpg for \(second)"])

    story.tell(amazon, .added("b.jpg", "one"), cause: first)

    #expect(steps(story.plan(at: desk)) == ["rename a.jpg to b.jpg for \(first)"])
  }

  @Test func `148: a rename onto a name whose bytes were deleted there ends in that deletion`() {
    var (story, _) = sharedPhoto()
    story.tell(plex, .added("b.jpg", "one"))
    let rename = story.tell(amazon, .renamed("a.jpg", "b.jpg", "one"))
    story.sync(plex)
    story.tell(plex, .deleted("b.jpg", "one"))

    // Both made a version of the same bytes; who deletes one of them deletes the other.
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(rename)"])
  }

  @Test func `153: a decision to keep what was replaced leaves both to see, and none is lost`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .changed("a.jpg", "one", "two"))
    story.sync(plex)
    story.tell(plex, .resolved("a.jpg", keep: Content.of("one").digest))

    #expect(story.state.paths["a.jpg"]?.heads.isEmpty == false)
    for place in [amazon, desk, plex] { #expect(story.plan(at: place).actions.isEmpty) }
  }

  @Test func `147: companions of a deleted photo stay where the photo is back`() throws {
    var (story, _) = sharedPhoto()
    let id = story.tell(amazon, .deleted("a.jpg", "one"))
    let event = Event(
      id: id, at: Instant(milliseconds: 0), fact: .deleted("a.jpg", "one"), cause: nil)
    let move = try #require(MainMove(event))
    let both: [LibraryPath] = ["a.jpg", "a.xmp"]

    #expect(planCompanions([move], among: both, here: { _ in .of("x") }).isEmpty)
    #expect(
      planCompanions([move], among: ["a.xmp"], here: { $0 == "a.xmp" ? .of("x") : nil })
        == [.trash("a.xmp", .of("x"), cause: id, .photo)])
  }

  @Test func `149, 46, 47: where a folder can't be read nothing is gone from any`() {
    var story = Story(authoritative: desk)
    story.scan(
      desk,
      [
        "in/a.jpg": StoryFile("one", inode: 1), "b.jpg": StoryFile("two", inode: 2),
        "z.jpg": StoryFile("z", inode: 3),
      ])
    // b.jpg was moved into the folder that can't be read.
    let found = story.detect(at: desk, ["z.jpg": StoryFile("z", inode: 3)]) {
      $0.observation.unknown = [
        UnknownPath(
          diskBytes: Array("in".utf8), reason: .unreadable, detail: "Permission denied",
          hiding: [Array("in".utf8)])
      ]
      $0.observation.isComplete = false
    }
    #expect(found.facts.isEmpty && found.unknownCount == 2)
  }

  @Test func `43: an emptied root deletes nothing`() {
    var story = Story(authoritative: desk)
    story.scan(desk, ["a.jpg": StoryFile("one", inode: 1)])
    let found = story.detect(at: desk, [:])
    #expect(found.facts.isEmpty && found.halts.map(\.kind) == [.emptied])
  }

  @Test func `56: files that a new rule ignores are not gone`() {
    var story = Story(authoritative: desk)
    story.scan(
      desk, ["a.jpg": StoryFile("one", inode: 1), "z.jpg": StoryFile("z", inode: 3)])
    let found = story.detect(at: desk, ["z.jpg": StoryFile("z", inode: 3)]) {
      $0.observation.ignored = ["a.jpg"]
    }
    #expect(found.facts.isEmpty && found.halts.isEmpty)
  }

  @Test func `57: a rename that changes case alone is a rename`() {
    var story = Story(authoritative: desk)
    story.scan(desk, ["A.JPG": StoryFile("one", inode: 1)])
    #expect(
      story.scan(desk, ["a.jpg": StoryFile("one", inode: 1)]) == ["renamed a.jpg A.JPG"])
  }

  @Test func `61: a file that became empty takes no other copy along`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .changed("a.jpg", "one", ""))
    for place in [desk, plex] { #expect(story.plan(at: place).actions.isEmpty) }
    #expect(story.state.paths["a.jpg"]?.copyStates[desk] == .behind)
  }

  @Test func `151: what a cleaner under exec removes is pruned, also where the place has the say`()
  {
    var story = Story(authoritative: desk)
    story.scan(
      desk, ["a.jpg": StoryFile("one", inode: 1), "z.jpg": StoryFile("z", inode: 3)])
    let found = story.detect(at: desk, ["z.jpg": StoryFile("z", inode: 3)]) {
      $0.isScripted = true
    }
    #expect(words(found) == ["pruned a.jpg"])
  }
}
