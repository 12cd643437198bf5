import CustomDump
import LedgerCore
import LedgerFormat
import LedgerTestKit
import Testing

/// A log that is larger than the memory is replayed span by span of the paths, from the batches' files.
@Suite struct `Spans of the paths` {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `come together to what the whole comes to`(seed: UInt64) throws {
    var simulation = Simulation(seed: seed, stepCount: 40)
    simulation.run()
    var random = SeededGenerator(seed: seed)
    let stored = damaged(simulation.hub, &random)
    let whole = replay(stored)
    var admission = Admission()

    let admitted = admission.admit(stored.map(\.outline))

    let valid = stored.compactMap { if case .valid(let batch) = $0 { batch } else { nil } }
    let names = Set(admitted.map { BatchFile.name(of: $0.header) })
    let counted = valid.filter { names.contains(BatchFile.name(of: $0.header)) }
    var all = History()
    for batch in counted.shuffled(using: &random) { all.addWhatConcernsAll(in: batch) }
    let (context, problems) = all.context(admission)
    var states: [LibraryPath: PathState] = [:]
    let samples = valid.flatMap { $0.events.compactMap(\.fact.path) }
    for span in PathSpan.cut(samples, into: Int.random(in: 1...7, using: &random)) {
      var history = History(of: span, in: all)
      for batch in counted {
        let (bytes, name) = (BatchFile.encode(batch), BatchFile.name(of: batch.header))
        guard case .valid(let some) = BatchFile.decode(bytes, name: name, about: span) else {
          Issue.record("\(name) is no batch")
          continue
        }
        let wanted = batch.events.filter { span.isAll || span.hasPath(of: $0) }
        expectNoDifference(some.events, wanted)
        history.addPaths(of: some)
      }
      for case (let path, let state?) in history.states(in: context) {
        #expect(states[path] == nil)
        states[path] = state
      }
    }
    expectNoDifference(states, whole.paths)
    expectNoDifference(problems, whole.problems)
    expectNoDifference(admission.numbers, whole.numbers)
    expectNoDifference(admission.latestInstant, whole.latestInstant)
    expectNoDifference(context.settings, whole.settings)
    for event in counted.flatMap(\.events) {
      expectNoDifference(admission.instant(of: event.id), event.at)
    }
  }

  @Test func `hold each path once, in order`() throws {
    let paths = try (0..<100).map { try #require(LibraryPath("\($0 % 7)/\($0).jpg")) }
    for count in 1...9 {
      let spans = PathSpan.cut(paths, into: count)

      #expect(spans.count == count)
      let held = paths.sorted().map { path in spans.indices.filter { spans[$0].contains(path) } }
      #expect(held.allSatisfy { $0.count == 1 })
      expectNoDifference(held, held.sorted { $0[0] < $1[0] })
      for index in spans.indices {
        #expect(abs(held.count { $0 == [index] } - 100 / count) <= 1)
      }
    }
    // One path can't be parted, and of nothing there is one span.
    expectNoDifference(PathSpan.cut(Array(repeating: paths[0], count: 9), into: 4), [.all])
    expectNoDifference(PathSpan.cut([], into: 4), [.all])
  }

  /// Some batches are missing, void, or name what they had not seen.
  private func damaged(
    _ hub: [StoredBatch], _ random: inout SeededGenerator
  ) -> [StoredBatch] {
    hub.compactMap { stored in
      guard case .valid(let batch) = stored, random.chance(6) else { return stored }
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return nil
      case 1:
        let header = batch.header
        return .void(
          VoidBatch(
            location: header.location, first: header.first, lineCount: header.count + 1,
            file: BatchFile.name(of: header), line: 1, reason: "torn"))
      default:
        let events = batch.events.map { event in
          Event(
            id: event.id, at: event.at, fact: event.fact,
            cause: event.id, extra: event.extra)
        }
        return .valid(Batch(header: batch.header, events: events))
      }
    }
  }
}
