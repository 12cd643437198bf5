import LedgerCore

extension Simulation {
  func entries(_ index: Int) -> [HistoryEvent] {
    places[index].memory.replica.batches.flatMap { stored -> [HistoryEvent] in
      guard case .valid(let batch) = stored else { return [] }
      return batch.events.map { HistoryEvent(event: $0, header: batch.header) }
    }
  }

  /// A naive check, apart from replay: some writer removed these bytes from this path, had them
  /// there or had heard of them there, nobody who knew of it said otherwise, and the writer has the
  /// say or a person approved.
  mutating func checkJustified(
    _ path: LibraryPath, _ content: Content, _ cause: EventID, at index: Int
  ) {
    let entries = entries(index)
    guard let removal = entries.first(where: { $0.id == cause }) else {
      return violate("a removal without a deletion")
    }
    var asked = false
    let isRemoval: Bool
    switch removal.event.fact {
    case .deleted(let file, let asks): (isRemoval, asked) = (file.path == path, asks)
    case .renamed(_, let from): isRemoval = from == path
    case .resolved(let at, let keep): isRemoval = at == path && keep == nil
    default: isRemoval = false
    }
    guard isRemoval, removal.event.cause == nil else {
      return violate("\(cause) removes nothing at \(path)")
    }
    let hadBytes = entries.contains { entry in
      guard removal.hadSeen(entry.id), let file = entry.event.fact.file else { return false }
      return file.path == path && file.content == content
    }
    if !hadBytes { violate("\(cause) had never seen the bytes that go at \(path)") }
    let decisions = entries.filter {
      switch $0.event.fact {
      case .rejected(let targets), .approved(let targets): targets.contains(cause)
      default: false
      }
    }
    let latest = decisions.filter { one in !decisions.contains { $0.hadSeen(one.id) } }
    if latest.contains(where: { $0.event.fact.type == "rejected" }) {
      violate("\(cause) was rejected")
    }
    let isApproved = latest.contains { $0.event.fact.type == "approved" }
    if asked && !isApproved { violate("\(cause) was only proposed") }
    checkCovered(removal, path, content, entries)
    checkAuthority(removal, isApproved: isApproved, at: index)
    checkOwnCopy(removal, path, decisions, entries, at: index)
    checkRestored(removal, path, content, entries)
    checkReappeared(removal, path, content, decisions, entries, at: index)
  }

  // What goes is what was deleted, or what somebody had replaced before.
  private mutating func checkCovered(
    _ removal: HistoryEvent, _ path: LibraryPath, _ content: Content, _ entries: [HistoryEvent]
  ) {
    if removal.event.fact.file?.content == content { return }
    let isOlder = entries.contains { entry in
      guard removal.hadSeen(entry.id) else { return false }
      switch entry.event.fact {
      case .changed(let file, let previous): return file.path == path && previous == content.digest
      case .restored(let file): return file.path == path
      case .resolved(let at, _): return at == path
      default: return false
      }
    }
    if case .resolved = removal.event.fact { return }
    if !isOlder { violate("\(removal.id) did not delete the bytes that go at \(path)") }
  }

  private mutating func checkAuthority(_ removal: HistoryEvent, isApproved: Bool, at index: Int) {
    guard !isApproved, let file = removal.event.fact.file else { return }
    let settings = places[index].memory.replica.state().settings[removal.id.location]
    if !settings.authoritative.contains(file.media) || settings.isRetired {
      violate("\(removal.id) removes a \(file.media.rawValue) without the say and unapproved")
    }
  }

  // "Unseen is safe": a copy that a person made here and that the deletion had not heard of stays.
  private mutating func checkOwnCopy(
    _ removal: HistoryEvent, _ path: LibraryPath, _ decisions: [HistoryEvent],
    _ entries: [HistoryEvent], at index: Int
  ) {
    let own = entries.last { entry in
      guard entry.id.location == places[index].id else { return false }
      switch entry.event.fact {
      case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
        return file.path == path
      default: return false
      }
    }
    guard let own else { return violate("trashes at \(path) what was never recorded here") }
    let isApproved = decisions.contains { $0.event.fact.type == "approved" && $0.hadSeen(own.id) }
    if own.event.cause == nil, !removal.hadSeen(own.id), !isApproved {
      violate("\(removal.id) had not heard of \(own.id), made by a person at \(path)")
    }
  }

  // What a person brought back on purpose stays, until somebody who knows of it removes it again.
  private mutating func checkRestored(
    _ removal: HistoryEvent, _ path: LibraryPath, _ content: Content, _ entries: [HistoryEvent]
  ) {
    let restorations = entries.filter { entry in
      guard case .restored(let file) = entry.event.fact else { return false }
      return entry.event.cause == nil && file.path == path && entry.hadSeen(removal.id)
    }
    let isApprovedSince = entries.contains { entry in
      guard case .approved(let targets) = entry.event.fact else { return false }
      return targets.contains(removal.id)
    }
    if !restorations.isEmpty && !isApprovedSince {
      violate("\(removal.id) is over at \(path) since \(restorations[0].id)")
    }
  }

  // What came back after its deletion was known here goes only while another place was known to hold
  // it, and not more than three times; else a person decides.
  private mutating func checkReappeared(
    _ removal: HistoryEvent, _ path: LibraryPath, _ content: Content, _ decisions: [HistoryEvent],
    _ entries: [HistoryEvent], at index: Int
  ) {
    let id = places[index].id
    let own = entries.filter { $0.id.location == id && $0.event.fact.paths.contains(path) }
    func isPut(_ entry: HistoryEvent) -> Bool {
      switch entry.event.fact {
      case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
        file.path == path
      default: false
      }
    }
    func knew(_ entry: HistoryEvent) -> Bool {
      removal.id.location != id && removal.id.number <= entry.since[removal.id.location]
    }
    guard let put = own.last(where: isPut), put.event.fact.type != "restored", knew(put),
      !decisions.contains(where: { $0.event.fact.type == "approved" && $0.hadSeen(put.id) })
    else { return }
    let isElsewhere = places.contains { other in
      guard other.id != id else { return false }
      let last = entries.last { entry in
        entry.id.location == other.id && entry.id.number <= put.since[other.id]
          && entry.event.fact.file != nil && entry.event.fact.paths.contains(path)
      }
      return last.map { isPut($0) && $0.event.fact.file?.content == content } ?? false
    }
    if !isElsewhere { violate("\(removal.id) takes \(path), which came back where nobody had it") }
    let rounds = own.indices.filter { at in
      guard at > 0, case .deleted = own[at].event.fact, own[at].event.cause == removal.id
      else { return false }
      return isPut(own[at - 1]) && knew(own[at - 1])
    }
    if rounds.count >= 3 { violate("\(removal.id) takes \(path) more often than three times") }
  }
}
