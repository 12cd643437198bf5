package import LedgerCore

/// What a sync or a scan did.
package struct SyncReport: Sendable {
  /// The location.
  package var location: LocationID
  /// The events recorded, in order.
  package var recorded: [Event] = []
  /// What was planned, and what became of it: nil where it was only a dry run.
  package var planned: [(action: Action, isDone: Bool?)] = []
  /// The names of files of a dry run's plan where the place spells them otherwise than the ledger.
  package var spellings: [LibraryPath: [UInt8]] = [:]
  /// What made room, or would in a dry run (nil) and what of it could not be moved; and what stays.
  package var prunes: [(step: PruneStep, isDone: Bool?)] = []
  package var staying: [PruneStay] = []
  /// The deletions that wait for a person.
  package var pending: [PendingDeletion] = []
  /// How the ledger lets deletions through.
  package var policy = DeletionPolicy.over(25)
  /// What a person should look at.
  package var attention: [Attention] = []
  /// Why facts were held back.
  package var halts: [Halt] = []
  /// Files seen, files hashed, and bytes hashed.
  package var scannedCount = 0
  package var hashedCount = 0
  package var hashedBytes: Int64 = 0
  /// How many paths could not be seen.
  package var unknownCount = 0
  /// How many files were left for the next scan: they changed just now or are still changing, or may be
  /// ones that a listing misses under another name.
  package var unsettledCount = 0
  /// Whether everything is at the hub; nil where the hub was not asked.
  package var isPushed: Bool?
  /// What a person reads after "The hub": that it can't be reached or could not write what is new, and
  /// why, in git's and ssh's own words.
  package var hubTrouble: String?
  /// Whether the storage is not the one that joined, so that nothing was scanned.
  package var isUnhealthy = false
  /// The commits of the streams that the state includes.
  package var heads: [String: String] = [:]
  /// Locations whose markers a copy script brought along; they and their trash are left alone.
  package var foreign: [String] = []
  /// How long it took.
  package var seconds = 0.0

  /// Nothing done yet.
  package init(location: LocationID) { self.location = location }

  /// The exit status: the highest of 7, 6, 5 and 3, else 0.
  package var exitStatus: Int32 {
    if isUnhealthy || !halts.isEmpty { return 7 }
    if unknownCount > 0 { return 6 }
    if hubTrouble != nil { return 5 }
    return !pending.isEmpty || attention.contains(where: \.waits) ? 3 : 0
  }
}
