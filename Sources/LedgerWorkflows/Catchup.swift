import LedgerCache
package import LedgerCore
import LedgerFormat
package import LedgerGit

/// A whole replay of a repository.
package struct FullReplay {
  /// The batches that count, in an order that causality allows.
  package let batches: [Batch]
  /// What was admitted and what waits.
  package let admission: Admission
  /// The events by path.
  package let history: History
  /// What the paths are judged by.
  package let context: ReplayContext
  /// What was odd, sorted.
  package let problems: [Problem]
  /// The commits of the streams, by location.
  package let heads: [String: String]
  /// What in the streams does not belong there.
  package let oddities: [String]

  /// What stands at every path.
  package var state: LibraryState { LedgerCore.replay(history, admission) }
}

extension LedgerRepository {
  /// Reads and replays every stream.
  package func replayAll(own: LocationID?, until: Instant? = nil) throws -> FullReplay {
    let heads = try heads(own: own).heads
    var stored: [StoredBatch] = []
    var oddities: [String] = []
    for location in heads.keys.sorted() {
      guard let head = heads[location] else { continue }
      let stream = try readBatches(of: location, at: head) {
        BatchFile.decode($0.bytes, name: $0.name)
      }
      stored += stream.read
      oddities += stream.oddities
    }
    if let until {
      // Instants are a linear extension of causality, so what is left was known to its writers.
      stored = stored.filter { batch in
        if case .valid(let valid) = batch { valid.header.at <= until } else { true }
      }
    }
    // The streams ended elsewhere then.
    return fold(stored, heads: until == nil ? heads : [:], oddities: oddities)
  }

  /// Reads and replays the streams as a commit of `main` has them.
  package func replay(atMain commit: CommitID) throws -> FullReplay {
    let files = try batchFiles(atMainCommit: commit)
    let stored = files.blobs.compactMap { BatchFile.decode($0.bytes, name: $0.name) }
    return fold(stored, heads: [:], oddities: files.oddities)
  }

  private func fold(
    _ stored: [StoredBatch], heads: [LocationID: CommitID], oddities: [String]
  ) -> FullReplay {
    var admission = Admission()
    var history = History()
    let batches = admission.admit(stored)
    history.reserve(for: batches)
    for batch in batches { history.add(batch) }
    let (context, problems) = history.context(admission)
    let names = heads.map { ($0.key.name, $0.value.hex) }
    return FullReplay(
      batches: batches, admission: admission, history: history, context: context,
      problems: problems, heads: Dictionary(names, uniquingKeysWith: { $1 }), oddities: oddities)
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
      var new: [StoredBatch] = []
      for location in heads.keys.sorted() {
        guard let head = heads[location] else { continue }
        let old = cached[location.name].flatMap { CommitID($0) }
        // A clone that was made anew lacks what was recorded in the old one and never pushed.
        if let old, try !repository.contains(old) || !repository.isAncestor(old, of: head) {
          return try rebuildCache()
        }
        new += try repository.batchFiles(of: location, from: old, to: head).blobs
          .compactMap { BatchFile.decode($0.bytes, name: $0.name) }
      }
      if case .extended = try cache.extend(new, heads: wanted, own: location) { return }
    }
    try rebuildCache()
  }

  /// Replays everything into the cache.
  package func rebuildCache() throws {
    outside.progress(.step("replaying the log"))
    try rebuildCache(from: try repository.replayAll(own: location))
  }

  /// Puts a replay of everything into the cache.
  package func rebuildCache(from replay: FullReplay) throws {
    try cache.rebuild(
      from: ReplayedLedger(
        batches: replay.batches, admission: replay.admission, history: replay.history,
        heads: replay.heads), own: location)
  }
}
