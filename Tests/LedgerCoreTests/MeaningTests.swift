import CustomDump
import LedgerCore
import LedgerTestKit
import Testing

private let (amazon, desk, plex): (LocationID, LocationID, LocationID) = ("amazon", "desk", "plex")
private let photo: LibraryPath = "a.jpg"

/// What one row of the page on meaning says of a path, and what a location does about it.
private func expect(
  _ story: Story, _ condition: PathCondition, _ copies: [LocationID: CopyState] = [:],
  reasons: [PathConflict.Reason] = [], sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let state = story.state.paths[photo] else {
    Issue.record("no path", sourceLocation: sourceLocation)
    return
  }
  #expect(state.condition == condition, sourceLocation: sourceLocation)
  for (location, expected) in copies {
    #expect(
      (state.copyStates[location] ?? .absent) == expected, "\(location)",
      sourceLocation: sourceLocation)
  }
  #expect(
    Set(state.conflicts.map(\.reason)) == Set(reasons), sourceLocation: sourceLocation)
}

@Suite struct `A deletion and a copy` {
  @Test func `that it had seen: it goes, everywhere`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    expect(story, .deleting, [amazon: .removed, desk: .present])
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
    #expect(story.plan(at: amazon).actions.isEmpty)
    story.sync(desk, plex)
    story.tell(desk, .deleted(photo, "one"), cause: deletion)
    story.tell(plex, .deleted(photo, "one"), cause: deletion)
    expect(story, .deleted, [amazon: .removed, desk: .removed, plex: .removed])
  }

  @Test func `that neither had seen, an arrival: it goes, unless late arrivals ask`() {
    var story = Story(authoritative: amazon, desk, plex)
    let added = story.tell(amazon, .added(photo, "one"))
    story.sync(desk)
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    story.tell(desk, .added(photo, "one"), cause: added)
    expect(story, .deleting, [desk: .present])
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
    story.tell(
      plex, .configured([SettingEntry(key: "late-arrivals", value: .string("ask"))]))
    expect(story, .conflict, [desk: .present], reasons: [.unseen])
    #expect(story.plan(at: desk).actions.isEmpty)
  }

  @Test func `that neither had seen, a person's own: it is kept until approved by name`() {
    var story = Story(authoritative: amazon, desk, plex)
    story.tell(amazon, .added(photo, "one"))
    story.tell(desk, .added(photo, "one"))
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    expect(story, .conflict, [desk: .present], reasons: [.unseen])
    #expect(story.plan(at: desk).actions.isEmpty)
    story.sync(desk)
    story.tell(desk, .approved([deletion]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
    expect(story, .deleting, [desk: .present])
  }

  @Test func `an approval does not reach a copy whose event it had not seen`() {
    var story = Story(authoritative: amazon, desk, plex)
    story.tell(amazon, .added(photo, "one"))
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    story.hear(plex)
    story.tell(desk, .added(photo, "one"))
    story.tell(plex, .approved([deletion]))
    #expect(story.plan(at: desk).actions.isEmpty)
    expect(story, .conflict, [desk: .present], reasons: [.unseen])
  }

  @Test func `with other bytes that it had not seen: the edit lives`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .deleted(photo, "one"))
    story.tell(desk, .changed(photo, "one", "two"))
    expect(
      story, .partial, [amazon: .removed, desk: .present, plex: .behind],
      reasons: [.editedAfterDelete])
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(story.plan(at: plex).actions.count == 1)
  }

  @Test func `that is another head: it is kept, and the deletion deletes nothing of it`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .changed(photo, "one", "two"))
    story.hear(amazon)
    story.tell(amazon, .deleted(photo, "one"))
    // Amazon knew the newer version elsewhere, so its old one being removed deletes nothing.
    expect(story, .conflict, [desk: .present, plex: .behind], reasons: [.deleteOfOlder])
    #expect(story.plan(at: plex).actions.isEmpty && story.plan(at: desk).actions.isEmpty)
  }

  @Test(arguments: [true, false])
  func `that is newer and damaged, or at a retired place: nothing goes elsewhere`(isDamaged: Bool) {
    var (story, _) = sharedPhoto()
    story.tell(desk, .changed(photo, "one", "two"))
    story.hear(plex)
    if isDamaged {
      story.tell(desk, .damaged(.of(photo, "two"), found: Content.of("rot").digest))
    } else {
      story.tell(plex, .declared(desk, [SettingEntry(key: "retired", value: .bool(true))]))
    }
    story.hear(amazon)
    story.tell(amazon, .deleted(photo, "one"))
    #expect(story.plan(at: plex).actions.isEmpty)
    #expect(story.state.paths[photo]?.conflicts.map(\.reason).contains(.deleteOfOlder) == true)
  }

  @Test func `that came after it was known there: an echo is trashed again, three times`() {
    var (story, arrival) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    story.sync(desk)
    story.tell(desk, .deleted(photo, "one"), cause: deletion)
    story.sync(desk)
    for _ in 0..<3 {
      // Plex still holds it; a script copies it back to desk.
      story.tell(desk, .added(photo, "one"), cause: arrival)
      expect(story, .deleting, [desk: .present], reasons: [.reappeared])
      #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
      story.tell(desk, .deleted(photo, "one"), cause: deletion)
    }
    story.tell(desk, .added(photo, "one"), cause: arrival)
    expect(story, .conflict, [desk: .present], reasons: [.reappeared])
    #expect(story.plan(at: desk).actions.isEmpty)
  }

  @Test func `that came back where nobody else had it: kept until a person decides`() {
    var (story, arrival) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    for place in [desk, plex] {
      story.sync(place)
      story.tell(place, .deleted(photo, "one"), cause: deletion)
    }
    story.sync(desk)
    story.tell(desk, .added(photo, "one"), cause: arrival)
    expect(story, .conflict, [desk: .present], reasons: [.reappeared])
    #expect(story.plan(at: desk).actions.isEmpty)
    var kept = story
    kept.tell(desk, .restored(photo, "one"))
    expect(kept, .partial, [desk: .present])
    story.tell(desk, .approved([deletion]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
  }

  @Test func `with new bytes after it: a new life`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    story.sync(desk)
    story.tell(desk, .deleted(photo, "one"), cause: deletion)
    story.sync(desk)
    story.tell(desk, .added(photo, "new"))
    expect(story, .partial, [desk: .present])
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(steps(story.plan(at: plex)) == ["trash a.jpg for \(deletion)"])
  }
}

@Suite struct `Decisions` {
  @Test func `reject puts the file back from the trash of each place`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    story.sync(desk)
    story.tell(desk, .deleted(photo, "one"), cause: deletion)
    story.hear(plex)
    let rejection = story.tell(plex, .rejected([deletion]))
    #expect(steps(story.plan(at: desk)) == ["put back a.jpg for \(rejection)"])
    #expect(story.plan(at: plex).actions.isEmpty)
    story.hear(desk)
    story.tell(desk, .restored(photo, "one"), cause: rejection)
    #expect(story.plan(at: desk).actions.isEmpty)
  }

  @Test func `that have not seen each other: the one that keeps wins`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    story.hear(desk, plex)
    story.tell(desk, .approved([deletion]))
    story.tell(plex, .rejected([deletion]))
    #expect(story.state.paths[photo]?.deletions[deletion]?.decision == .rejected)
    #expect(reasons(story, photo) == [.opposedDecisions])
    // One that had seen the other stands over it.
    story.hear(desk)
    story.tell(desk, .approved([deletion]))
    #expect(story.state.paths[photo]?.deletions[deletion]?.decision == .approved)
    #expect(reasons(story, photo) == [])
  }

  @Test func `restore ends the deletions that it had seen, and no other`() {
    var (story, _) = sharedPhoto()
    let first = story.tell(amazon, .deleted(photo, "one"))
    story.hear(desk)
    story.tell(desk, .restored(photo, "one"))
    let second = story.tell(plex, .deleted(photo, "one"))
    let deletions = story.state.paths[photo]?.deletions
    #expect(deletions?[first]?.decision == .over)
    #expect(deletions?[second]?.decision == .pending)
    expect(story, .conflict, [desk: .present], reasons: [.unseen])
  }

  @Test func `to keep what is deleted rejects the deletion, seen or not, and a later one stands`() {
    for hasSeen in [true, false] {
      var (story, _) = sharedPhoto()
      story.hear(plex)
      let deletion = story.tell(amazon, .deleted(photo, "one"))
      if hasSeen { story.hear(plex) }
      story.tell(plex, .resolved(photo, keep: Content.of("one").digest))
      #expect(story.state.paths[photo]?.deletions[deletion]?.decision == .rejected)
      #expect(story.plan(at: desk).actions.isEmpty)
      story.hear(amazon, desk)
      let later = story.tell(desk, .deleted(photo, "one"))
      #expect(steps(story.plan(at: plex)) == ["trash a.jpg for \(later)"])
    }
  }

  @Test func `to keep none deletes the heads, until a later decision keeps one`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .changed(photo, "one", "two"))
    story.tell(plex, .changed(photo, "one", "three"))
    story.hear(amazon)
    let none = story.tell(amazon, .resolved(photo, keep: nil))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(none)"])
    story.hear(amazon)
    story.tell(amazon, .resolved(photo, keep: Content.of("two").digest))
    #expect(story.plan(at: desk).actions.isEmpty && story.plan(at: plex).actions.isEmpty)
    expect(story, .partial, [desk: .present, plex: .behind])
  }

  @Test func `nothing is removed while a part of the log has not come`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    let state = story.state
    var input = PlanInput(
      location: desk, work: Array(state.paths.values), context: state.context,
      state: { state.paths[$0] }, here: { _ in .of("one") })
    #expect(steps(plan(input)) == ["trash a.jpg for \(deletion)"])
    input.isLogIncomplete = true
    #expect(plan(input).actions.isEmpty)
    #expect(plan(input).pending.map(\.reason) == [.incompleteLog])
  }

  @Test func `a proposal deletes nothing until it is approved, and is a prune when it is rejected`()
  {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one", asks: true))
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(story.plan(at: desk).pending.map(\.id) == [deletion])
    #expect(story.state.paths[photo]?.proposals.map(\.id) == [deletion])
    var rejected = story
    story.hear(plex)
    story.tell(plex, .approved([deletion]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
    rejected.hear(plex)
    rejected.tell(plex, .rejected([deletion]))
    expect(rejected, .synced, [amazon: .pruned, desk: .present])
    #expect(rejected.plan(at: desk).pending.isEmpty)
  }

  @Test func `a say that is taken away holds what is pending`() {
    var (story, _) = sharedPhoto()
    let deletion = story.tell(amazon, .deleted(photo, "one"))
    story.tell(plex, .declared(amazon, [Story.authority("video")]))
    #expect(story.plan(at: desk).actions.isEmpty)
    #expect(story.plan(at: desk).pending.map(\.id) == [deletion])
    story.hear(desk)
    story.tell(desk, .approved([deletion]))
    #expect(steps(story.plan(at: desk)) == ["trash a.jpg for \(deletion)"])
  }

  @Test func `a first sync, many at once, and what was held wait`() {
    var story = Story(authoritative: amazon, desk)
    let paths = (0..<26).map { LibraryPath(stringLiteral: "p\($0).jpg") }
    for path in paths { story.tell(amazon, .added(path, "\(path)")) }
    story.sync(desk)
    for (index, path) in paths.enumerated() {
      let cause = EventID(location: amazon, number: Int64(index) + 2)
      story.tell(desk, .added(path, "\(path)"), cause: cause)
    }
    story.sync(amazon)
    for path in paths.dropLast() { story.tell(amazon, .deleted(path, "\(path)")) }
    #expect(story.plan(at: desk).actions.count == 25)
    let first = story.plan(at: desk, isFirstSync: true)
    #expect(first.actions.isEmpty && first.pending.allSatisfy { $0.reason == .firstSync })
    let last = story.tell(amazon, .deleted(paths[25], "p25.jpg"))
    let many = story.plan(at: desk)
    #expect(many.actions.isEmpty && many.pending.count == 26)
    // What was held stays held, however few are left.
    story.tell(amazon, .configured([SettingEntry(key: "deletions", value: .string("never"))]))
    let held = story.plan(at: desk, held: [last])
    #expect(held.pending.map(\.id) == [last] && held.actions.count == 25)
  }
}

@Suite struct `Versions and copies` {
  @Test func `a change that others have not got leaves them behind`() {
    var (story, _) = sharedPhoto()
    let change = story.tell(desk, .changed(photo, "one", "two"))
    expect(story, .partial, [amazon: .behind, desk: .present, plex: .behind])
    story.sync(plex)
    story.tell(plex, .changed(photo, "one", "two"), cause: change)
    story.sync(amazon)
    story.tell(amazon, .changed(photo, "one", "two"), cause: change)
    expect(story, .synced)
  }

  @Test func `two changes that have not seen each other diverge until one is kept`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .changed(photo, "one", "two"))
    story.tell(plex, .changed(photo, "one", "three"))
    expect(story, .conflict, [desk: .diverged, plex: .diverged], reasons: [.diverged])
    story.hear(amazon)
    story.tell(amazon, .resolved(photo, keep: Content.of("three").digest))
    expect(story, .partial, [desk: .behind, plex: .present])
    #expect(story.plan(at: desk).actions.isEmpty)
  }

  @Test func `a place that keeps one of two types that a file was classed as should have it`() {
    var story = Story(authoritative: amazon, desk, plex)
    let keeps = SettingEntry(key: "keeps", value: .array([.string("sidecar")]))
    story.tell(plex, .declared(nil, [keeps]))
    story.tell(amazon, .added("a.xmp", "one"))
    // Desk renamed it with its photo, and gave it the photo's type.
    story.tell(desk, .added(FileFact(path: "a.xmp", media: .photo, content: .of("one"))))
    #expect(story.state.paths["a.xmp"]?.condition == .partial)
  }

  @Test func `the same bytes from two people are one version`() {
    var story = Story(authoritative: amazon, desk)
    story.tell(amazon, .added(photo, "one"))
    story.tell(desk, .added(photo, "one"))
    expect(story, .synced, [amazon: .present, desk: .present])
  }

  @Test func `155: a pruned copy is in policy, and pruned everywhere is lost`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .pruned(photo, "one"))
    expect(story, .synced, [amazon: .pruned])
    story.tell(desk, .pruned(photo, "one"))
    story.tell(plex, .pruned(photo, "one"))
    expect(story, .lost)
  }

  @Test func `a damaged copy is no copy to count`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .damaged(.of(photo, "one"), found: Content.of("rot").digest))
    #expect(story.state.paths[photo]?.copies[desk]?.isDamaged == true)
    story.tell(amazon, .pruned(photo, "one"))
    story.tell(plex, .pruned(photo, "one"))
    #expect(story.state.paths[photo]?.heads.isEmpty == true)
  }

  @Test func `a retired place has no copies and keeps nothing`() {
    var (story, _) = sharedPhoto()
    story.tell(
      desk, .declared(plex, [SettingEntry(key: "retired", value: .bool(true))]))
    #expect(story.state.paths[photo]?.copies[plex] == nil)
    expect(story, .synced)
  }

  @Test func `a rename goes to the last name of its chain`() {
    var (story, _) = sharedPhoto()
    story.tell(amazon, .renamed(photo, "b.jpg", "one"))
    let last = story.tell(amazon, .renamed("b.jpg", "c.jpg", "one"))
    #expect(steps(story.plan(at: desk)) == ["rename a.jpg to c.jpg for \(last)"])
    // And to the deletion that ended it, under the name that is here.
    story.tell(amazon, .deleted("c.jpg", "one"))
    #expect(story.plan(at: desk).actions.map(\.path) == [photo])
  }

  @Test func `a rename onto other bytes is blocked`() {
    var (story, _) = sharedPhoto()
    story.tell(desk, .added("b.jpg", "other"))
    let rename = story.tell(amazon, .renamed(photo, "b.jpg", "one"))
    let plan = story.plan(at: desk)
    #expect(plan.actions.isEmpty && plan.blocked.map(\.cause) == [rename])
  }
}
