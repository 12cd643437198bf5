/// The settings of a location, defaults filled in.
package struct LocationSettings: Hashable, Sendable {
  /// What a person removes there of these types goes everywhere.
  package var authoritative: Set<MediaType> = []
  /// What a person removes there of these types is proposed.
  package var asks: Set<MediaType> = []
  /// The types that it wants to hold.
  package var keeps: Set<MediaType> = Set(MediaType.allCases)
  /// Whether it has left the ledger.
  package var isRetired = false
  /// The locations that it fetches from what it lacks, the first first.
  package var fetchFrom: [LocationID] = []
  /// Where others reach its files: `user@host:/path`, `rclone:remote:path` or a path.
  package var address: String?
  /// Under which folders it keeps its files, by the table of endings alone.
  package var map = PathMap.none
  /// Its own guard, where it has one.
  package var guardLimit: GuardLimit?
  /// What each of its syncs makes room of, where it has such a rule.
  package var pruneRule: PruneRule?
  /// Every key that was declared, with its value in force, in byte order of keys.
  package var entries: [SettingEntry] = []

  /// The defaults.
  package init() {}
}

/// How deletions are let through.
package enum DeletionPolicy: Hashable, Sendable {
  /// None needs approval.
  case never
  /// All need approval.
  case always
  /// More than so many in one sync need approval.
  case over(Int)
}

/// The most that one scan may record as gone: over both numbers, it halts.
package struct GuardLimit: Hashable, Sendable {
  /// So many files.
  package let count: Int
  /// So many percent of the files or bytes; 0 allows none and `nil` means the guard is off.
  package let percent: Int?

  /// A limit.
  package init(count: Int, percent: Int?) {
    self.count = count
    self.percent = percent
  }

  /// `100,10%`.
  package static let standard = GuardLimit(count: 100, percent: 10)
  /// No guard at all.
  package static let off = GuardLimit(count: .max, percent: nil)

  /// Parses `100,10%`, `0`, a count alone, or `off`.
  package init?(_ text: String) {
    if text == "off" {
      self = .off
      return
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let count = Int(parts[0]), count >= 0 else { return nil }
    guard parts.count == 2 else {
      self.init(count: count, percent: 0)
      return
    }
    guard parts[1].hasSuffix("%"), let percent = Int(parts[1].dropLast()),
      (0...100).contains(percent)
    else { return nil }
    self.init(count: count, percent: percent)
  }
}

/// The settings of the whole ledger, defaults filled in.
package struct LedgerSettings: Hashable, Sendable {
  /// How deletions are let through.
  package var deletions = DeletionPolicy.over(25)
  /// Whether a copy that was on its way when it was deleted is trashed without asking.
  package var appliesLateArrivals = true
  /// The most that one scan may record as gone.
  package var guardLimit = GuardLimit.standard
  /// After so many seconds a partial path is overdue.
  package var patienceSeconds: Int64 = 3 * 86_400
  /// After so many days a sync compares the cache with a replay of the whole log; 0: never.
  package var replayDays = 7
  /// How long trash is kept at least.
  package var trashDays = 90
  /// The digests that folder locations compute, sha256 first.
  package var digests: [DigestAlgorithm] = [.sha256]
  /// How many bytes a sync reads at most for digests that files were recorded without.
  package var digestShare: Int64 = 1_000_000_000
  /// Extensions in lower case that are classed otherwise than by the table.
  package var mediaOverrides: [String: MediaType] = [:]
  /// Every key that was configured, with its value in force, in byte order of keys.
  package var entries: [SettingEntry] = []

  /// The defaults.
  package init() {}
}

/// All settings in force.
package struct Settings: Hashable, Sendable {
  /// Of the whole ledger.
  package var ledger = LedgerSettings()
  /// Of each location that was declared; a location may exist without.
  package var locations: [LocationID: LocationSettings] = [:]

  /// The defaults.
  package init() {}

  /// The settings of a location, or the defaults.
  package subscript(location: LocationID) -> LocationSettings {
    locations[location] ?? LocationSettings()
  }

  /// Under which folders a location keeps its files.
  package func map(of location: LocationID) -> PathMap {
    self[location].map.classing(ledger.mediaOverrides)
  }
}
