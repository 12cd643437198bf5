import CustomDump
import LedgerCore
import LedgerTestKit
import Testing

private let (amazon, desk, nas, plex): (LocationID, LocationID, LocationID, LocationID) =
  ("amazon", "desk", "nas", "plex")
private let path: LibraryPath = "a.jpg"

/// Histories of copies alone are judged by a short way; a word of damage at a place that has no copy
/// means nothing, but such a history is judged the long way.
@Suite struct `Copies of the same bytes` {
  @Test func `come to what any history comes to`() {
    var conditions: Set<PathCondition> = []
    for seed in 0..<4_000 {
      var world = World(seed: UInt64(seed))
      let events = world.events()
      let context = world.context()
      let damage = HistoryEvent(
        event: Event(
          id: "nas:1", at: Instant(milliseconds: 0),
          fact: .damaged(
            FileFact(path: path, media: .other, content: .of("one")), found: Content.of("x").digest)
        ),
        seen: .nothing, since: .nothing)

      let short = PathHistory(path: path, events: events, decisions: []).state(in: context)
      let long = PathHistory(path: path, events: events + [damage], decisions: [])
        .state(in: context)

      if let short { conditions.insert(short.condition) }
      guard short != long else { continue }
      return expectNoDifference(short, long, "seed \(seed)")
    }
    #expect(conditions == [.synced, .new, .partial, .lost, .conflict])
  }
}

private struct World {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// Some places tell of one or two contents, mostly of one, each from its own mind or as a copy.
  mutating func events() -> [HistoryEvent] {
    var numbers: [LocationID: Int64] = [:]
    var told: [HistoryEvent] = []
    for step in 1...Int.random(in: 1...5, using: &random) {
      guard let place = [amazon, desk, plex].randomElement(using: &random) else { continue }
      numbers[place, default: 0] += 1
      let causes = told.map(\.id) + ["amazon:99"]
      let file = FileFact(
        path: path, media: random.chance(80) ? .photo : .video,
        content: .of(random.chance(90) ? "one" : "two"))
      told.append(
        HistoryEvent(
          event: Event(
            id: EventID(location: place, number: numbers[place] ?? 0),
            at: Instant(milliseconds: Int64(step)), fact: .added(file),
            cause: random.chance(60) ? causes.randomElement(using: &random) : nil),
          seen: Seen(numbers.filter { $0.key != place }), since: .nothing))
    }
    return told.shuffled(using: &random)
  }

  /// Places that have left, that keep videos only, and one of which nothing is heard.
  mutating func context() -> ReplayContext {
    var settings = Settings()
    for place in [amazon, desk, plex, nas] {
      var own = LocationSettings()
      own.isRetired = random.chance(place == nas ? 60 : 20)
      if random.chance(30) { own.keeps = random.chance(50) ? [.video] : [] }
      settings.locations[place] = own
    }
    return ReplayContext(
      settings: settings, identity: ContentIdentity([]), locations: [amazon, desk, plex, nas],
      voidStreams: [])
  }
}
