/// Plans what a location fetches that its setting `fetch-from` asks for: heads of types that it keeps,
/// which it lacks and did not prune. Touches nothing.
///
/// Nothing is fetched that is deleted, proposed to be, in conflict or diverged, that the scan can't see
/// or found in place, nor while a part of the log waits. A copy that is only behind is not replaced.
///
/// - Parameters:
///   - states: paths that this location may lack, in any order.
///   - plan: what it does besides; names that its renames and put-backs want are left to them.
/// - Returns: steps in byte order of their paths, each with the locations to fetch from that hold the
///   very bytes, in the setting's order; a path that none of them holds has no step.
package func planFetches(
  _ states: some Sequence<PathState>, besides plan: Plan, _ input: PlanInput
) -> [Action] {
  let settings = input.context.settings[input.location]
  guard !settings.fetchFrom.isEmpty, !settings.isRetired, !input.isLogIncomplete else { return [] }
  let busy = Set(plan.actions.map(\.path)).union(plan.pending.map(\.path)).union(plan.awaited)
  return states.compactMap { state in
    guard let head = state.head(lackingAt: input.location, input.context),
      !busy.contains(state.path), input.here(state.path) == nil, !input.isUnknown(state.path)
    else { return nil }
    let from = settings.fetchFrom.filter { state.holds(head, at: $0) && $0 != input.location }
    guard !from.isEmpty else { return nil }
    return .fetch(state.path, head.file.content, cause: head.version, from: from)
  }.sorted { $0.path < $1.path }
}

extension PathState {
  /// Whether a path may be one that somebody lacks, by what people see of it.
  package static let lacking: [PathCondition] = [.new, .partial]

  /// The one head, where the location keeps its type, has no copy of the path and did not prune it, and
  /// where nothing was said against that content.
  fileprivate func head(lackingAt location: LocationID, _ context: ReplayContext) -> Head? {
    guard Self.lacking.contains(condition), heads.count == 1, let head = heads.first,
      proposals.isEmpty
    else { return nil }
    switch copies[location]?.standing {
    case nil, .removed: break
    case .present, .pruned: return nil
    }
    let isDeleted = deletions.values.contains { deletion in
      deletion.isInForce
        && (deletion.covered.contains(head.version)
          || context.identity.areSame(deletion.file.content, head.file.content))
    }
    // Two places may class the same bytes differently: who keeps either type should have them.
    let types = Set(
      copies.keys.filter { holds(head, at: $0) }.compactMap { copies[$0]?.file.media })
    let keeps = context.settings[location].keeps
    return isDeleted || keeps.isDisjoint(with: types.union([head.file.media])) ? nil : head
  }

  /// Whether a location has a whole copy of a head that nothing is to remove.
  fileprivate func holds(_ head: Head, at location: LocationID) -> Bool {
    guard let copy = copies[location], copy.version != nil, applying[location] == nil else {
      return false
    }
    return !copy.isDamaged && copy.name == head.content
  }
}
