extension PathState {
  /// Whether a copy script should bring the path's head to a location: it keeps the type and lacks the
  /// file, or has a version that somebody replaced.
  ///
  /// Not what a deletion or a proposal is about, what the location pruned, what a person has to decide
  /// on, nor what is damaged there: `ledger restore --from` heals that without overwriting it.
  package func isWanted(at location: LocationID, in context: ReplayContext) -> Bool {
    guard condition == .new || condition == .partial, heads.count == 1, let head = heads.first,
      applying.isEmpty, proposals.isEmpty
    else { return false }
    let settings = context.settings[location]
    guard !settings.isRetired, settings.keeps.contains(head.file.media) else { return false }
    guard let copy = copies[location] else { return true }
    switch copyStates[location] {
    case .pruned: return false
    case .removed, .absent, nil: return true
    case .behind: return !copy.isDamaged
    case .present, .diverged: return false
    }
  }
}
