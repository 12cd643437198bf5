import LedgerCache
package import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerStorage

extension OpenLocation {
  /// The instant for a batch: the wall clock, but after everything that this clone has.
  package func nextInstant() throws -> Instant { instant(after: try cache.latestInstant()) }

  private func instant(after latest: Instant?) -> Instant {
    let wall = outside.clock.now()
    // Years past 9999 can't be written; a clock that far off is reported by other means.
    return max(wall, latest?.advanced(milliseconds: 1) ?? wall)
  }

  /// Records facts as batches of the own stream: the marker first, then a commit each. Nothing to
  /// record makes no commit.
  ///
  /// The cache takes a batch while the next is committed; where a run is cut short, the next one
  /// catches up.
  ///
  /// - Parameter since: what whoever changed the disk may have known.
  /// - Returns: the events as recorded.
  package func record(_ facts: [CausedFact], since: Seen) async throws -> [Event] {
    guard !facts.isEmpty else { return [] }
    try checkStream()
    if try isMarkerBehind() { try keepCameBack() }
    var header = try nextHeader(since: since)
    return try await withThrowingTaskGroup(of: CacheExtension.self) { caching in
      var recorded: [Event] = []
      var needsReplay = false
      var rest = facts[...]
      while !rest.isEmpty {
        let (batch, lines) = nextBatch(&rest, &header)
        let heads = try commit(batch, lines)
        recorded += batch.events
        if case .needsFullReplay = try await caching.next() { needsReplay = true }
        caching.addTask { [cache, location] in
          try cache.extend(
            [.valid(batch)], heads: heads, own: location, lines: lines.byBatch(batch))
        }
      }
      if case .needsFullReplay = try await caching.next() { needsReplay = true }
      if needsReplay { try rebuildCache() }
      return recorded
    }
  }

  /// Records the first facts of a stream of which nothing is anywhere, all in one batch, and has the
  /// cache, which is empty, filled with everything.
  func begin(with facts: [CausedFact]) throws {
    outside.progress(.step("reading the log"))
    let admission = try repository.admission(own: location)
    var header = BatchHeader(
      location: location, first: 1, count: 0, at: instant(after: admission.latestInstant),
      seen: admission.numbers, since: .nothing, host: outside.host, version: outside.version)
    var rest = facts[...]
    try append(nextBatch(&rest, &header).0)
  }

  /// Has the disk take the bytes that a scan read, before the log says that they are here: after a
  /// power cut a file that was just copied may be empty otherwise, and pass for one that a person
  /// changed. Where the facts name no new bytes nothing is flushed.
  func flush(_ scanned: Scanned) throws {
    let namesBytes = scanned.detection.facts.contains {
      switch $0.fact {
      case .added, .changed, .renamed: true
      default: false
      }
    }
    guard namesBytes else { return }
    do {
      try storage.flush(mounts: scanned.result.mounts)
    } catch {
      throw WorkflowError(
        .unhealthy,
        "The disk of \(paths.home) did not take what was written to it: \(error). Nothing was "
          + "recorded, and no file was touched.",
        hint:
          "Look after the disk (its full text is in the kernel's log), and run ledger sync again.")
    }
  }

  // Numbers that were given once must not be given again: the stream would part in two.
  private func checkStream() throws {
    let last = try cache.numbers()[location]
    if !hasAskedHub, let marked = try marker()?.last, marked > last {
      throw WorkflowError(
        .unhealthy,
        "The disk has seen events of \(location) up to \(marked), this clone only up to \(last): a "
          + "run was cut short, or this machine came back from an older copy. Nothing was recorded.",
        hint: "Run ledger sync with the hub in reach, so that it can tell.")
    }
    let own = try cache.problems().first {
      $0.kind == .waiting && $0.subject.hasPrefix("\(location):")
    }
    if let own {
      throw WorkflowError(
        .unhealthy,
        "Events of \(location) itself (\(own.subject)) wait for others that neither this clone nor "
          + "the hub has. Nothing was recorded.",
        hint: "Sync the other locations first; the hub may have come back from an older copy.")
    }
  }

  // The header of the next batch, with nothing in it.
  private func nextHeader(since: Seen) throws -> BatchHeader {
    var seen = try cache.numbers()
    let first = seen[location] + 1
    seen[location] = 0
    // `since` never goes down along a stream, also where location.json was lost or restored.
    var since = since
    since[location] = 0
    for (other, number) in try cache.lastHeader(of: location)?.since.sorted ?? []
    where since[other] < number {
      since[other] = number
    }
    for (other, number) in since.sorted where number > seen[other] { since[other] = seen[other] }
    return BatchHeader(
      location: location, first: first, count: 0, at: try nextInstant(), seen: seen, since: since,
      host: outside.host, version: outside.version)
  }

  // Takes as many facts as a batch holds, and makes `header` that of the batch after it.
  private func nextBatch(
    _ facts: inout ArraySlice<CausedFact>, _ header: inout BatchHeader
  ) -> (Batch, BatchLines) {
    var events: [Event] = []
    var lines = BatchLines()
    while let fact = facts.first, events.count < BatchFile.eventLimit {
      let id = EventID(location: location, number: header.first + Int64(events.count))
      let event = Event(id: id, at: header.at, fact: fact.fact, cause: fact.cause)
      lines.append(event)
      guard events.isEmpty || lines.bytes.count < BatchFile.writtenLimit - 65_536 else {
        lines.removeLast()
        break
      }
      events.append(event)
      facts.removeFirst()
    }
    let batch = Batch(
      header: header.with(count: events.count, first: header.first, at: header.at), events: events)
    header = header.with(
      count: 0, first: header.first + Int64(events.count),
      at: max(outside.clock.now(), header.at.advanced(milliseconds: 1)))
    return (batch, lines)
  }

  /// Appends a batch to the own stream and to the cache; its number must be the next.
  func append(_ batch: Batch) throws {
    let lines = BatchLines(batch.events)
    let heads = try commit(batch, lines)
    let extended = try cache.extend(
      [.valid(batch)], heads: heads, own: location, lines: lines.byBatch(batch))
    if case .needsFullReplay = extended { try rebuildCache() }
  }

  // Returns the commits of all streams after it.
  private func commit(_ batch: Batch, _ lines: BatchLines) throws -> [String: String] {
    let name = BatchFile.name(of: batch.header)
    let bytes = BatchFile.encode(batch.header, lines)
    let head = try repository.heads(own: location).heads[location]
    // Marker before commit: a marker behind the clone means that the disk is older than the log.
    try writeMarker(last: batch.header.last)
    _ = try repository.append(
      BatchBlob(name: name, bytes: bytes), to: location, onto: head,
      message: CommitMessage.text(of: batch), author: CommitAuthor(location, at: batch.header.at))
    let names = try repository.heads(own: location).heads.map { ($0.key.name, $0.value.hex) }
    return Dictionary(names, uniquingKeysWith: { $1 })
  }
}

extension BatchHeader {
  fileprivate func with(count: Int, first: Int64, at: Instant) -> BatchHeader {
    BatchHeader(
      location: location, first: first, count: count, at: at, seen: seen, since: since, host: host,
      version: version)
  }
}

extension BatchLines {
  /// How the events of a batch are spelled, as the cache takes it.
  fileprivate func byBatch(_ batch: Batch) -> [EventID: [ArraySlice<UInt8>]] {
    [EventID(location: batch.header.location, number: batch.header.first): lines]
  }
}
