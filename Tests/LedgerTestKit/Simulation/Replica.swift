package import LedgerCore

/// A clone in memory: its batches, and the state that they fold to, kept up to date path by path.
package struct Replica: Sendable {
  /// The batches, in the order in which they came.
  package private(set) var batches: [StoredBatch] = []
  private var admission = Admission()
  private var history = History()
  private var cached: LibraryState?
  private var dirty: Set<LibraryPath> = []

  /// No batch.
  package init() {}

  /// The number of the last event of each stream.
  package var numbers: Seen { admission.numbers }
  /// The latest instant of all batches.
  package var latestInstant: Instant? { admission.latestInstant }

  /// Takes a batch in.
  package mutating func add(_ batch: StoredBatch) {
    batches.append(batch)
    let streams = admission.streams.count
    for admitted in admission.admit([batch]) {
      history.add(admitted)
      for event in admitted.events {
        switch event.fact {
        case .added, .changed, .renamed, .deleted, .pruned, .restored, .damaged, .resolved:
          dirty.formUnion(event.fact.paths)
          if event.fact.file?.content.also.isEmpty == false { cached = nil }
        case .identified, .approved, .rejected, .declared, .configured, .unknown: cached = nil
        }
      }
    }
    if admission.streams.count != streams { cached = nil }
  }

  /// What the batches fold to.
  package mutating func state() -> LibraryState {
    guard var state = cached else {
      let state = replay(history, admission)
      (cached, dirty) = (state, [])
      return state
    }
    guard !dirty.isEmpty else { return state }
    var paths = state.paths
    for path in dirty { paths[path] = history.history(of: path).state(in: state.context) }
    state = LibraryState(
      paths: paths, context: state.context, numbers: admission.numbers,
      latestInstant: admission.latestInstant, problems: state.problems)
    (cached, dirty) = (state, [])
    return state
  }

  /// Whether batches wait for events that are not here.
  package var isWaiting: Bool { !admission.waiting.isEmpty }

  /// What is wrong with batches that are here; those that wait for others are well.
  package var problems: [Problem] { admission.problems }

  /// The latest event that put these bytes at a path.
  package func latestPut(
    _ path: LibraryPath, _ content: Content, _ identity: ContentIdentity
  ) -> Put? {
    history.history(of: path).latestPut(of: content, in: identity)
  }

  /// The events that name a path.
  package func events(naming path: LibraryPath) -> [HistoryEvent] {
    history.history(of: path).events
  }

  /// The events after a number of a stream.
  package func events(of location: LocationID, after number: Int64) -> [Event] {
    batches.flatMap { stored -> [Event] in
      guard case .valid(let batch) = stored, batch.header.location == location,
        batch.header.last > number
      else { return [] }
      return batch.events.filter { $0.id.number > number }
    }
  }
}
