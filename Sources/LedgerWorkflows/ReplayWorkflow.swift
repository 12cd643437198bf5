import LedgerCache
package import LedgerCore
import LedgerFormat
package import LedgerGit
import LedgerStorage

/// Replays the whole log and compares it with the cache.
package struct ReplayReport: Sendable {
  /// How the cache stands to a fresh replay.
  package enum CacheState: String, Sendable { case matches, differs, absent }

  /// The commits that were replayed, by location.
  package let heads: [String: String]
  /// Events, and paths that a file event named.
  package let eventCount: Int
  package let pathCount: Int
  /// The sha256 of the dump.
  package let fingerprint: Digest
  /// How the cache stands to it, and at how many paths it differs.
  package let cache: CacheState
  package let differences: Int
  /// What was odd.
  package let problems: [String]
  /// How long it took.
  package let seconds: Double
}

/// Which part of the log to replay.
package enum ReplayPoint: Sendable {
  /// Everything.
  case now
  /// As a commit of `main` has it.
  case commit(CommitID)
  /// What was recorded until then.
  case instant(Instant)
}

/// `ledger replay`.
package enum ReplayWorkflow {
  /// Replays a repository afresh.
  package static func replay(
    _ repository: LedgerRepository, own: LocationID?, at point: ReplayPoint
  ) throws -> FullReplay {
    switch point {
    case .now: try repository.replayAll(own: own)
    case .commit(let commit): try repository.replay(atMain: commit)
    case .instant(let instant): try repository.replayAll(own: own, until: instant)
    }
  }

  /// Compares with a location's cache, and prints the dump's lines where they are wanted.
  ///
  /// - Parameter line: called with each line of the dump, in order.
  package static func run(
    _ replay: FullReplay, comparing open: OpenLocation?, line: ([UInt8]) -> Void
  ) throws -> ReplayReport {
    let started = ContinuousClock.now
    let isAbsent = try open?.cache.heads().isEmpty ?? true
    var differences = 0
    var dump = Dump(replay)
    // Both are in the order of the paths, so neither is held as a whole.
    try open?.cache.dumpLines { path, text in
      while let next = dump.path, next < path {
        dump.take(line)
        differences += 1
      }
      let isSame = dump.path == path && dump.text == text
      if !isSame { differences += 1 }
      if dump.path == path { dump.take(line) }
    }
    while dump.path != nil {
      dump.take(line)
      differences += 1
    }
    return ReplayReport(
      heads: replay.heads, eventCount: replay.batches.reduce(0) { $0 + $1.events.count },
      pathCount: dump.count, fingerprint: dump.fingerprint,
      cache: isAbsent ? .absent : differences == 0 ? .matches : .differs,
      differences: isAbsent ? 0 : differences,
      problems: replay.problems.map { "\($0.subject): \($0.detail)" } + replay.oddities,
      seconds: (ContinuousClock.now - started) / .seconds(1))
  }
}

/// The lines of a dump, one after the other, each made when it is its turn.
private struct Dump {
  private var lines: ParallelMap<(path: LibraryPath, text: [UInt8])>
  private var hasher = ContentHasher([.sha256])
  /// The path of the line at hand; nil after the last.
  private(set) var path: LibraryPath?
  /// The line at hand.
  private(set) var text: [UInt8] = []
  /// How many lines were taken.
  private(set) var count = 0

  init(_ replay: FullReplay) {
    let (history, context) = (replay.history, replay.context)
    let order = history.order
    lines = ParallelMap(count: order.count) { index in
      guard let state = history.state(order[index], in: context) else { return nil }
      return (state.path, DumpLine.encode(state))
    }
    next()
  }

  /// Gives the line at hand away and goes on to the next.
  mutating func take(_ line: ([UInt8]) -> Void) {
    line(text)
    text.withUnsafeBytes { hasher.update($0) }
    count += 1
    next()
  }

  private mutating func next() {
    let line = lines.next()
    path = line?.path
    text = line?.text ?? []
  }

  /// The sha256 of all lines taken.
  var fingerprint: Digest { hasher.finish().digest }
}
