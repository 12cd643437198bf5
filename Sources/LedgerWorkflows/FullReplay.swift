package import LedgerCore
import LedgerFormat
import LedgerGit
import Synchronization

/// A whole replay of a repository.
///
/// Where the events fit into the memory, they are read once and held. Else the paths are cut into
/// spans of which each fits, and for each of them its batches are read again, as what a path comes to
/// depends on its own events and on what concerns every path alone.
package struct FullReplay {
  /// What was admitted and what waits.
  package let admission: Admission
  /// What the paths are judged by.
  package let context: ReplayContext
  /// What was odd, sorted.
  package let problems: [Problem]
  /// How many events count.
  package let eventCount: Int
  /// The commits of the streams, by location.
  package let heads: [String: String]
  /// What in the streams does not belong there.
  package let oddities: [String]
  private let events: Events

  private enum Events {
    case held([Batch], History)
    case read(CountedBatches)
  }

  /// How many parts the paths are replayed in.
  package var partCount: Int {
    switch events {
    case .held: 1
    case .read(let batches): batches.spans.count
    }
  }

  /// The events of a part of the paths; the parts are in the order of the paths.
  func history(ofPart part: Int) throws -> History {
    switch events {
    case .held(_, let history): return history
    case .read(let batches): return try batches.history(ofSpan: part)
    }
  }

  /// What `make` makes of the number of each path in a history that has it, in the order of the paths,
  /// on all cores; nil is left out.
  package func paths<Element: Sendable>(
    _ make: @escaping @Sendable (History, Int32, ReplayContext) -> Element?
  ) -> ReplayedPaths<Element> {
    ReplayedPaths(replay: self, make: make)
  }

  /// What stands at each path, in the order of the paths.
  package var states: ReplayedPaths<PathState> { paths { $0.state($1, in: $2) } }

  /// Calls `body` with each batch that counts, by location and then by number.
  package func batches(_ body: (Batch) throws -> Void) throws {
    switch events {
    case .held(let batches, _):
      let sorted = batches.sorted {
        ($0.header.location, $0.header.first) < ($1.header.location, $1.header.first)
      }
      for batch in sorted { try body(batch) }
    case .read(let batches): try batches.each(body)
    }
  }
}

/// What was made of each path of a replay, part by part.
package struct ReplayedPaths<Element: Sendable> {
  private let replay: FullReplay
  private let make: @Sendable (History, Int32, ReplayContext) -> Element?
  private var part = 0
  private var (size, taken) = (1, 0)
  private var made = ParallelMap<Element>(count: 0) { _ in nil }

  fileprivate init(
    replay: FullReplay, make: @escaping @Sendable (History, Int32, ReplayContext) -> Element?
  ) {
    self.replay = replay
    self.make = make
  }

  /// Which share of the paths was given, about, 0 to 1.
  package var share: Double {
    (Double(max(part - 1, 0)) + Double(taken) / Double(size)) / Double(replay.partCount)
  }

  /// The next one; nil at the end.
  /// - Throws: `GitError` for an object that is missing or damaged.
  package mutating func next() throws -> Element? {
    while true {
      if let element = made.next() {
        taken += 1
        return element
      }
      guard part < replay.partCount else { return nil }
      // One part is let go before the next is read.
      made = ParallelMap(count: 0) { _ in nil }
      let history = try replay.history(ofPart: part)
      let order = history.order
      (size, taken) = (max(order.count, 1), 0)
      made = ParallelMap(count: order.count) { [context = replay.context, make] index in
        make(history, order[index], context)
      }
      part += 1
    }
  }
}

/// The batch files that count, read when they are needed.
private struct CountedBatches {
  private let repository: LedgerRepository
  private let files: [BatchFileID]
  /// The spans that the paths are cut into, in order.
  let spans: [PathSpan]
  /// For each span the indexes of the files that name a path of it.
  private var indexes: [[Int32]]
  private let decisions: History

  /// Reads them once.
  ///
  /// - Parameter whatConcernsAll: gets what they say that concerns every path.
  init(
    _ batches: [Batch], among files: [BatchFileID], of repository: LedgerRepository,
    in spans: [PathSpan], whatConcernsAll: inout History
  ) throws(GitError) {
    self.repository = repository
    self.spans = spans
    let names = Set(batches.map { BatchFile.name(of: $0.header) })
    self.files = names.count == files.count ? files : files.filter { names.contains($0.name.path) }
    indexes = spans.map { _ in [] }
    let history = Mutex(History())
    let named = try repository.readBatches(self.files) { blob -> Set<Int> in
      guard let batch = Self.batch(blob) else { return [] }
      history.withLock { $0.addWhatConcernsAll(in: batch) }
      return Self.spans(spans, namedIn: batch)
    }
    whatConcernsAll = history.withLock { $0 }
    decisions = History(of: .all, in: whatConcernsAll)
    for (index, spans) in named.enumerated() {
      for span in spans { indexes[span].append(Int32(index)) }
    }
  }

  private static func batch(_ blob: BatchBlob, about span: PathSpan = .all) -> Batch? {
    guard case .valid(let batch) = BatchFile.decode(blob.bytes, name: blob.name, about: span)
    else { return nil }
    return batch
  }

  private static func spans(_ spans: [PathSpan], namedIn batch: Batch) -> Set<Int> {
    var named: Set<Int> = []
    // Mostly the one that the path before was in.
    var last = 0
    for path in batch.events.lazy.flatMap(\.fact.paths) {
      if !spans[last].contains(path) { last = spans.firstIndex { $0.contains(path) } ?? last }
      named.insert(last)
    }
    return named
  }

  /// The events of the paths of a span.
  func history(ofSpan number: Int) throws(GitError) -> History {
    let span = spans[number]
    let batches = try repository.readBatches(indexes[number].map { files[Int($0)] }) {
      Self.batch($0, about: span)
    }
    var history = History(of: span, in: decisions)
    history.reserve(for: batches)
    for batch in batches { history.addPaths(of: batch) }
    return history
  }

  /// Calls `body` with each, by location and then by number.
  func each(_ body: (Batch) throws -> Void) throws {
    for file in files {
      if let batch = Self.batch(try repository.batchBlob(file)) { try body(batch) }
    }
  }
}

extension FullReplay {
  /// How many events are held at once by a machine that has so many bytes of memory: a third of it, at
  /// what was measured for an event with its path and its place among the others.
  static func eventLimit(_ memory: Int) -> Int { max(memory / 3 / 400, 1) }

  // Each costs a reading: where the memory is said to be next to nothing, more is taken.
  private static let mostSpans = 1024

  /// Replays batch files.
  ///
  /// - Parameters:
  ///   - until: what was recorded later is left out; nil: nothing is.
  ///   - memory: how many bytes the machine has.
  /// - Throws: `GitError` for an object that is missing or damaged.
  init(
    _ listing: BatchListing, of repository: LedgerRepository, heads: [LocationID: CommitID],
    until: Instant?, memory: Int
  ) throws(GitError) {
    let limit = Self.eventLimit(memory)
    let areHeld = listing.files.eventLimit <= limit
    let samples = Mutex<[LibraryPath]>([])
    let step = Int64(max(limit / 256, 1))
    let stored = try repository.readBatches(listing.files) { blob -> StoredBatch? in
      let stored = BatchFile.decode(blob.bytes, name: blob.name)
      guard case .valid(let batch) = stored else { return stored }
      // Instants are a linear extension of causality, so what is left was known to its writers.
      if let until, batch.header.at > until { return nil }
      if areHeld { return stored }
      let some = batch.events.filter { $0.id.number % step == 0 }.compactMap(\.fact.path)
      if !some.isEmpty { samples.withLock { $0 += some } }
      return stored?.outline
    }
    var admission = Admission()
    let batches = admission.admit(stored)
    eventCount = batches.reduce(0) { $0 + $1.header.count }
    var history = History()
    if areHeld {
      history.reserve(for: batches)
      for batch in batches { history.add(batch) }
      events = .held(batches, history)
    } else {
      let count = min((eventCount - 1) / limit + 1, Self.mostSpans)
      let spans = PathSpan.cut(samples.withLock { $0 }, into: count)
      events = .read(
        try CountedBatches(
          batches, among: listing.files, of: repository, in: spans, whatConcernsAll: &history))
    }
    (context, problems) = history.context(admission)
    self.admission = admission
    self.heads = Dictionary(
      heads.map { ($0.key.name, $0.value.hex) }, uniquingKeysWith: { $1 })
    oddities = listing.oddities
  }
}

extension [BatchFileID] {
  /// At most how many events they have, as their names tell; of each stream's last batch it is not told.
  var eventLimit: Int64 {
    let counts = Dictionary(grouping: self, by: \.name.location).values.map { files in
      let numbers = files.map(\.name.sequence)
      return (numbers.max() ?? 0) - (numbers.min() ?? 0) + Int64(BatchFile.eventLimit)
    }
    return counts.reduce(0, +)
  }
}
