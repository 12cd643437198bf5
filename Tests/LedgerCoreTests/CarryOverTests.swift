import CustomDump
import LedgerCore
import LedgerTestKit
import Testing

@Suite struct `Events that go on behind another machine's` {
  private func file(_ path: LibraryPath) -> FileFact {
    FileFact(path: path, media: .photo, content: .of(path.description))
  }

  private func carry(_ facts: CausedFact...) -> CarryOver {
    let events = facts.enumerated().map { index, fact in
      Event(
        id: EventID(location: "desk", number: 10 + Int64(index)), at: Instant(milliseconds: 0),
        fact: fact.fact, cause: fact.cause)
    }
    return CarryOver(events, of: "desk", next: 50)
  }

  @Test func `only propose what they deleted, and replace nothing`() {
    let previous = Content.of("before").digest
    let carried = carry(
      CausedFact(.added(file("a.jpg"))), CausedFact(.changed(file("b.jpg"), previous: previous)),
      CausedFact(.deleted(file("c.jpg"), asks: false)),
      CausedFact(.renamed(file("new.jpg"), from: "old.jpg")), CausedFact(.pruned(file("d.jpg"))))

    expectNoDifference(
      carried.facts,
      [
        CausedFact(.added(file("a.jpg"))), CausedFact(.added(file("b.jpg"))),
        CausedFact(.deleted(file("c.jpg"), asks: true)), CausedFact(.added(file("new.jpg"))),
        CausedFact(
          .pruned(FileFact(path: "old.jpg", media: .photo, content: file("new.jpg").content))),
        CausedFact(.pruned(file("d.jpg"))),
      ])
    #expect(carried.dropped.isEmpty)
  }

  @Test func `name each other by their new numbers, and others as before`() {
    let carried = carry(
      CausedFact(.renamed(file("new.jpg"), from: "old.jpg")),
      CausedFact(.deleted(file("c.jpg"), asks: false)),
      CausedFact(.added(file("x.jpg")), cause: "desk:10"),
      CausedFact(.deleted(file("y.jpg"), asks: false), cause: "plex:3"),
      CausedFact(.deleted(file("z.jpg"), asks: false), cause: "desk:9"),
      CausedFact(.rejected(["desk:11", "plex:4"])))

    // The rename became two events, 50 and 51.
    expectNoDifference(
      carried.facts.suffix(5),
      [
        CausedFact(.deleted(file("c.jpg"), asks: true)),
        CausedFact(.added(file("x.jpg")), cause: "desk:50"),
        CausedFact(.deleted(file("y.jpg"), asks: false), cause: "plex:3"),
        CausedFact(.deleted(file("z.jpg"), asks: false), cause: "desk:9"),
        CausedFact(.rejected(["desk:52", "plex:4"])),
      ])
  }

  @Test func `are left to be said again where they decide on what they had not seen`() {
    let keep = Content.of("keep").digest
    let carried = carry(
      CausedFact(.approved(["plex:3"])), CausedFact(.resolved("a.jpg", keep: keep)),
      CausedFact(.resolved("b.jpg", keep: nil)), CausedFact(.configured([])),
      CausedFact(.declared("desk", [])), CausedFact(.unknown(type: "new", paths: ["c.jpg"])),
      // What carries out a decision that is not carried over is nothing by itself.
      CausedFact(.deleted(file("b.jpg"), asks: false), cause: "desk:12"),
      CausedFact(.restored(file("d.jpg")), cause: "desk:10"),
      CausedFact(.rejected(["desk:12"])), CausedFact(.added(file("e.jpg")), cause: "desk:11"),
      CausedFact(.restored(file("f.jpg"))))

    // What was put back or restored is there, and ends nothing by itself; that tells no time.
    let untimed = FileTime(seconds: 0, nanoseconds: 0)
    expectNoDifference(
      carried.facts,
      ([("d.jpg", untimed), ("e.jpg", nil), ("f.jpg", untimed)] as [(LibraryPath, FileTime?)]).map {
        name, time in
        let added = file(name)
        return CausedFact(
          .added(
            FileFact(
              path: added.path, media: added.media, content: added.content, modified: time)))
      })
    #expect(carried.dropped.map(\.id.number) == [10, 11, 12, 13, 14, 15, 16, 18, 20])
  }
}
