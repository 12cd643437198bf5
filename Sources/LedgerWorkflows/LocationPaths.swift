package import LedgerCore

/// Where a location keeps its things on this machine.
package struct LocationPaths: Sendable, Equatable {
  /// The folder with `.ledger/`.
  package let home: String
  /// `<state>`, with the clone and what this machine alone knows.
  package let state: String
  /// `<cache>`, disposable.
  package let cache: String
  /// The location's name.
  package let location: LocationID

  /// The paths of a location.
  package init(home: String, state: String, cache: String, location: LocationID) {
    self.home = home
    self.state = state
    self.cache = cache
    self.location = location
  }

  /// The standard places, below the state and cache folders of the user.
  package init(home: String, ledger: String, location: LocationID, in outside: Surroundings) {
    self.init(
      home: home, state: "\(outside.stateHome)/ledger/\(ledger)/\(location.name)",
      cache: "\(outside.cacheHome)/ledger/\(ledger)/\(location.name)", location: location)
  }

  /// The bare clone.
  package var clone: String { "\(state)/clone.git" }
  /// The lock of a run.
  package var lock: String { "\(state)/lock" }
  /// There while the disk or the machine came back from an older copy and something may be missing.
  package var cameBackFile: String { "\(state)/came-back" }
  /// There while a clone is replaced: the path of the one whose unsent events are to go on.
  package var carryFile: String { "\(state)/carry" }
  /// There while a script runs under the lock, and until a scan has recorded all that it did.
  package var execFile: String { "\(state)/exec" }
  /// The days on which ledger ran here, and since when each trashed file has waited by them.
  package var daysFile: String { "\(state)/days.json" }
  /// What the last complete listing lacked, where only what two of them lack is gone.
  package var missingFile: String { "\(state)/missing" }
  /// The hooks that a person may put there: `after-apply` and `after-sync`.
  package var hooks: String { "\(state)/hooks" }
  /// What this machine knows of the location.
  package var locationFile: String { "\(state)/location.json" }
  /// The disposable cache.
  package var cacheFile: String { "\(cache)/cache.sqlite" }
  /// The trash.
  package var trash: String { "\(home)/.ledger/trash/\(location.name)" }
  /// The marker, relative to the home.
  package var marker: String { ".ledger/\(location.name).json" }
}
