import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerStorage
import LedgerWorkflows

/// A path's history in plain words, and what happens next.
struct Story {
  let state: PathState
  let events: [HistoryEvent]
  let here: LocationID
  let held: Set<EventID>
  let trash: [TrashEntry]
  let context: ReplayContext
  /// What the last run here found about the path.
  let noticed: [Attention]

  /// The lines, in order.
  var lines: [String] {
    ["\(Terminal.printable(state.path.bytes)) is \(verdict)", "", "What happened:"]
      + events.map { "  \(InstantText.encode($0.event.at)) \($0.id): \(sentence($0.event))" }
      + ["", "Where it is:"] + places.map { "  \($0): \(standing($0))" }
      + (next.isEmpty ? [] : ["", "What happens next:"] + next.map { "  " + $0 })
  }

  private var places: [LocationID] {
    let present = context.locations.filter { !context.settings[$0].isRetired }
    return Set(present).union(state.copyStates.keys).sorted()
  }

  private var verdict: String {
    switch state.condition {
    case .synced: return "where it should be."
    case .new: return "new: no other place has had it yet."
    case .partial: return "on its way: some place that wants it lacks it, or has an older version."
    case .deleting:
      return pendingHere.isEmpty
        ? "being deleted: a copy is still to go to the trash."
        : "to be deleted, but that waits for a person."
    case .deleted:
      let renamed = state.deletions.values.filter(\.isInForce).compactMap(\.replacedBy).min()
      return renamed.map { "now called \(Terminal.printable($0.bytes))." } ?? "deleted."
    case .lost: return "lost: it was pruned everywhere, and no place has it any more."
    case .conflict: return "in conflict: a person has to decide."
    }
  }

  private func sentence(_ event: Event) -> String {
    let place = event.id.location
    let cause = event.cause.map { ", for \($0)" } ?? ""
    switch event.fact {
    case .added:
      return event.cause.map { "a copy of what \($0) put there arrived at \(place)" }
        ?? "it turned up at \(place)"
    case .changed:
      return event.cause.map { "the change \($0) arrived at \(place)" }
        ?? "it was changed at \(place)"
    case .renamed(let file, let from):
      let who = event.cause == nil ? "a person renamed it" : "it was renamed"
      return "\(who) from \(Terminal.printable(from.bytes)) to "
        + "\(Terminal.printable(file.path.bytes)) at \(place)\(cause)"
    case .deleted(_, let asks):
      if event.cause != nil { return "it went to the trash of \(place)\(cause)" }
      return asks
        ? "it was removed at \(place), which may only propose that"
        : "a person deleted it at \(place), which has the say: it goes everywhere"
    case .pruned: return "it was removed at \(place) only, which deletes it nowhere else"
    case .restored:
      return event.cause == nil
        ? "a person brought it back at \(place)"
        : "it came back from the trash of \(place)\(cause)"
    case .damaged: return "its bytes at \(place) were found damaged"
    case .approved(let targets): return "a person approved \(list(targets)) at \(place)"
    case .rejected(let targets): return "a person rejected \(list(targets)) at \(place)"
    case .resolved(_, let keep):
      return "a person decided at \(place) to keep \(keep.map(\.description) ?? "none")"
    default: return Text.event(event)
    }
  }

  private func list(_ ids: [EventID]) -> String {
    let own = ids.filter { state.deletions[$0] != nil }
    return own.map(\.description).joined(separator: ", ")
  }

  private func standing(_ location: LocationID) -> String {
    let copy = state.copies[location]
    let since = copy.map { ", since \($0.since)" } ?? ""
    switch state.copyStates[location] ?? .absent {
    case .present: return (copy?.isDamaged == true ? "has it, but damaged" : "has it") + since
    case .behind: return "has an older version\(since)"
    case .diverged: return "has other bytes than another place\(since)"
    case .pruned:
      return state.condition == .lost
        ? "removed it there only\(since)" : "removed it there only, which is in order\(since)"
    case .removed: return "removed it\(since)"
    case .absent:
      return context.settings[location].keeps.contains(state.media)
        ? "never had it"
        : "never had it, and keeps no \(state.media.rawValue) files"
    }
  }
}

extension Story {
  // The deletions that apply to a copy and wait for a person, as far as this place knows.
  private var pendingHere: [Deletion] {
    Set(state.applying.values).compactMap { state.deletions[$0] }.filter(isHeld)
      .sorted { $0.id < $1.id }
  }

  private func isHeld(_ deletion: Deletion) -> Bool {
    if deletion.decision == .approved { return false }
    let asksAlways = context.settings.ledger.deletions == .always && deletion.replacedBy == nil
    return deletion.hold != nil || held.contains(deletion.id) || asksAlways
  }

  private func decide(_ deletion: Deletion) -> String {
    let why =
      deletion.hold.map { Text.pending(.held($0)) }
      ?? Text.pending(.heldBefore, policy: context.settings.ledger.deletions)
    return "\(deletion.id) waits for a person (\(why)): ledger approve \(deletion.id), or "
      + "ledger reject \(deletion.id)."
  }

  private var next: [String] {
    var lines = (pendingHere + state.proposals).map(decide)
    for (location, id) in state.applying.sorted(by: { $0.key < $1.key }) {
      guard let deletion = state.deletions[id], !isHeld(deletion) else { continue }
      if let to = deletion.replacedBy {
        lines.append(
          "The next sync at \(location) renames it to \(Terminal.printable(to.bytes)), for \(id).")
      } else {
        lines.append("The next sync at \(location) moves it to the trash there, for \(id).")
      }
    }
    lines += puttingBack + noticed.map { $0.detail + "." }
    if state.condition == .lost {
      lines.append("If a backup has it, copy it from there to any place, and sync there.")
    }
    lines += state.attention.map { $0.detail + "." }
    if state.condition == .partial || state.condition == .new {
      let lacking = state.wanting(in: context).filter { state.applying[$0] == nil }
      let holders = state.heads.flatMap { head in
        state.copies.filter { $0.value.version != nil && $0.value.name == head.content }.keys
      }
      if !lacking.isEmpty, !holders.isEmpty {
        lines.append(
          "\(names(lacking)) should have it: copy it from \(names(Set(holders).sorted())).")
      }
    }
    if let entry = trash.last {
      lines.append(
        "The trash here has it, for \(entry.deletion): "
          + "ledger restore \(ShellWord.quote(state.path.bytes)).")
    }
    return lines
  }

  // Deletions that are over, where they were carried out and nothing came back yet.
  private var puttingBack: [String] {
    state.copies.sorted { $0.key < $1.key }.compactMap { location, copy in
      guard case .removed(let by) = copy.standing, by != copy.since,
        let deletion = state.deletions[by],
        deletion.decision == .rejected || deletion.decision == .over
      else { return nil }
      return "The next sync at \(location) puts it back from its trash, as \(by) is over."
    }
  }

  private func names(_ locations: [LocationID]) -> String {
    locations.map(\.name).joined(separator: ", ")
  }
}
