import CustomDump
import Foundation
import LedgerCache
import LedgerCore
import Synchronization
import Testing

/// Spells events by their ids and keeps the events themselves.
final class EventShelf: Sendable {
  private let events = Mutex<[[UInt8]: Event]>([:])

  var coding: CacheCoding {
    CacheCoding(
      encode: { event in
        let bytes = Array(event.id.description.utf8)
        self.events.withLock { $0[bytes] = event }
        return bytes
      },
      decode: { bytes in self.events.withLock { $0[bytes] } },
      dumpLine: dumpLine)
  }
}

/// A line that tells two states apart wherever a dump would.
@Sendable func dumpLine(_ state: PathState) -> [UInt8] {
  let heads = state.heads.map { $0.content.digest.description }.sorted()
  let deletions = state.deletions.values.map { "\($0.id) \($0.decision)" }.sorted()
  let copies = state.copies.map { location, copy in
    "\(location) \(state.copyStates[location].map { "\($0)" } ?? "-") \(copy.since)"
  }.sorted()
  return Array("\(state.path) \(state.condition) \(heads) \(deletions) \(copies)\n".utf8)
}

/// A folder that is gone with the last who knows it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/ledger-cache-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var cache: String { path + "/cache.sqlite" }
}

func open(
  _ path: String = ":memory:", ledger: String = "ledger-1", location: String = "desk",
  program: String = "1.0", shelf: EventShelf = EventShelf()
) throws -> StateCache {
  try StateCache.open(
    at: path, ledger: ledger, location: location, program: program, coding: shelf.coding)
}

/// A replay of everything, held as a whole.
struct Replayed {
  let batches: [Batch]
  let admission: Admission
  let history: History
  let heads: [String: String]

  /// What the batches come to.
  var state: LibraryState { replay(history, admission) }
}

/// Replays everything.
func replayed(_ batches: [StoredBatch], heads: [String: String] = [:]) -> Replayed {
  var admission = Admission()
  var history = History()
  let admitted = admission.admit(batches)
  for batch in admitted { history.add(batch) }
  return Replayed(batches: admitted, admission: admission, history: history, heads: heads)
}

extension StateCache {
  /// Puts it in place of whatever the cache held.
  func rebuild(
    from replayed: Replayed, own: LocationID, onProgress: (Int) throws -> Void = { _ in }
  ) throws {
    let (context, problems) = replayed.history.context(replayed.admission)
    let ledger = ReplayedLedger(
      admission: replayed.admission, problems: problems, heads: replayed.heads,
      paths: { each in
        for number in replayed.history.order {
          try each(
            replayed.history.path(number), replayed.history.state(number, in: context),
            replayed.history.events(number))
        }
      },
      batches: { each in
        for batch in replayed.batches.sorted(by: {
          ($0.header.location, $0.header.first) < ($1.header.location, $1.header.first)
        }) { try each(batch) }
      })
    try rebuild(from: ledger, own: own, onProgress: onProgress)
  }
}

func stored(_ batches: some Sequence<Batch>) -> [StoredBatch] { batches.map { .valid($0) } }

/// That a cache says of everything what a fresh replay of `batches` does.
func expectEqualsReplay(
  _ cache: StateCache, _ batches: [StoredBatch], own: LocationID, heads: [String: String]
) throws {
  let fresh = replayed(batches, heads: heads)
  let state = fresh.state
  try expectSamePaths(cache, state, own: own)
  let total = state.paths.values.reduce(into: [PathCondition: Int]()) {
    $0[$1.condition, default: 0] += 1
  }
  expectNoDifference(try cache.counts(), total)
  for location in Set(state.context.locations) {
    let copies = state.sortedPaths.compactMap { path in
      state.paths[path].flatMap { PresentCopy($0, at: location) }
    }
    var found: [PresentCopy] = []
    try cache.copiesPresent(at: location) { found.append($0) }
    expectNoDifference(found, copies)
    let sums = try cache.locationTotals()[location]
    expectNoDifference(sums?.files ?? 0, copies.count)
    expectNoDifference(sums?.bytes ?? 0, copies.reduce(0) { $0 + $1.content.byteCount })
    let header = fresh.admission.streams[location]?.header
    let last = try cache.lastHeader(of: location)
    expectNoDifference(last?.first, header?.first)
    expectNoDifference(last?.seen, header?.seen)
    expectNoDifference(last?.since, header?.since)
    expectNoDifference(try cache.latestInstants()[location], header?.at)
  }
  expectNoDifference(try cache.heads(), heads)
  expectNoDifference(try cache.numbers(), state.numbers)
  expectNoDifference(try cache.latestInstant(), state.latestInstant)
  expectNoDifference(try cache.problems(), state.problems)
  let context = try cache.context()
  expectNoDifference(context.settings, state.settings)
  expectNoDifference(context.locations, state.context.locations)
  expectNoDifference(context.voidStreams, state.context.voidStreams)
  let events = fresh.batches.flatMap { batch in
    batch.events.map { HistoryEvent(event: $0, header: batch.header) }
  }.sorted(by: HistoryEvent.isBefore)
  expectNoDifference(try cache.events(EventFilter()), events)
}

private func expectSamePaths(
  _ cache: StateCache, _ state: LibraryState, own: LocationID
) throws {
  let states = state.sortedPaths.compactMap { state.paths[$0] }
  for one in states { expectNoDifference(try cache.state(of: one.path), one) }
  var all: [PathState] = []
  try cache.paths { all.append($0) }
  expectNoDifference(all, states)
  for condition in PathCondition.allCases {
    var some: [PathState] = []
    try cache.paths(condition: condition) { some.append($0) }
    expectNoDifference(some, states.filter { $0.condition == condition })
  }
  for location in state.context.locations {
    expectNoDifference(
      try cache.work(for: location),
      states.filter { StateCache.hasWork($0, own: location) })
  }
  var lines: [[UInt8]] = []
  try cache.dumpLines { lines.append($1) }
  expectNoDifference(lines, states.map(dumpLine))
}
