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
    _ repository: LedgerRepository, own: LocationID?, at point: ReplayPoint,
    in outside: Surroundings
  ) throws -> FullReplay {
    outside.progress(.step("reading the log"))
    defer { outside.progress(.done) }
    let memory = outside.memory
    return switch point {
    case .now: try repository.replayAll(own: own, memory: memory)
    case .commit(let commit): try repository.replay(atMain: commit, memory: memory)
    case .instant(let instant):
      try repository.replayAll(own: own, until: instant, memory: memory)
    }
  }

  /// Compares with a location's cache, and prints the dump's lines where they are wanted.
  ///
  /// - Parameters:
  ///   - progress: hears how far it is.
  ///   - line: called with each line of the dump, in order.
  package static func run(
    _ replay: FullReplay, comparing open: OpenLocation?, progress: @escaping (Progress) -> Void,
    line: ([UInt8]) -> Void
  ) throws -> ReplayReport {
    let started = ContinuousClock.now
    let isAbsent = try open?.cache.heads().isEmpty ?? true
    var differences = 0
    var dump = try Dump(replay, progress)
    // Both are in the order of the paths, so neither is held as a whole.
    try open?.cache.dumpLines { path, text in
      while let next = dump.path, next < path {
        try dump.take(line)
        differences += 1
      }
      let isSame = dump.path == path && dump.text == text
      if !isSame { differences += 1 }
      if dump.path == path { try dump.take(line) }
    }
    while dump.path != nil {
      try dump.take(line)
      differences += 1
    }
    return ReplayReport(
      heads: replay.heads, eventCount: replay.eventCount,
      pathCount: dump.count, fingerprint: dump.fingerprint,
      cache: isAbsent ? .absent : differences == 0 ? .matches : .differs,
      differences: isAbsent ? 0 : differences,
      problems: replay.problems.map { "\($0.subject): \($0.detail)" } + replay.oddities,
      seconds: (ContinuousClock.now - started) / .seconds(1))
  }
}

/// The lines of a dump, one after the other, each made when it is its turn.
private struct Dump {
  private var lines: ReplayedPaths<(path: LibraryPath, text: [UInt8])>
  private let progress: (Progress) -> Void
  private var hasher = ContentHasher([.sha256])
  /// The path of the line at hand; nil after the last.
  private(set) var path: LibraryPath?
  /// The line at hand.
  private(set) var text: [UInt8] = []
  /// How many lines were taken.
  private(set) var count = 0

  init(_ replay: FullReplay, _ progress: @escaping (Progress) -> Void) throws {
    self.progress = progress
    lines = replay.paths { history, number, context in
      history.state(number, in: context).map { ($0.path, DumpLine.encode($0)) }
    }
    try next()
  }

  /// Gives the line at hand away and goes on to the next.
  mutating func take(_ line: ([UInt8]) -> Void) throws {
    line(text)
    text.withUnsafeBytes { hasher.update($0) }
    count += 1
    progress(.share(of: "replaying the log", lines.share))
    try next()
  }

  private mutating func next() throws {
    let line = try lines.next()
    path = line?.path
    text = line?.text ?? []
  }

  /// The sha256 of all lines taken.
  var fingerprint: Digest { hasher.finish().digest }
}
