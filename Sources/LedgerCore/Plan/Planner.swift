/// Goes through the paths one by one and keeps what was decided.
struct Planner {
  private struct Removal {
    let action: Action
    let deletion: Deletion
    let media: MediaType
    let byteCount: Int64
  }

  private let input: PlanInput
  private var renames: [Action] = []
  private var targets: Set<LibraryPath> = []
  private var removals: [Removal] = []
  private var putBacks: [Action] = []
  private var plan = Plan()
  private struct TrashKey: Hashable {
    let path: LibraryPath
    let deletion: EventID
  }
  private let trash: [TrashKey: [TrashedFile]]

  init(input: PlanInput) {
    self.input = input
    trash = Dictionary(
      grouping: input.trash, by: { TrashKey(path: $0.path, deletion: $0.deletion) })
  }

  mutating func consider(_ state: PathState) {
    guard let copy = state.copies[input.location] else { return }
    switch copy.standing {
    case .present:
      if let deletion = state.deletion(applyingAt: input.location) {
        carryOut(deletion, at: state.path, copy)
      } else {
        tellProposals(state, copy)
      }
    case .removed(let by): considerPuttingBack(state, by, copy)
    case .pruned: break
    }
  }

  /// Lets policy decide on the removals that nobody approved by name.
  mutating func finish() -> Plan {
    let needsApproval = needsApproval(
      removals.filter { $0.deletion.decision != .approved })
    for removal in removals {
      let reason: PendingReason? =
        if input.isLogIncomplete {
          .incompleteLog
        } else if removal.deletion.decision == .approved {
          nil
        } else if input.held.contains(removal.deletion.id) {
          .heldBefore
        } else if input.isFirstSync {
          .firstSync
        } else {
          needsApproval
        }
      if let reason {
        wait(removal.deletion, at: removal.action.path, removal.media, reason)
      } else {
        plan.actions.append(removal.action)
        if removal.deletion.decision != .approved { plan.unapproved.insert(removal.action.path) }
      }
    }
    plan.actions = renames + plan.actions + putBacks
    return plan
  }

  private func needsApproval(_ undecided: [Removal]) -> PendingReason? {
    let settings = input.context.settings
    switch settings.ledger.deletions {
    case .never: return nil
    case .always: return .policy
    case .over(let limit):
      guard undecided.count <= limit else { return .policy }
      // Many small deletions are no way around: those of a day count together.
      let bytes = undecided.reduce(0) { $0 + $1.byteCount }
      let gone =
        FileTally.Total(files: undecided.count, bytes: bytes) + input.recentlyTrashed
      let allowed = settings[input.location].guardLimit ?? settings.ledger.guardLimit
      let isTooMany =
        gone.files > limit
        && allowed.isExceeded(by: gone, of: input.present + input.recentlyTrashed)
      return isTooMany ? .guarded : nil
    }
  }

  private mutating func wait(
    _ deletion: Deletion, at path: LibraryPath, _ media: MediaType, _ reason: PendingReason
  ) {
    plan.pending.append(
      PendingDeletion(id: deletion.id, path: path, media: media, reason: reason))
  }

  private mutating func tellProposals(_ state: PathState, _ copy: Copy) {
    guard let version = copy.version else { return }
    for proposal in state.proposals where proposal.covered.contains(version) {
      wait(proposal, at: state.path, copy.file.media, .held(.asks))
    }
  }

  private mutating func carryOut(_ deletion: Deletion, at path: LibraryPath, _ copy: Copy) {
    // Other bytes than the ledger's are left alone until a scan has recorded them.
    guard let here = input.here(path), input.context.identity.areSame(here, copy.file.content)
    else { return }
    if let to = deletion.replacedBy {
      plan.awaited.formUnion([to, follow(to, from: deletion).path])
    }
    if let hold = deletion.hold, deletion.decision != .approved {
      wait(deletion, at: path, copy.file.media, .held(hold))
      return
    }
    guard isStrong(copy.file.content) else {
      wait(deletion, at: path, copy.file.media, .weakDigest)
      return
    }
    guard let to = deletion.replacedBy, !input.isLogIncomplete else {
      remove(path, copy, cause: deletion.id, for: deletion)
      return
    }
    let end = follow(to, from: deletion)
    if let last = end.deletedBy {
      if let hold = last.hold, last.decision != .approved {
        wait(last, at: path, copy.file.media, .held(hold))
      } else {
        remove(path, copy, cause: deletion.id, for: last)
      }
    } else {
      rename(path, copy, to: end.path, cause: end.rename, first: deletion)
    }
  }

  private mutating func remove(
    _ path: LibraryPath, _ copy: Copy, cause: EventID, for deletion: Deletion
  ) {
    removals.append(
      Removal(
        action: .trash(path, copy.file.content, cause: cause, copy.file.media),
        deletion: deletion, media: copy.file.media, byteCount: copy.file.content.byteCount))
  }

  private mutating func rename(
    _ path: LibraryPath, _ copy: Copy, to: LibraryPath, cause: EventID, first: Deletion
  ) {
    if input.isUnknown(to) {
      plan.blocked.append(BlockedRename(from: path, to: to, cause: cause))
    } else if let there = input.here(to) {
      if input.context.identity.areSame(there, copy.file.content) {
        // The bytes stay under their new name, so this counts as a rename.
        renames.append(.trash(path, copy.file.content, cause: first.id, copy.file.media))
      } else {
        plan.blocked.append(BlockedRename(from: path, to: to, cause: cause))
      }
    } else if targets.insert(to).inserted {
      renames.append(.rename(path, to: to, copy.file.content, cause: cause))
    } else {
      plan.blocked.append(BlockedRename(from: path, to: to, cause: cause))
    }
  }

  // A chain of renames leads straight to its last name, or to the deletion that ended it.
  private func follow(
    _ to: LibraryPath, from deletion: Deletion
  ) -> (path: LibraryPath, rename: EventID, deletedBy: Deletion?) {
    var (path, rename) = (to, deletion.id)
    var visited: Set<EventID> = [rename]
    while let state = input.state(path) {
      let later = state.deletions.values
        .filter { $0.isInForce && $0.covered.contains(rename) && !visited.contains($0.id) }
        .sorted { $0.id < $1.id }
      // A name that someone filled again with the same bytes lives on.
      let isAlive = state.heads.contains { $0.version == rename }
      guard !isAlive, let next = later.first(where: { $0.replacedBy != nil }) ?? later.first else {
        break
      }
      guard let further = next.replacedBy else { return (path, rename, next) }
      visited.insert(next.id)
      (path, rename) = (further, next.id)
    }
    return (path, rename, nil)
  }

  private mutating func considerPuttingBack(_ state: PathState, _ by: EventID, _ copy: Copy) {
    guard let deletion = state.deletions[by] else { return }
    // One deletion may have taken several files from one path: what stood there last goes first.
    let entries = trash[TrashKey(path: state.path, deletion: by)] ?? []
    let identity = input.context.identity
    let trashed =
      entries.reversed().filter { identity.areSame($0.content, copy.file.content) }
      + entries.filter { !identity.areSame($0.content, copy.file.content) }
    if isEnded(deletion) {
      putBack(trashed, to: state, ended: deletion)
    } else if let to = deletion.replacedBy,
      let end = follow(ended: to, from: deletion),
      let target = input.state(end.path), target.copies[input.location] == nil
    {
      putBack(trashed, to: target, ended: end.deletion)
    }
  }

  private func isEnded(_ deletion: Deletion) -> Bool {
    deletion.decision == .rejected || deletion.decision == .over
  }

  // The deletion at the end of a chain of renames, if that one is over.
  private func follow(
    ended to: LibraryPath, from deletion: Deletion
  ) -> (path: LibraryPath, deletion: Deletion)? {
    var (path, rename) = (to, deletion.id)
    var visited: Set<EventID> = [rename]
    while let state = input.state(path) {
      let later = state.deletions.values
        .filter { $0.covered.contains(rename) && !visited.contains($0.id) }
        .sorted { $0.id < $1.id }
      if let next = later.first(where: { $0.replacedBy != nil && $0.isInForce }),
        let further = next.replacedBy
      {
        visited.insert(next.id)
        (path, rename) = (further, next.id)
      } else {
        let plain = later.filter { $0.replacedBy == nil }
        guard plain.allSatisfy(isEnded), let last = plain.last else { return nil }
        return (path, last)
      }
    }
    return nil
  }

  private mutating func putBack(
    _ trashed: [TrashedFile], to state: PathState, ended deletion: Deletion
  ) {
    guard let cause = deletion.decidedBy, input.here(state.path) == nil,
      !input.isUnknown(state.path),
      let entry = trashed.first(where: { isWanted($0.content, at: state) }),
      targets.insert(state.path).inserted
    else { return }
    putBacks.append(
      .putBack(
        state.path, entry.content, trashed: entry.path, deletion: entry.deletion, cause: cause))
  }

  private func isWanted(_ content: Content, at state: PathState) -> Bool {
    let identity = input.context.identity
    let isCoveredAgain = state.deletions.values.contains { other in
      other.isInForce && identity.areSame(other.file.content, content)
    }
    guard !isCoveredAgain else { return false }
    return state.heads.isEmpty || state.heads.contains { $0.content == identity.key(content) }
  }

  private func isStrong(_ content: Content) -> Bool {
    input.context.identity.key(content).isStrong
  }
}
