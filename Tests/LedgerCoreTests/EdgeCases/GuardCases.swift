import LedgerCore
import LedgerTestKit
import Testing

private let (amazon, desk): (LocationID, LocationID) = ("amazon", "desk")
private let hour: Int64 = 3_600_000

private func photos(_ count: Int) -> FileTally {
  var files = FileTally()
  for _ in 0..<count { files.add(.photo, byteCount: 10) }
  return files
}

@Suite struct `Edge cases: the guard over a day` {
  @Test func `125: many small removals count as one`() {
    var story = Story(authoritative: desk)
    let names = (0..<20).map { LibraryPath(stringLiteral: "\($0).jpg") }
    let all = Dictionary(
      uniqueKeysWithValues: names.enumerated().map {
        ($1, StoryFile("w\($0)", inode: UInt64($0 + 1)))
      })
    let limit = GuardLimit(count: 3, percent: 10)
    story.scan(desk, all)
    func found(gone count: Int, lately: FileTally, allowed: Int? = nil) -> Detection {
      story.detect(at: desk, all.filter { !names.prefix(count).contains($0.key) }) {
        $0.ledger.guardLimit = limit
        $0.recentlyGone = lately
        $0.allowedRemovals = allowed
      }
    }

    let few = found(gone: 3, lately: FileTally())
    #expect(few.halts.isEmpty && few.gone[.photo].files == 3)
    let more = found(gone: 2, lately: few.gone)
    #expect(more.halts.map(\.kind) == [.removals(nil)] && more.facts.isEmpty)
    #expect(more.halts.map(\.count) == [2] && more.halts.map(\.recentCount) == [3])
    #expect(more.gone == FileTally())
    #expect(found(gone: 2, lately: few.gone, allowed: 1).facts.isEmpty)
    #expect(found(gone: 2, lately: few.gone, allowed: 2).facts.count == 2)
    #expect(found(gone: 0, lately: photos(9)).halts.isEmpty)
  }

  @Test func `125: many small deletions of another place count as one`() {
    var story = Story(authoritative: amazon, desk)
    let names = (0..<5).map { LibraryPath(stringLiteral: "\($0).jpg") }
    for name in names { story.tell(amazon, .added(name, "\(name)")) }
    story.sync(desk)
    for name in names { story.tell(desk, .added(name, "\(name)")) }
    story.sync(amazon)
    let deletions = names.prefix(2).map { story.tell(amazon, .deleted($0, "\($0)")) }
    story.hear(desk)
    func plan(after trashed: Int, guarded limit: GuardLimit, of present: Int = 300) -> Plan {
      story.plan(at: desk) {
        var settings = $0.context.settings
        settings.ledger.guardLimit = limit
        $0.context = ReplayContext(
          settings: settings, identity: $0.context.identity, locations: $0.context.locations,
          voidStreams: [])
        $0.present = FileTally.Total(files: present, bytes: Int64(present) * 10)
        $0.recentlyTrashed = photos(trashed).all
      }
    }
    let tenth = GuardLimit(count: 100, percent: 10)

    #expect(plan(after: 98, guarded: tenth).unapproved == Set(names.prefix(2)))
    #expect(plan(after: 99, guarded: tenth).pending.map(\.reason) == [.guarded, .guarded])
    #expect(plan(after: 99, guarded: tenth, of: 2_000).pending.isEmpty)
    #expect(plan(after: 99, guarded: .off).pending.isEmpty)
    // A guard of none is about what is found missing: a few deletions still go by policy.
    #expect(plan(after: 23, guarded: GuardLimit(count: 0, percent: 0)).pending.isEmpty)
    #expect(plan(after: 24, guarded: GuardLimit(count: 0, percent: 0)).pending.count == 2)

    story.tell(desk, .approved(deletions))
    let approved = plan(after: 99, guarded: tenth)
    #expect(approved.actions.count == 2 && approved.unapproved.isEmpty)
  }

  @Test func `125: what went is counted for a day, whatever the clock does`() {
    let start = Instant(milliseconds: 1_000 * hour)
    var recent = RecentRemovals()
    recent.add(photos(3), at: start)
    recent.add(photos(4), at: start.advanced(milliseconds: hour - 1))
    recent.add(photos(5), at: start.advanced(milliseconds: hour))
    #expect(recent.parts.count == 2)
    let day = start.advanced(milliseconds: 24 * hour)
    #expect(recent.tally(at: day.advanced(milliseconds: -1)) == photos(12))
    #expect(recent.tally(at: day) == photos(5))
    #expect(recent.tally(at: start.advanced(milliseconds: -900 * hour)) == photos(12))

    // The clock was a year ahead: from the next removal on it counts for a day.
    let past = start.advanced(milliseconds: -9_000 * hour)
    recent.add(photos(1), at: past)
    #expect(recent.tally(at: past.advanced(milliseconds: hour)) == photos(13))
    #expect(recent.tally(at: past.advanced(milliseconds: 24 * hour)) == FileTally())
    recent.add(photos(1), at: start)
    #expect(recent.parts.count == 1)
    recent.clamp(to: past)
    #expect(recent.tally(at: past.advanced(milliseconds: 24 * hour)) == FileTally())
  }
}
