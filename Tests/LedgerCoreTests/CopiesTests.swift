import CustomDump
import LedgerCore
import LedgerTestKit
import Testing

private let (amazon, desk, nas, plex): (LocationID, LocationID, LocationID, LocationID) =
  ("amazon", "desk", "nas", "plex")
private let path: LibraryPath = "a.jpg"

/// One put, and copies of the same bytes, are judged by short ways. A word of damage at a place that has no
/// copy means nothing, but a history with it is judged the long way.
@Suite struct `Most paths` {
  @Test(arguments: 0..<40)
  func `come to what any history comes to`(seed: UInt64) {
    var random = Random(seed: seed)
    var conditions: Set<PathCondition> = []
    for _ in 0..<100 {
      let (events, context) = (random.events(), random.context())

      let short = PathHistory(path: path, events: events, decisions: []).state(in: context)
      let long = PathHistory(path: path, events: events + [damage], decisions: [])
        .state(in: context)

      expectNoDifference(short, long)
      if let short { conditions.insert(short.condition) }
    }
    #expect(conditions.isSuperset(of: [.synced, .new, .partial]))
  }

  private var damage: HistoryEvent {
    let file = FileFact(path: path, media: .other, content: .of("one"))
    return HistoryEvent(
      event: Event(
        id: "nas:1", at: Instant(milliseconds: 0),
        fact: .damaged(file, found: Content.of("x").digest)), seen: .nothing, since: .nothing)
  }
}

private struct Random {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// Some places tell of one or two contents, mostly of one, each from its own mind or as a copy.
  mutating func events() -> [HistoryEvent] {
    var numbers: [LocationID: Int64] = [:]
    var told: [HistoryEvent] = []
    let count = Int.random(in: 1...5, using: &random)
    for step in 1...count {
      guard let place = [amazon, desk, plex].randomElement(using: &random) else { continue }
      numbers[place, default: 0] += 1
      let causes = told.map(\.id) + ["amazon:99"]
      told.append(
        HistoryEvent(
          event: Event(
            id: EventID(location: place, number: numbers[place] ?? 0),
            at: Instant(milliseconds: Int64(step)), fact: fact(isOnly: count == 1),
            cause: random.chance(60) ? causes.randomElement(using: &random) : nil),
          seen: Seen(numbers.filter { $0.key != place }), since: .nothing))
    }
    return told.shuffled(using: &random)
  }

  private mutating func fact(isOnly: Bool) -> Fact {
    let file = FileFact(
      path: path, media: random.chance(80) ? .photo : .video,
      content: random.chance(90) ? Self.one.randomElement(using: &random) ?? .of("one") : .of("two")
    )
    switch isOnly ? Int.random(in: 0..<4, using: &random) : 0 {
    case 1: return .changed(file, previous: Content.of("two").digest)
    case 2: return .restored(file)
    case 3: return .renamed(file, from: "b.jpg")
    default: return .added(file)
    }
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
      settings: settings, identity: ContentIdentity(random.chance(70) ? Self.one : []),
      locations: [amazon, desk, plex, nas], voidStreams: [])
  }

  // The same bytes by one digest, by another, and by both.
  private static let one: [Content] = {
    let (sha256, size) = (Content.of("one").digest, Content.of("one").byteCount)
    guard let md5 = Digest("md5:0123456789abcdef0123456789abcdef") else { return [] }
    return [
      Content(digest: sha256, byteCount: size), Content(digest: md5, byteCount: size),
      Content(digest: sha256, also: [md5], byteCount: size),
    ]
  }()
}
