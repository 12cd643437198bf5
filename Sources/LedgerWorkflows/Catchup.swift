import LedgerCache
package import LedgerCore
import LedgerFormat
package import LedgerGit

extension LedgerRepository {
  /// Reads and replays every stream.
  ///
  /// - Parameters:
  ///   - until: what was recorded later is left out; nil: nothing is.
  ///   - memory: how many bytes the machine has.
  package func replayAll(
    own: LocationID?, until: Instant? = nil, memory: Int
  ) throws -> FullReplay {
    let heads = try heads(own: own).heads
    // The streams ended elsewhere then.
    return try FullReplay(
      try listStreams(heads), of: self, heads: until == nil ? heads : [:], until: until,
      memory: memory)
  }

  /// What counts of every stream, without its events.
  func admission(own: LocationID?) throws -> Admission {
    var admission = Admission()
    let files = try listStreams(try heads(own: own).heads).files
    _ = admission.admit(
      try readBatches(files) { BatchFile.decode($0.bytes, name: $0.name)?.outline })
    return admission
  }

  private func listStreams(_ heads: [LocationID: CommitID]) throws -> BatchListing {
    let streams = try heads.sorted { $0.key < $1.key }
      .map { try listBatches(of: $0.key, from: nil, to: $0.value) }
    return BatchListing(
      files: streams.flatMap(\.files), oddities: streams.flatMap(\.oddities))
  }

  /// Reads and replays the streams as a commit of `main` has them.
  package func replay(atMain commit: CommitID, memory: Int) throws -> FullReplay {
    try FullReplay(
      try listBatches(atMainCommit: commit), of: self, heads: [:], until: nil, memory: memory)
  }
}

extension OpenLocation {
  /// Brings the cache up to the clone's streams, by what is new where that is possible.
  package func catchUp() throws {
    let heads = try repository.heads(own: location).heads
    let wanted = Dictionary(
      heads.map { ($0.key.name, $0.value.hex) }, uniquingKeysWith: { $1 })
    let cached = try cache.heads()
    if cached == wanted { return }
    if !cached.isEmpty || heads.isEmpty {
      var new: [BatchFileID] = []
      for location in heads.keys.sorted() {
        guard let head = heads[location] else { continue }
        let old = cached[location.name].flatMap { CommitID($0) }
        // A clone that was made anew lacks what was recorded in the old one and never pushed.
        if let old, try !repository.contains(old) || !repository.isAncestor(old, of: head) {
          return try rebuildCache()
        }
        new += try repository.listBatches(of: location, from: old, to: head).files
      }
      // As much as the memory holds.
      guard new.eventLimit <= FullReplay.eventLimit(outside.memory) else {
        return try rebuildCache()
      }
      let batches = try repository.readBatches(new) { BatchFile.decode($0.bytes, name: $0.name) }
      if case .extended = try cache.extend(batches, heads: wanted, own: location) { return }
    }
    try rebuildCache()
  }

  /// Replays everything into the cache.
  package func rebuildCache() throws {
    outside.progress(.step("replaying the log"))
    try rebuildCache(from: try repository.replayAll(own: location, memory: outside.memory))
  }

  /// Puts a replay of everything into the cache.
  package func rebuildCache(from replay: FullReplay) throws {
    defer { outside.progress(.done) }
    func tell(_ share: Double) { outside.progress(.share(of: "filling the cache", share)) }
    try cache.rebuild(
      from: ReplayedLedger(
        admission: replay.admission, problems: replay.problems, heads: replay.heads,
        paths: { each in
          var paths = replay.paths { history, number, context in
            (history.path(number), history.state(number, in: context), history.events(number))
          }
          while let next = try paths.next() {
            try each(next.0, next.1, next.2)
            tell(paths.share / 2)
          }
        }, batches: replay.batches), own: location,
      onProgress: { tell((1 + Double($0) / Double(max(replay.eventCount, 1))) / 2) })
  }
}
