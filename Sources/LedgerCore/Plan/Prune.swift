/// Why a file is not pruned.
package enum PruneReason: Hashable, Sendable {
  /// Batches that are here wait for events that are not.
  case incompleteLog
  /// Its bytes here are damaged: the other copies are needed to heal it.
  case damaged
  /// A deletion applies to a copy of it, or is proposed.
  case deletion
  /// A person should decide on it first.
  case conflict
  /// A newer version of ledger wrote about it.
  case unknownEvent
  /// A newer version is elsewhere.
  case behind
  /// Its content is not known by sha256.
  case weakDigest
  /// Too few other locations were seen to hold it: those that were, and those that hold it as far as is
  /// known and were not seen to within the time asked for.
  case fewCopies(seen: [LocationID], unseen: [LocationID])
  /// It has not stood here for long enough.
  case young
  /// It belongs to this photo or video, which stays.
  case belongsTo(LibraryPath)
  /// This companion of it has to stay.
  case companion(LibraryPath)
  /// Another name of the disk has the same file: to remove one frees nothing.
  case linked
  /// Enough is free without it.
  case enough
}

/// A file that makes room here.
package struct PruneStep: Hashable, Sendable {
  /// The file.
  package let path: LibraryPath
  /// Its bytes.
  package let content: Content
  /// Its type.
  package let media: MediaType
  /// The other locations that were seen to hold it, in order.
  package let holders: [LocationID]
  /// How many bytes it frees once the trash is emptied: none where it has a further name.
  package let freedBytes: Int64
}

/// A file that stays, and why.
package struct PruneStay: Hashable, Sendable {
  /// The file.
  package let path: LibraryPath
  /// Why it stays.
  package let reason: PruneReason
}

/// What a location prunes, and what of what was asked for stays.
package struct PrunePlan: Hashable, Sendable {
  /// What goes: companions before the file that they belong to.
  package var steps: [PruneStep] = []
  /// What stays, in byte order.
  package var staying: [PruneStay] = []

  /// Nothing.
  package init() {}
}

/// A file of which a pruning decides.
package struct PruneFile: Sendable {
  /// What stands at its path.
  package let state: PathState
  /// The instants of the path's events.
  package let instants: [EventID: Instant]
  /// Whether an event of a type that this version doesn't know names it.
  package let hasUnknownEvents: Bool

  /// A file with what its events tell.
  package init(state: PathState, events: [HistoryEvent]) {
    self.state = state
    instants = Dictionary(events.map { ($0.id, $0.event.at) }, uniquingKeysWith: { $1 })
    hasUnknownEvents = events.contains {
      if case .unknown = $0.event.fact { true } else { false }
    }
  }
}

/// Everything that decides what a location prunes.
package struct PruneInput {
  /// The location, and what it may make room of.
  package let location: LocationID
  package let rule: PruneRule
  /// The settings and identities.
  package let context: ReplayContext
  /// The wall clock here.
  package let now: Instant
  /// When each other location last scanned to the end, as it told the hub.
  package var scanned: [LocationID: Instant] = [:]
  /// Every file that the location has, with its type.
  package var present: [(path: LibraryPath, media: MediaType)]
  /// What stands at such a path.
  package var file: (LibraryPath) -> PruneFile?
  /// Whether a person asked for a path.
  package var isNamed: (LibraryPath) -> Bool = { _ in true }
  /// Whether another name of the disk has the same file.
  package var isLinked: (LibraryPath) -> Bool = { _ in false }
  /// Whether batches wait for events that this clone has not got.
  package var isLogIncomplete = false
  /// Only until so many bytes are made free; nil: all.
  package var wantedBytes: Int64?

  /// An input without exceptions.
  package init(
    location: LocationID, rule: PruneRule, context: ReplayContext, now: Instant,
    present: [(path: LibraryPath, media: MediaType)], file: @escaping (LibraryPath) -> PruneFile?
  ) {
    (self.location, self.rule, self.context, self.now) = (location, rule, context, now)
    self.present = present
    self.file = file
  }
}

/// Decides what `input.location` prunes. Touches nothing.
///
/// A file goes only if, by what is known here, enough other locations hold the same bytes and were seen
/// to lately, and nothing about it waits for a person. A photo or video and its companions go together
/// or stay together; a companion of several goes when all of them go.
package func planPrune(_ input: PruneInput) -> PrunePlan {
  var pruner = Pruner(input)
  return pruner.plan()
}

extension PruneInput {
  /// Why a file may not go for its own sake; nil where it may.
  func reason(_ file: PruneFile) -> PruneReason? {
    guard let copy = file.state.copies[location], copy.version != nil, !isLogIncomplete else {
      return .incompleteLog
    }
    let state = file.state
    if copy.isDamaged { return .damaged }
    if !state.applying.isEmpty || !state.proposals.isEmpty { return .deletion }
    if state.conflicts.contains(where: \.needsDecision) { return .conflict }
    if file.hasUnknownEvents { return .unknownEvent }
    guard state.copyStates[location] == .present else { return .behind }
    guard copy.name.isStrong else { return .weakDigest }
    let (seen, unseen) = holders(of: copy, file)
    if seen.count < rule.minCopies { return .fewCopies(seen: seen, unseen: unseen) }
    guard rule.olderThanSeconds > 0 else { return nil }
    guard let since = file.instants[copy.since],
      since.milliseconds <= now.milliseconds - rule.olderThanSeconds * 1_000
    else { return .young }
    return nil
  }

  /// The other locations that hold a copy's bytes whole, by whether they were seen to lately.
  func holders(of copy: Copy, _ file: PruneFile) -> (seen: [LocationID], unseen: [LocationID]) {
    var (seen, unseen): ([LocationID], [LocationID]) = ([], [])
    for (other, held) in file.state.copies.sorted(by: { $0.key < $1.key }) {
      guard other != location, held.version != nil, !held.isDamaged, held.name == copy.name,
        !context.settings[other].isRetired, !context.voidStreams.contains(other)
      else { continue }
      if wasSeen(
        since: file.instants[held.since], scanned: scanned[other], within: rule, now: now)
      {
        seen.append(other)
      } else {
        unseen.append(other)
      }
    }
    return (seen, unseen)
  }
}

/// Whether a location was seen to hold a copy lately: when it recorded it, or at its last scan to the
/// end, if that came after. An instant that is more than a day ahead of this clock tells nothing of when
/// that was.
package func wasSeen(
  since: Instant?, scanned: Instant?, within rule: PruneRule, now: Instant
) -> Bool {
  guard let since else { return false }
  let latest = now.advanced(milliseconds: 86_400_000)
  let earliest = now.milliseconds - rule.seenWithinSeconds * 1_000
  let moments = [since] + (scanned.map { $0 >= since ? [$0] : [] } ?? [])
  return moments.contains { $0 <= latest && $0.milliseconds >= earliest }
}
