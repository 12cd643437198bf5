import LedgerCache
package import LedgerCore
import LedgerGit
package import LedgerStorage

/// Destroys what has been in this location's trash for long enough.
package enum EmptyTrashWorkflow {
  /// Why an entry stays.
  package enum Reason: String, Sendable, CaseIterable {
    /// Its deletion is not recorded, is over, or may yet be rejected.
    case undecided
    /// The retention time has not passed, by the clock and by this machine's own days.
    case retention
    /// It is younger than was asked for.
    case younger
    /// No other location is known to hold its bytes, whole.
    case lastCopy = "last-copy"
    /// It made room, and fewer other locations than were wanted then have been seen to hold its bytes.
    case fewCopies = "few-copies"
  }

  /// What a person asks for.
  package struct Request: Sendable {
    /// Only what was trashed before; the retention time holds as well.
    package var before: Instant?
    /// Whether the last known copy of a content may go.
    package var takesLastCopies: Bool
    /// Whether what made room goes without waiting, as long as as many copies as were wanted then are
    /// elsewhere; nothing else goes then.
    package var takesPruned: Bool

    /// A request.
    package init(before: Instant?, takesLastCopies: Bool, takesPruned: Bool) {
      self.before = before
      self.takesLastCopies = takesLastCopies
      self.takesPruned = takesPruned
    }
  }

  /// What would go and what stays, the oldest first.
  package struct Preview: Sendable {
    /// What would go.
    package var going: [TrashEntry] = []
    /// What stays, and why.
    package var staying: [(entry: TrashEntry, reason: Reason)] = []
    /// The ledger's retention time.
    package var retentionDays: Int
  }

  /// Decides what may go. Touches no file.
  ///
  /// - Throws: `WorkflowError` where the storage is not the one that joined.
  package static func preview(_ open: OpenLocation, _ request: Request) async throws -> Preview {
    try open.catchUp()
    if let fault = try await open.storageFault() {
      throw WorkflowError(.unhealthy, "\(fault) Nothing was removed.", hint: "Mount its disk.")
    }
    let all = try open.storage.trashEntries()
    let entries = request.takesPruned ? all.filter { $0.minCopies != nil } : all
    let days = try open.observeDay(all)
    let context = try open.cache.context()
    let retention = Int64(context.settings.ledger.trashDays)
    let now = open.outside.clock.now().milliseconds / 1_000
    let isLogIncomplete = try open.cache.problems().contains { $0.kind == .waiting }
    let held =
      try request.takesLastCopies && !request.takesPruned
      ? [:] : heldElsewhere(entries, open, context)
    var preview = Preview(retentionDays: context.settings.ledger.trashDays)
    for entry in entries {
      let reason: Reason?
      if try isLogIncomplete || !isDecided(entry, open, context.identity) {
        reason = .undecided
      } else if request.takesPruned, let minCopies = entry.minCopies {
        let isYoung = request.before.map { entry.trashedAt * 1_000 >= $0.milliseconds } ?? false
        // Seen since: what was there before the pruning may have gone meanwhile.
        let seen = held[entry.content]?.seen.values.filter {
          $0.milliseconds > entry.trashedAt * 1_000
        }
        let isHeld = (seen?.count ?? 0) >= minCopies
        reason = isYoung ? .younger : isHeld ? nil : .fewCopies
      } else if days.daysSince(entry.id) < retention
        || now - entry.trashedAt < retention * 86_400
      {
        reason = .retention
      } else if let before = request.before, entry.trashedAt * 1_000 >= before.milliseconds {
        reason = .younger
      } else if !request.takesLastCopies, held[entry.content]?.all.isEmpty ?? true {
        reason = .lastCopy
      } else {
        reason = nil
      }
      if let reason { preview.staying.append((entry, reason)) } else { preview.going.append(entry) }
    }
    return preview
  }

  /// Destroys the entries of a preview, each re-checked at the last moment.
  package static func run(
    _ open: OpenLocation, _ preview: Preview
  ) async -> [(entry: TrashEntry, outcome: Outcome)] {
    var outcomes: [(entry: TrashEntry, outcome: Outcome)] = []
    for entry in preview.going { outcomes.append((entry, await open.storage.erase(entry))) }
    return outcomes
  }

  // A deletion that nobody may take back any more by saying no to what waits.
  private static func isDecided(
    _ entry: TrashEntry, _ open: OpenLocation, _ identity: ContentIdentity
  ) throws -> Bool {
    guard let state = try open.cache.state(of: entry.path) else { return false }
    if entry.minCopies != nil {
      // Others make room by what the hub knows: it must have heard of this one.
      let own = try open.repository.heads(own: open.location).heads[open.location]
      return try isRecorded(entry, state, open, identity)
        && own == open.repository.hubHead(of: open.location)
    }
    guard let deletion = state.deletions[entry.deletion], deletion.isInForce else { return false }
    if deletion.decision == .pending {
      if deletion.hold != nil || open.file.held.contains(deletion.id) { return false }
    }
    if state.conflicts.contains(where: { $0.needsDecision && $0.deletion == deletion.id }) {
      return false
    }
    return isRecorded(entry, state, open, identity)
  }

  // Else it was moved, and the run was cut short before that was recorded.
  private static func isRecorded(
    _ entry: TrashEntry, _ state: PathState, _ open: OpenLocation, _ identity: ContentIdentity
  ) -> Bool {
    guard let own = state.copies[open.location], own.version != nil else { return true }
    return own.since.number > entry.after || !identity.areSame(own.file.content, entry.content)
  }

  private struct Holders {
    var all: Set<LocationID> = []
    /// When each of those that were seen to have it lately scanned last.
    var seen: [LocationID: Instant] = [:]
  }

  // The contents that other locations hold, at any path, present and whole; and which of them have been
  // seen to lately, with nothing there that is to go.
  private static func heldElsewhere(
    _ entries: [TrashEntry], _ open: OpenLocation, _ context: ReplayContext
  ) throws -> [Content: Holders] {
    let wanted = Dictionary(
      grouping: Set(entries.map(\.content)), by: { context.identity.key($0) })
    let scans = try open.lastScans(context)
    let now = open.outside.clock.now()
    var held: [Content: Holders] = [:]
    try open.cache.paths { state in
      for (location, copy) in state.copies
      where location != open.location && copy.version != nil && !copy.isDamaged {
        guard let contents = wanted[copy.name] else { continue }
        let since = try open.cache.event(copy.since)?.event.at
        let isSeen =
          copy.name.isStrong && state.applying.isEmpty && state.proposals.isEmpty
          && !context.voidStreams.contains(location)
          && wasSeen(since: since, scanned: scans[location], within: PruneRule(), now: now)
        for content in contents {
          held[content, default: Holders()].all.insert(location)
          if isSeen, let scanned = scans[location] {
            held[content, default: Holders()].seen[location] = scanned
          }
        }
      }
    }
    return held
  }
}
