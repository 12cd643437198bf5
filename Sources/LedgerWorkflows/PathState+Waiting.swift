package import LedgerCore

extension PathState {
  /// The undecided deletions that wait for a person, by their ids, as far as a location can tell
  /// that holds `held` itself: what others hold for their own reasons is known to them alone.
  package func waiting(
    held: Set<EventID>, policy: DeletionPolicy
  ) -> [(deletion: Deletion, reason: PendingReason)] {
    let asked = Set(proposals.map(\.id))
    let concerned = Set(applying.values)
    return deletions.values.sorted { $0.id < $1.id }.compactMap { deletion in
      guard deletion.decision == .pending else { return nil }
      if asked.contains(deletion.id) { return (deletion, .held(.asks)) }
      let applies = concerned.contains(deletion.id)
      if let hold = deletion.hold, applies { return (deletion, .held(hold)) }
      if policy == .always, applies, deletion.replacedBy == nil { return (deletion, .policy) }
      return held.contains(deletion.id) ? (deletion, .heldBefore) : nil
    }
  }
}
