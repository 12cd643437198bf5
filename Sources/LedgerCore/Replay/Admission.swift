/// Decides which batches of the streams count: those that are whole, in sequence, and whose writer's
/// knowledge is here. A function of the set of batches, whatever order they come in.
package struct Admission: Sendable {
  /// What is known of one stream so far.
  package struct Stream: Sendable {
    /// The number of the last event that counts as present.
    package fileprivate(set) var last: Int64 = 0
    /// The header of the last valid batch.
    package fileprivate(set) var header: BatchHeader?
    /// Whether a batch of it is void: then its deletions wait for an approval by name.
    package fileprivate(set) var hasVoid = false
    /// The first number and the instant of each valid batch, ascending.
    fileprivate var instants: [(first: Int64, at: Instant)] = []

    /// A stream of which nothing is here.
    fileprivate init() {}

    /// A stream as an earlier admission left it.
    ///
    /// - Parameter instants: the first number and the instant of valid batches, ascending: at least
    ///   the last one, and each in which an event lies that a batch to be admitted had seen.
    package init(
      last: Int64, header: BatchHeader?, hasVoid: Bool, instants: [(first: Int64, at: Instant)]
    ) {
      self.last = last
      self.header = header
      self.hasVoid = hasVoid
      self.instants = instants
    }

    fileprivate func instant(of number: Int64) -> Instant? {
      var low = 0
      var high = instants.count
      while low < high {
        let middle = (low + high) / 2
        if instants[middle].first <= number { low = middle + 1 } else { high = middle }
      }
      return low > 0 ? instants[low - 1].at : nil
    }
  }

  /// The streams by location.
  package private(set) var streams: [LocationID: Stream] = [:]
  /// Batches that wait for events that are not here, by location and in sequence.
  package private(set) var waiting: [LocationID: [StoredBatch]] = [:]
  /// What was found wrong so far, sorted.
  package private(set) var problems: [Problem] = []

  /// No stream at all.
  package init() {}

  /// Goes on where an earlier admission ended, in which no batch was left waiting.
  package init(streams: [LocationID: Stream]) {
    self.streams = streams
  }

  /// For each location the last number that counts as present: the next batch's `seen`.
  package var numbers: Seen { Seen(streams.mapValues(\.last)) }

  /// The latest instant of any admitted batch.
  package var latestInstant: Instant? { streams.values.compactMap { $0.instants.last?.at }.max() }

  /// Takes further batches and returns those that now count, in an order that causality allows.
  package mutating func admit(_ batches: [StoredBatch]) -> [Batch] {
    for batch in batches { waiting[batch.location, default: []].append(batch) }
    // Slices, as a stream may have a hundred thousand batches, and nothing is moved to take the first.
    var queues = waiting.mapValues { queue in
      queue.sorted { ($0.first, order($0)) < ($1.first, order($1)) }[...]
    }
    var admitted: [Batch] = []
    var progressed = true
    while progressed {
      progressed = false
      for location in queues.keys.sorted() {
        guard var queue = queues[location] else { continue }
        while let next = queue.first, canDecide(next) {
          queue = queue.dropFirst()
          if let batch = take(next, following: queue.first?.first) { admitted.append(batch) }
          progressed = true
        }
        queues[location] = queue
      }
    }
    waiting = queues.filter { !$0.value.isEmpty }.mapValues { Array($0) }
    problems.sort()
    return admitted
  }

  /// A problem for each stream that waits, sorted.
  package var waitingProblems: [Problem] {
    waiting.keys.sorted().compactMap { location in
      waiting[location]?.first.map {
        Problem(
          kind: .waiting, subject: "\(location.name):\($0.first)",
          detail: "waits for events that this clone has not got yet")
      }
    }
  }

  // Of two files that claim one number the order must not depend on arrival.
  private func order(_ batch: StoredBatch) -> Int {
    if case .valid(let valid) = batch { return -valid.header.count }
    return 1
  }

  private func canDecide(_ batch: StoredBatch) -> Bool {
    let last = streams[batch.location]?.last ?? 0
    guard batch.first <= last + 1 else { return false }
    guard case .valid(let valid) = batch else { return true }
    return valid.header.seen.numbers.allSatisfy { (streams[$0.key]?.last ?? 0) >= $0.value }
  }

  private mutating func take(_ stored: StoredBatch, following next: Int64?) -> Batch? {
    // Taken out, so that what it holds is not copied for each batch.
    var stream = streams.removeValue(forKey: stored.location) ?? Stream()
    defer { streams[stored.location] = stream }
    switch stored {
    case .valid(let batch):
      if let fault = fault(in: batch, of: stream) {
        let reach = next.map { $0 - 1 } ?? batch.header.last
        stream.last = max(stream.last, reach)
        stream.hasVoid = true
        report("\(batch.header.location.name):\(batch.header.first)", fault)
        return nil
      }
      stream.last = batch.header.last
      stream.header = batch.header
      stream.instants.append((batch.header.first, batch.header.at))
      return batch
    case .void(let void):
      let reach = next.map { $0 - 1 } ?? void.first + Int64(max(void.lineCount, 1)) - 2
      stream.last = max(stream.last, reach)
      stream.hasVoid = true
      report(void.line > 0 ? "\(void.file):\(void.line)" : void.file, void.reason)
      return nil
    }
  }

  private mutating func report(_ subject: String, _ detail: String) {
    problems.append(Problem(kind: .malformed, subject: subject, detail: detail))
  }

  private func fault(in batch: Batch, of stream: Stream) -> String? {
    let header = batch.header
    if header.first <= stream.last {
      return "overlaps \(header.location.name):\(stream.last), which came before it"
    }
    if let before = stream.header {
      guard header.seen.covers(before.seen) else { return "seen goes down" }
      guard header.since.covers(before.since) else { return "since goes down" }
      guard header.at > before.at else { return "at is not after the batch before it" }
    }
    guard header.seen.covers(header.since) else { return "since names more than seen" }
    for (location, number) in header.seen.sorted {
      guard location != header.location else { return "seen names its own location" }
      if let at = streams[location]?.instant(of: number), at >= header.at {
        return "at is not after \(location.name):\(number), which it had seen"
      }
    }
    for event in batch.events {
      if let unseen = event.firstUnseen(header) {
        return "\(event.id) names \(unseen), which it had not seen"
      }
    }
    return nil
  }

  /// The instant of an event that counts; nil for another one.
  package func instant(of event: EventID) -> Instant? {
    guard let stream = streams[event.location], event.number <= stream.last else { return nil }
    return stream.instant(of: event.number)
  }
}

extension StoredBatch {
  /// As much of the batch as admission looks at: its header and the events that make it void, if any.
  package var outline: StoredBatch {
    guard case .valid(let batch) = self else { return self }
    let faulty = batch.events.filter { $0.firstUnseen(batch.header) != nil }
    return .valid(Batch(header: batch.header, events: faulty))
  }
}

extension Event {
  /// The first event that this one names, of its cause and then its targets, which its writer had not
  /// seen.
  fileprivate func firstUnseen(_ header: BatchHeader) -> EventID? {
    if case .unknown = fact { return nil }
    if let cause, !isSeen(cause, header) { return cause }
    switch fact {
    case .approved(let targets), .rejected(let targets):
      return targets.first { !isSeen($0, header) }
    default: return nil
    }
  }

  private func isSeen(_ other: EventID, _ header: BatchHeader) -> Bool {
    other.location == id.location
      ? other.number < id.number : other.number <= header.seen[other.location]
  }
}
