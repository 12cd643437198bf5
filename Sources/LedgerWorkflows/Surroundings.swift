package import LedgerCore

/// Tells the time; replaced by a fixed one in tests.
package struct WallClock: Sendable {
  /// The instant now.
  package var now: @Sendable () -> Instant

  /// A clock.
  package init(now: @escaping @Sendable () -> Instant) { self.now = now }
}

/// What a run takes from outside: the clock, the machine's name, folders, and where progress goes.
package struct Surroundings: Sendable {
  /// The wall clock.
  package var clock: WallClock
  /// The machine's name, as batches record it.
  package var host: String
  /// What tells this machine from its copies and successors; empty where nothing does.
  package var machine: String
  /// The program's version, as batches record it.
  package var version: String
  /// Where `ledger/<id>/<location>` with the clone goes: `$XDG_STATE_HOME` or its default.
  package var stateHome: String
  /// Where the caches go: `$XDG_CACHE_HOME` or its default.
  package var cacheHome: String
  /// Hears of long work; called from one task at a bounded rate.
  package var progress: @Sendable (Progress) -> Void
  /// How many files are hashed at once.
  package var width: Int
  /// How many bytes of memory there are to plan with.
  package var memory: Int
  /// Files modified within so many seconds are left for the next scan.
  package var settleSeconds: Int64

  /// The surroundings of a run.
  package init(
    clock: WallClock, host: String, machine: String, version: String, stateHome: String,
    cacheHome: String, settleSeconds: Int64, width: Int, memory: Int,
    progress: @escaping @Sendable (Progress) -> Void
  ) {
    self.clock = clock
    self.host = host
    self.machine = machine
    self.version = version
    self.stateHome = stateHome
    self.cacheHome = cacheHome
    self.width = width
    self.memory = memory
    self.settleSeconds = settleSeconds
    self.progress = progress
  }
}

/// How far long work has come.
package enum Progress: Sendable, Equatable {
  /// A step that has no measure, in words: `fetching from the hub`.
  case step(String)
  /// Files and bytes done, and how many there are to do.
  case hashing(files: Int, bytes: Int64, totalFiles: Int, totalBytes: Int64)
  /// Which share of a step is done, 0 to 1.
  case share(of: String, Double)
  /// Trouble that a person should know of at once, though the run goes on: a sentence.
  case trouble(String)
  /// Nothing more to show.
  case done
}
