package import LedgerCore

/// What happened in a history, in words.
private final class Journal {
  var lines: [String] = []
}

/// Several locations and a hub in memory, with people, copy scripts and faults at work: seeds decide
/// all. LedgerCore and LedgerFormat are real.
///
/// After every step of a program the laws are checked; what breaks one is collected with its step.
/// Every step draws from a seed of its own, so that a history without some of its steps is a history
/// too: `shrink` makes use of that.
package struct Simulation {
  /// The locations.
  package var places: [Place] = []
  /// What the hub has.
  package var hub: [StoredBatch] = []
  /// What broke a law.
  package private(set) var violations: [String] = []
  /// How often something of a kind happened.
  package private(set) var counts: [String: Int] = [:]
  /// What happened, where that is wanted.
  package var log: [String] { journal.lines }
  private let journal = Journal()
  /// The seeds of the steps.
  package let steps: [UInt64]
  let swarm: Swarm
  var generator: SeededGenerator
  var crashAfter: Int?
  var hasAskedHub = false
  var time: Int64 = 1_700_000_000_000
  private let isLogging: Bool
  private(set) var hasOddPeople = false
  /// For each place the places that it fetches from, where it does.
  private(set) var fetchFrom: [LocationID: [LocationID]] = [:]
  /// Whether places make room: every second history with odd people, as companions matter there.
  let hasPruning: Bool
  private var names: [LibraryPath] = [
    "a.jpg", "b.jpg", "c.mov", "d/a.jpg", "d/e.jpg", "a.xmp", "a.mov", "d/a.jpg.xmp", "A.jpg",
  ]
  private var words = 0

  /// A history of so many steps, or of given ones.
  package init(seed: UInt64, stepCount: Int, steps: [UInt64]? = nil, isLogging: Bool = false) {
    generator = SeededGenerator(seed: seed)
    swarm = Swarm(using: &generator)
    self.steps = steps ?? (0..<stepCount).map { seed &* 1_000_003 &+ UInt64($0) &* 7_919 }
    self.isLogging = isLogging
    hasPruning = seed % 16 == 15
    let locations: [LocationID] = ["amazon", "desk", "google", "plex"]
    let count = Int.random(in: 2...4, using: &generator)
    for name in locations.prefix(count) {
      let years = Int64.random(in: -5...5, using: &generator)
      places.append(Place(id: name, clockOffset: years * 31_557_600_000))
    }
    // One in eight histories has a place that joins late, with whatever old files it has, photos whose
    // companions could come to one name, and programs that write in place.
    if seed % 8 == 7 {
      hasOddPeople = true
      places[places.count - 1].isToJoin = true
      names += ["d/a.xmp", "d/a.heic", "b.heic"]
    }
    // In some of those that broke no law before there were any, places fetch by themselves.
    if [4, 9, 10, 13, 15].contains(seed % 16) { chooseFetching(seed) }
  }

  private mutating func chooseFetching(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed &+ 0x66_6574_6368)
    for place in places where generator.chance(60) {
      let others = places.map(\.id).filter { $0 != place.id }.shuffled(using: &generator)
      fetchFrom[place.id] = Array(others.prefix(Int.random(in: 1...3, using: &generator)))
    }
  }

  /// Runs the steps, then lets every program run until all is quiet.
  package mutating func run() {
    for index in places.indices where !places[index].isToJoin { declare(index) }
    populate()
    for seed in steps {
      generator = SeededGenerator(seed: seed)
      step()
      if !violations.isEmpty { return }
    }
    comeToRest()
  }

  mutating func violate(_ text: String) { violations.append(text) }
  mutating func count(_ what: String) { counts[what, default: 0] += 1 }
  func note(_ text: @autoclosure () -> String) {
    if isLogging { journal.lines.append(text()) }
  }

  private mutating func step() {
    let index = Int.random(in: places.indices, using: &generator)
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<20: personActs(at: index)
    case 20..<40: scriptCopies(to: index)
    case 40..<44: decides(at: index)
    case 44..<47: restores(at: index)
    case 47..<50: setsUp(at: index)
    case 50..<56: breaks(at: index)
    default:
      if places[index].isToJoin && generator.chance(20) { join(index) }
      sync(index, isFinal: false)
    }
  }

  private mutating func join(_ index: Int) {
    guard places[index].isToJoin else { return }
    places[index].isToJoin = false
    // A join asks the hub first, or fails.
    crashAfter = nil
    try? fetch(index, isFinal: true)
    declare(index)
    count("late joins")
    note("\(places[index].id) joins")
  }

  // An ordinary library first: everything everywhere, and everyone has heard of it.
  private mutating func populate() {
    let odd: [LibraryPath] = hasOddPeople ? ["d/a.heic", "d/a.xmp"] : []
    for path in ["a.jpg", "c.mov", "d/e.jpg", "a.xmp"] + odd {
      let content = newContent()
      for index in places.indices where !generator.chance(20) {
        places[index].write(content, at: path)
      }
    }
    for _ in 0..<2 {
      for index in places.indices { sync(index, isFinal: true) }
    }
  }

  private mutating func comeToRest() {
    generator = SeededGenerator(seed: 1)
    for index in places.indices {
      places[index].isUnmounted = false
      join(index)
    }
    // Rest is when a round of all places, each after all others, leaves everything as it was.
    for _ in 0..<6 {
      let before = (hub.count, places.map(\.disk))
      for index in places.indices { sync(index, isFinal: true) }
      if before == (hub.count, places.map(\.disk)) { break }
    }
    checkRest()
  }

  mutating func randomPath() -> LibraryPath {
    names[Int.random(in: 0..<names.count, using: &generator)]
  }

  mutating func newContent() -> Content {
    if generator.chance(25) { return .of("same") }
    if generator.chance(3) { return .of("") }
    words += 1
    return .of("word\(words)")
  }
}
