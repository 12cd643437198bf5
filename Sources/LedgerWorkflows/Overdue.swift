package import LedgerCache
package import LedgerCore

/// Which partial paths have been so for longer than the ledger's patience.
package struct Overdue {
  private let cache: StateCache
  private let context: ReplayContext
  private let now: Instant
  private let patience: Int64
  // The locations that are known for longer than that: only what they lack can be overdue.
  private let old: Set<LocationID>

  /// Judges by this clock; nothing but what people are told depends on it.
  package init(_ cache: StateCache, _ context: ReplayContext, now: Instant) throws {
    self.cache = cache
    self.context = context
    self.now = now
    patience = context.settings.ledger.patienceSeconds * 1_000
    var old: Set<LocationID> = []
    for location in context.locations {
      let first = try cache.event(EventID(location: location, number: 1))?.event.at
      let joined = first ?? Instant(milliseconds: 0)
      if now.milliseconds - joined.milliseconds > patience { old.insert(location) }
    }
    self.old = old
  }

  /// Whether some location has lacked the path's head for longer than the ledger's patience: since the
  /// head came to be, or since the location's first event where that is later. What arrives
  /// meanwhile at others changes nothing.
  package func isOverdue(_ state: PathState) throws -> Bool {
    guard state.condition == .partial,
      state.wanting(in: context).contains(where: old.contains)
    else { return false }
    let heads = try state.heads.compactMap { try cache.event($0.version)?.event.at }
    return heads.contains { now.milliseconds - $0.milliseconds > patience }
  }
}

extension PathState {
  /// The locations that keep this type and have not got a head, in order; who pruned it wants none.
  package func wanting(in context: ReplayContext) -> [LocationID] {
    let names = Set(heads.map(\.content))
    let types = Set(heads.map(\.file.media))
    return context.locations.filter { location in
      let settings = context.settings[location]
      guard !settings.isRetired, !settings.keeps.isDisjoint(with: types) else { return false }
      guard let copy = copies[location] else { return true }
      if copyStates[location] == .pruned { return false }
      let isWhole = copy.version != nil && !copy.isDamaged && applying[location] == nil
      return !isWhole || !names.contains(copy.name)
    }
  }

  /// How many whole copies the head has that has fewest; 0 where there is none.
  package var copyCount: Int {
    heads.map { head in
      copies.filter { location, copy in
        copy.version != nil && !copy.isDamaged && copy.name == head.content
          && applying[location] == nil
      }.count
    }.min() ?? 0
  }

  /// Whether a head has whole copies at one location and nowhere else.
  package func isOnly(at location: LocationID) -> Bool {
    heads.contains { head in
      let holders = copies.filter { _, copy in
        copy.version != nil && !copy.isDamaged && copy.name == head.content
      }.keys
      return Array(holders) == [location]
    }
  }
}
