extension PathFold {
  /// What stands now, or nil where no event of a known type about a file named the path.
  func state() -> PathState? {
    let isNamed = events.contains { $0.event.fact.file != nil }
    guard isNamed else { return nil }
    let judged = judgement(in: .everything)
    let deletions = deletions()
    let conflicts = conflicts(judged, deletions)
    let media = judged.heads.first?.file.media ?? lastFile?.media ?? removals.last?.file.media
    return PathState(
      path: path,
      condition: condition(judged, deletions, conflicts),
      media: media ?? .other,
      heads: judged.heads.map { Head(version: $0.versions[0], content: $0.content, file: $0.file) },
      deletions: deletions,
      copies: judged.copies.mapValues { settled($0, deletions) },
      copyStates: copyStates(judged, deletions),
      applying: judged.applying,
      conflicts: conflicts)
  }

  private func deletions() -> [EventID: Deletion] {
    var deletions: [EventID: Deletion] = [:]
    for removal in removals {
      let verdict = verdict(on: removal, in: .everything)
      deletions[removal.event.id] = Deletion(
        id: removal.event.id, decision: verdict.decision, decidedBy: verdict.decidedBy,
        replacedBy: removal.replacedBy, covered: removal.covered, hold: hold(removal),
        isOpposed: verdict.isOpposed, isOfOlder: removal.isOfOlder,
        isStrong: removal.coveredKeys.allSatisfy(\.isStrong), file: removal.file)
    }
    return deletions
  }

  func hold(_ removal: Removal) -> Hold? {
    let author = removal.event.id.location
    if removal.isResolution { return nil }
    if removal.asks { return .asks }
    if context.voidStreams.contains(author) { return .voidStream }
    if hasUnknownEvents { return .unknownEvent }
    if context.isRetired(author) { return .retired }
    return context.settings[author].authoritative.contains(removal.file.media)
      ? nil : .notAuthoritative
  }

  // A rejected proposal was a prune.
  private func settled(_ copy: Copy, _ deletions: [EventID: Deletion]) -> Copy {
    guard case .removed(let by) = copy.standing, by == copy.since, let deletion = deletions[by],
      deletion.decision == .rejected, deletion.hold == .asks
    else { return copy }
    return Copy(
      standing: .pruned, since: copy.since, file: copy.file, name: copy.name, damage: nil)
  }

  private func copyStates(
    _ judged: Judgement, _ deletions: [EventID: Deletion]
  ) -> [LocationID: CopyState] {
    let ages = graph(in: .everything)
    let headVersions = judged.heads.flatMap(\.versions)
    return judged.copies.mapValues { copy in
      switch settled(copy, deletions).standing {
      case .pruned: return .pruned
      case .removed: return .removed
      case .present(let version):
        let name = contents[version]
        if let head = judged.heads.first(where: { $0.content == name }) {
          return judged.heads.count > 1 && head.content == name ? .diverged : .present
        }
        return headVersions.contains { ages.isOlder(version, than: $0) } ? .behind : .present
      }
    }
  }

  private func conflicts(
    _ judged: Judgement, _ deletions: [EventID: Deletion]
  ) -> [PathConflict] {
    var found: [PathConflict] = []
    func tell(
      _ reason: PathConflict.Reason, _ location: LocationID?, _ deletion: EventID?, asks: Bool
    ) {
      let conflict = PathConflict(
        reason: reason, location: location, deletion: deletion, needsDecision: asks)
      if !found.contains(conflict) { found.append(conflict) }
    }
    if judged.heads.count > 1 { tell(.diverged, nil, nil, asks: true) }
    // What is only proposed deletes nothing yet, of whatever version.
    for removal in removals where removal.isOfOlder && !removal.asks {
      let isSettled = resolutions.contains { $0.event.hadSeen(removal.event.id) }
      if deletions[removal.event.id]?.decision == .pending, !isSettled {
        tell(.deleteOfOlder, removal.event.id.location, removal.event.id, asks: true)
      }
    }
    for id in deletions.keys.sorted() where deletions[id]?.isOpposed == true {
      tell(.opposedDecisions, nil, id, asks: false)
    }
    let headLocations = Set(judged.heads.flatMap(\.locations))
    for encounter in judged.encounters {
      guard let deletion = deletions[encounter.deletion], deletion.isInForce, !encounter.isSettled
      else { continue }
      let isOpen = !encounter.applies && judged.applying[encounter.location] == nil
      switch encounter.meeting {
      case .unseen, .lateArrival:
        if isOpen { tell(.unseen, encounter.location, deletion.id, asks: true) }
      case .reappeared:
        tell(.reappeared, encounter.location, deletion.id, asks: isOpen)
      case .otherHead:
        if deletion.decision == .pending, headLocations.contains(encounter.location) {
          tell(.diverged, encounter.location, deletion.id, asks: true)
        }
      case .editedAfterDeletion:
        if deletion.decision == .pending, headLocations.contains(encounter.location) {
          tell(.editedAfterDelete, encounter.location, deletion.id, asks: false)
        }
      case .observed, .newLife: break
      }
    }
    for location in judged.copies.keys.sorted() where judged.copies[location]?.isDamaged == true {
      tell(.damaged, location, nil, asks: false)
    }
    return found
  }

  private func condition(
    _ judged: Judgement, _ deletions: [EventID: Deletion], _ conflicts: [PathConflict]
  ) -> PathCondition {
    if conflicts.contains(where: \.needsDecision) { return .conflict }
    if !judged.heads.isEmpty {
      // A copy with a head's bytes is never behind, whatever version it is of.
      let names = Set(judged.heads.map(\.content))
      let holders = judged.copies.filter { location, copy in
        copy.version != nil && !copy.isDamaged && judged.applying[location] == nil
          && names.contains(copy.name)
      }.keys
      // Two places may class the same bytes differently: who keeps either type should have them.
      let types = Set(
        judged.heads.flatMap(\.versions).compactMap { event($0)?.event.fact.file?.media })
      let isEverywhere = context.locations.allSatisfy { location in
        let settings = context.settings[location]
        guard !settings.isRetired, !settings.keeps.isDisjoint(with: types) else { return true }
        if holders.contains(location) { return true }
        return judged.copies[location].map { settled($0, deletions).standing == .pruned } ?? false
      }
      if isEverywhere { return .synced }
      return judged.copies.count == 1 ? .new : .partial
    }
    if !judged.applying.isEmpty { return .deleting }
    if deletions.values.contains(where: \.isInForce) { return .deleted }
    return .lost
  }
}
