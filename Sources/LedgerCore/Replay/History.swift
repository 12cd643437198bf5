/// The events that count, sorted by what they are about.
///
/// It holds the batches as they are and, for each path, where in them its events stand: a ledger of
/// millions of events is replayed with little more memory than they take themselves. Where that is too
/// much, the paths are replayed span by span.
package struct History: Sendable {
  /// Where an event stands that names a path, and the one before it that names the same path.
  private struct Mention {
    let batch: Int32
    let event: Int32
    let previous: Int32
  }

  /// A path with its last mention.
  private struct Place {
    let path: LibraryPath
    var last: Int32
  }

  /// The paths that are taken in.
  private let span: PathSpan
  private var batches: [Batch] = []
  private var places: [Place] = []
  private var mentions: [Mention] = []
  private var numbers: [LibraryPath: Int32] = [:]
  /// The `declared` and `configured` events.
  private var settings: [HistoryEvent] = []
  /// The contents that have several digests.
  private var joined: Set<Content> = []
  /// The `approved` and `rejected` events by the deletions that they name.
  private var decisions: [EventID: [HistoryEvent]] = [:]
  /// A problem for each event of an unknown type.
  private var problems: [Problem] = []

  /// No event.
  package init() { span = .all }

  /// The decisions that `all` has, and no path yet: `addPaths` takes in those of a span.
  package init(of span: PathSpan, in all: History) {
    self.span = span
    decisions = all.decisions
  }

  /// How many paths the events name.
  package var pathCount: Int { places.count }

  /// The deletions that were decided on, in any order.
  package var decidedOn: some Collection<EventID> { decisions.keys }

  /// Makes room for the events of these batches before they are added, so that nothing is moved as they
  /// come: for as many paths as the fullest of their streams puts files at.
  package mutating func reserve(for batches: [Batch]) {
    var counts: [LocationID: Int] = [:]
    for batch in batches {
      let puts = batch.events.count { event in
        switch event.fact {
        case .added, .renamed: true
        default: false
        }
      }
      counts[batch.header.location, default: 0] += puts
    }
    let most = counts.values.max() ?? 0
    numbers.reserveCapacity(most)
    places.reserveCapacity(most)
    mentions.reserveCapacity(batches.reduce(0) { $0 + $1.events.count })
  }

  /// Sorts in the events of a batch.
  package mutating func add(_ batch: Batch) {
    addPaths(of: batch)
    addWhatConcernsAll(in: batch)
  }

  /// Sorts in the events of a batch, or those of them that are about the span, by their paths alone.
  package mutating func addPaths(of batch: Batch) {
    batches.append(batch)
    for index in batch.events.indices {
      if let path = batch.events[index].fact.path { mention(path, index) }
      for path in batch.events[index].fact.otherPaths { mention(path, index) }
    }
  }

  /// Takes in of a batch what concerns every path: settings, joined digests and decisions.
  package mutating func addWhatConcernsAll(in batch: Batch) {
    for event in batch.events { sort(event, batch.header) }
  }

  private mutating func mention(_ path: LibraryPath, _ event: Int) {
    guard span.contains(path) else { return }
    let next = Int32(places.count)
    let place = Self.number(&numbers[path, default: next])
    if place == next { places.append(Place(path: path, last: -1)) }
    let new = Mention(
      batch: Int32(batches.count - 1), event: Int32(event), previous: places[Int(place)].last)
    places[Int(place)].last = Int32(mentions.count)
    mentions.append(new)
  }

  // What a path has in a dictionary, put in where it was missing: looked up once for both.
  private static func number(_ entry: inout Int32) -> Int32 { entry }

  private mutating func sort(_ event: Event, _ header: BatchHeader) {
    switch event.fact {
    case .declared, .configured: settings.append(HistoryEvent(event: event, header: header))
    case .identified(let content): join(content)
    case .approved(let targets), .rejected(let targets):
      for target in Set(targets) {
        decisions[target, default: []].append(HistoryEvent(event: event, header: header))
      }
    case .unknown(let type, _):
      problems.append(
        Problem(
          kind: .unknownType, subject: event.id.description,
          detail: "an event of the type \(type), which this version doesn't know; update ledger"))
    default: if let file = event.fact.file { join(file.content) }
    }
  }

  private mutating func join(_ content: Content) {
    if !content.also.isEmpty { joined.insert(content) }
  }

  /// The number that stands for a path, at least 0 and below `pathCount`; nil where no event names it.
  package func number(of path: LibraryPath) -> Int? { numbers[path].map { Int($0) } }

  /// The paths that the events name, as their numbers, in the order of the paths.
  package var order: [Int32] {
    // Nearly in order, as scans record them.
    (0..<Int32(places.count)).sorted { places[Int($0)].path < places[Int($1)].path }
  }

  /// The path of a number.
  package func path(_ number: Int32) -> LibraryPath { places[Int(number)].path }

  /// The history of one path.
  package func history(of path: LibraryPath) -> PathHistory {
    guard let number = numbers[path] else {
      return PathHistory(path: path, events: [], decisions: [])
    }
    return history(number)
  }

  /// The history of the path of a number.
  package func history(_ number: Int32) -> PathHistory {
    let events = mentions(of: number).map { mention in
      HistoryEvent(event: event(mention), header: batches[Int(mention.batch)].header)
    }
    let decided = decisions.isEmpty ? [] : events.flatMap { decisions[$0.id] ?? [] }
    return PathHistory(
      path: places[Int(number)].path, events: events, decisions: Array(Set(decided)))
  }

  /// The events that name the path of a number, in any order.
  package func events(_ number: Int32) -> [Event] { mentions(of: number).map(event) }

  // From the last to the first.
  private func mentions(of number: Int32) -> some Sequence<Mention> {
    sequence(first: mentions[Int(places[Int(number)].last)]) { mention in
      mention.previous < 0 ? nil : mentions[Int(mention.previous)]
    }
  }

  private func event(_ mention: Mention) -> Event {
    batches[Int(mention.batch)].events[Int(mention.event)]
  }

  /// What stands at the path of a number; nil where no known event about a file named it.
  package func state(_ number: Int32, in context: ReplayContext) -> PathState? {
    let place = places[Int(number)]
    let last = mentions[Int(place.last)]
    if last.previous < 0 {
      // What most paths are: nothing is made for it but its state.
      if let state = PathState(of: event(last), at: place.path, in: context) { return state }
    }
    return history(number).state(in: context)
  }

  /// What replay needs beside the events of each path, and what was odd, sorted.
  package func context(_ admission: Admission) -> (ReplayContext, [Problem]) {
    let (settings, oddSettings) = Settings.replay(settings)
    let context = ReplayContext(
      settings: settings, identity: ContentIdentity(joined),
      locations: Array(admission.streams.keys),
      voidStreams: Set(admission.streams.filter(\.value.hasVoid).keys))
    let all = admission.problems + admission.waitingProblems + problems + oddSettings
    return (context, all.sorted())
  }

  /// What stands at each path, in the order of the paths; nil where no known event about a file named
  /// it. Each is folded when it is asked for.
  package func states(in context: ReplayContext) -> some Sequence<(LibraryPath, PathState?)> {
    order.lazy.map { (path($0), state($0, in: context)) }
  }
}
