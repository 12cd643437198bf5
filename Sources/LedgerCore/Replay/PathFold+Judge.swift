/// A head with all the versions that hold its bytes.
struct JudgedHead {
  let content: ContentIdentity.Key
  let versions: [EventID]
  let locations: [LocationID]
  let file: FileFact
}

/// How the deletions stand to the copies, as far as a view goes.
struct Judgement {
  struct Encounter {
    let deletion: EventID
    let location: LocationID
    let meeting: Meeting
    let applies: Bool
    let isSettled: Bool
  }

  let copies: [LocationID: Copy]
  let encounters: [Encounter]
  let heads: [JudgedHead]
  let applying: [LocationID: EventID]
}

extension PathFold {
  /// What stands for and against a deletion.
  struct Verdict {
    let decision: Decision
    let decidedBy: EventID?
    let approvals: [HistoryEvent]
    /// Whether decisions to keep and to delete stand that have not seen each other.
    let isOpposed: Bool
  }

  /// What was decided on a deletion. A decision that had seen another stands over it; of those that
  /// have not seen each other the one that keeps wins.
  func verdict(
    on removal: Removal, in view: View, ignoringResolutions: Bool = false
  ) -> Verdict {
    let id = removal.event.id
    var candidates: [(event: HistoryEvent, decision: Decision)] = []
    for event in decisions where view.contains(event.id) {
      switch event.event.fact {
      case .approved(let targets) where targets.contains(id): candidates.append((event, .approved))
      case .rejected(let targets) where targets.contains(id): candidates.append((event, .rejected))
      default: break
      }
    }
    for event in enders where view.contains(event.id) && event.itselfHadSeen(id) {
      candidates.append((event, .over))
    }
    // To keep what a deletion covers is to reject it, unless its writer had heard of that: of keep and
    // delete that have not seen each other the one that keeps wins.
    if !ignoringResolutions { candidates += keepers(of: removal, in: view) }
    if removal.isResolution {
      candidates.append((removal.event, .approved))
      for other in resolutions
      where !other.keepsNothing && view.contains(other.event.id)
        && !removal.event.hadSeen(other.event.id)
      {
        candidates.append((other.event, .rejected))
      }
    }
    let standing = candidates.filter { one in
      !candidates.contains { $0.event.itselfHadSeen(one.event.id) }
    }
    let order: [Decision] = [.rejected, .over, .approved]
    let isOpposed =
      standing.contains { $0.decision == .approved }
      && standing.contains { $0.decision != .approved }
    for decision in order {
      let those = standing.filter { $0.decision == decision }.map(\.event)
      if let last = those.max(by: HistoryEvent.isBefore) {
        return Verdict(
          decision: decision, decidedBy: last.id, approvals: decision == .approved ? those : [],
          isOpposed: isOpposed)
      }
    }
    return Verdict(decision: .pending, decidedBy: nil, approvals: [], isOpposed: false)
  }

  private func keepers(
    of removal: Removal, in view: View
  ) -> [(event: HistoryEvent, decision: Decision)] {
    guard !removal.isResolution else { return [] }
    return resolutions.filter { one in
      guard !one.keepsNothing, view.contains(one.event.id),
        !removal.event.hadSeen(one.event.id),
        one.kept.contains(where: { contents[$0].map(removal.coveredKeys.contains) ?? false })
      else { return false }
      let isUndone = resolutions.contains {
        $0.keepsNothing && view.contains($0.event.id) && $0.event.hadSeen(one.event.id)
      }
      return !isUndone
    }.map { ($0.event, .rejected) }
  }

  /// Whether a deletion may apply at all, whatever copy it meets.
  func isInForce(_ removal: Removal, _ verdict: Verdict) -> Bool {
    switch verdict.decision {
    case .approved: true
    case .pending: !removal.isOfOlder && !removal.asks
    case .rejected, .over: false
    }
  }

  /// How a deletion and a present copy stand to each other: the table of `semantics.md`.
  func meeting(of removal: Removal, with copy: Copy, at location: LocationID) -> Meeting {
    guard let event = event(copy.since), let version = copy.version else { return .newLife }
    let name = context.identity.key(copy.file.content)
    let covers = removal.covered.contains(version) || removal.coveredKeys.contains(name)
    if removal.event.hadSeen(event.id) { return covers ? .observed : .otherHead }
    if event.itselfHadSeen(removal.event.id) {
      guard covers else { return .newLife }
      // What the program itself renamed to here is no copy script's doing: two opposite renames
      // would answer each other for ever.
      return .reappeared(isEcho: !isCarriedOut(event) && wasHeldElsewhere(name, before: event))
    }
    guard covers else { return .editedAfterDeletion }
    let isArrival = version != event.id && removal.event.hadSeen(version)
    return isArrival ? .lateArrival : .unseen
  }

  private func isCarriedOut(_ event: HistoryEvent) -> Bool {
    if case .renamed = event.event.fact { event.event.cause != nil } else { false }
  }

  private func wasHeldElsewhere(_ name: ContentIdentity.Key, before event: HistoryEvent) -> Bool {
    let view = View.since(event)
    return locations.contains { other in
      guard other != event.id.location, !context.isRetired(other),
        let copy = copy(at: other, in: view), copy.version != nil, !copy.isDamaged
      else { return false }
      return context.identity.key(copy.file.content) == name
    }
  }

  // After three rounds of an echo a person is asked instead.
  private func hasEchoedTooOften(_ removal: Removal, at location: LocationID, in view: View) -> Bool
  {
    let rounds = events.filter { event in
      guard event.id.location == location, view.contains(event.id),
        case .deleted = event.event.fact, event.event.cause == removal.event.id,
        let before = copy(at: location, in: .seen(by: event)), before.version != nil,
        let since = self.event(before.since)
      else { return false }
      return since.itselfHadSeen(removal.event.id)
    }
    return rounds.count >= 3
  }

  private func applies(
    _ removal: Removal, _ verdict: Verdict, _ meeting: Meeting, to copy: Copy,
    at location: LocationID, in view: View
  ) -> Bool {
    guard isInForce(removal, verdict) else { return false }
    let isApproved = verdict.approvals.contains { $0.hadSeen(copy.since) }
    let isApplied = context.settings.ledger.appliesLateArrivals
    switch meeting {
    case .observed: return true
    case .lateArrival: return isApplied || isApproved
    case .unseen: return isApproved
    case .reappeared(let isEcho):
      return isApproved
        || (isEcho && isApplied && !hasEchoedTooOften(removal, at: location, in: view))
    case .otherHead, .editedAfterDeletion, .newLife: return false
    }
  }

  /// Judges every copy against every deletion, as far as `view` goes.
  ///
  /// - Parameter ignoringResolutions: leaves out the deletions that a decision to keep none made.
  func judgement(in view: View, ignoringResolutions: Bool = false) -> Judgement {
    var copies: [LocationID: Copy] = [:]
    for location in locations where !context.isRetired(location) {
      copies[location] = copy(at: location, in: view)
    }
    var encounters: [Judgement.Encounter] = []
    var applying: [LocationID: (EventID, Int)] = [:]
    for removal in removals
    where view.contains(removal.event.id) && !(ignoringResolutions && removal.isResolution) {
      let verdict = verdict(
        on: removal, in: view, ignoringResolutions: ignoringResolutions)
      for location in copies.keys.sorted() {
        guard let copy = copies[location], copy.version != nil else { continue }
        let meeting = meeting(of: removal, with: copy, at: location)
        let applies = applies(removal, verdict, meeting, to: copy, at: location, in: view)
        let isSettled = resolutions.contains {
          view.contains($0.event.id) && $0.event.hadSeen(removal.event.id)
            && $0.event.hadSeen(copy.since)
        }
        encounters.append(
          Judgement.Encounter(
            deletion: removal.event.id, location: location, meeting: meeting, applies: applies,
            isSettled: isSettled))
        if applies, isBetter(removal, verdict, than: applying[location]?.1) {
          applying[location] = (removal.event.id, rank(removal, verdict))
        }
      }
    }
    let heads = heads(among: copies.filter { applying[$0.key] == nil }, in: view)
    return Judgement(
      copies: copies, encounters: encounters, heads: heads,
      applying: applying.mapValues(\.0))
  }

  // Of several deletions an approved one goes first, then one that needs no approval by name, and of
  // those a rename, as it keeps the file.
  private func rank(_ removal: Removal, _ verdict: Verdict) -> Int {
    if verdict.decision == .approved { return 3 }
    if hold(removal) != nil { return 0 }
    return removal.replacedBy == nil ? 1 : 2
  }

  private func isBetter(_ removal: Removal, _ verdict: Verdict, than rank: Int?) -> Bool {
    rank.map { self.rank(removal, verdict) >= $0 } ?? true
  }

  private func heads(among copies: [LocationID: Copy], in view: View) -> [JudgedHead] {
    let whole = copies.filter { $0.value.version != nil && !$0.value.isDamaged }
    let versions = Set(whole.values.compactMap(\.version))
    let ages = graph(in: view)
    var found: [ContentIdentity.Key: (versions: Set<EventID>, locations: [LocationID])] = [:]
    for location in whole.keys.sorted() {
      guard let version = whole[location]?.version, let name = contents[version],
        !versions.contains(where: { ages.isOlder(version, than: $0) })
      else { continue }
      found[name, default: ([], [])].versions.insert(version)
      found[name]?.locations.append(location)
    }
    return found.keys.sorted().compactMap { name in
      guard let head = found[name], let file = whole[head.locations[0]]?.file else { return nil }
      return JudgedHead(
        content: name, versions: head.versions.sorted(), locations: head.locations, file: file)
    }
  }
}
