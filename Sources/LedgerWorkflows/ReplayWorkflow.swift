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
    var cached: [LibraryPath: [UInt8]] = [:]
    var isAbsent = open == nil
    if let open {
      isAbsent = try open.cache.heads().isEmpty
      try open.cache.dumpLines { cached[$0] = $1 }
    }
    var differences = 0
    var lines: [[UInt8]] = []
    for path in replay.state.sortedPaths {
      guard let state = replay.state.paths[path] else { continue }
      let text = DumpLine.encode(state)
      if cached.removeValue(forKey: path) != text { differences += 1 }
      line(text)
      lines.append(text)
    }
    differences += cached.count
    let elapsed = (ContinuousClock.now - started).components
    return ReplayReport(
      heads: replay.heads, eventCount: replay.batches.reduce(0) { $0 + $1.events.count },
      pathCount: replay.state.paths.count, fingerprint: ContentHasher.sha256(lines),
      cache: isAbsent ? .absent : differences == 0 ? .matches : .differs,
      differences: isAbsent ? 0 : differences,
      problems: replay.state.problems.map { "\($0.subject): \($0.detail)" } + replay.oddities,
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18)
  }
}
