import LedgerCore

extension World {
  /// Law 4: what the ledger says that a location has is what its disk has.
  mutating func checkKnownIsSeen(_ index: Int) {
    let location = locations[index]
    let state = replay(location.clone)
    var present: [LibraryPath: Content] = [:]
    for (path, entry) in state.paths {
      if let copy = entry.copies[location.id], copy.version != nil {
        present[path] = copy.file.content
      }
    }
    let disk = location.disk.mapValues(\.content)
    if present != disk { violate("\(location.id): known is not seen") }
  }

  /// Law 3: replay does not depend on the order of arrival, nor on how the set is cut.
  mutating func checkOrderDoesNotMatter(_ index: Int) {
    let clone = locations[index].clone
    let shuffled = clone.shuffled(using: &generator)
    if replay(clone).paths != replay(shuffled).paths { violate("order of arrival matters") }
    var admission = Admission()
    var history = History()
    for batch in shuffled {
      for admitted in admission.admit([batch]) { history.add(admitted) }
    }
    if replay(history, admission).paths != replay(clone).paths { violate("cutting matters") }
  }

  /// A naive check, apart from replay: some writer with authority removed these bytes from this
  /// path, had them there or had heard of them there, and nobody who knew of it said otherwise.
  mutating func checkJustified(
    _ path: LibraryPath, _ content: Content, _ cause: EventID, at index: Int
  ) {
    var entries: [HistoryEvent] = []
    for stored in locations[index].clone {
      guard case .valid(let batch) = stored else { continue }
      entries += batch.events.map { HistoryEvent(event: $0, header: batch.header) }
    }
    guard let removal = entries.first(where: { $0.id == cause }) else {
      return violate("a removal without a deletion")
    }
    let isRemoval: Bool
    switch removal.event.fact {
    case .deleted(let file, let asks): isRemoval = file.path == path && !asks
    case .renamed(_, let from): isRemoval = from == path
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
    if latest.contains(where: { if case .rejected = $0.event.fact { true } else { false } }) {
      violate("\(cause) was rejected")
    }
    checkOwnCopy(removal, path, decisions, entries, at: index)
  }

  // "Unseen is safe": a copy that a person made here and that the deletion had not heard of stays.
  private mutating func checkOwnCopy(
    _ removal: HistoryEvent, _ path: LibraryPath, _ decisions: [HistoryEvent],
    _ entries: [HistoryEvent], at index: Int
  ) {
    let own = entries.last { entry in
      guard entry.id.location == locations[index].id else { return false }
      switch entry.event.fact {
      case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
        return file.path == path
      default: return false
      }
    }
    guard let own else { return violate("trashes at \(path) what was never recorded here") }
    let isApproved = decisions.contains { $0.hadSeen(own.id) }
    if own.event.cause == nil, !removal.hadSeen(own.id), !isApproved {
      violate("\(removal.id) had not heard of \(own.id), made by a person at \(path)")
    }
  }

  /// At rest all clones agree, nothing is left to do, and another sync records nothing.
  mutating func checkRest() {
    let states = locations.map { replay($0.clone) }
    for (location, state) in zip(locations, states) where state.paths != states[0].paths {
      violate("\(location.id) disagrees at rest")
    }
    for path in states[0].sortedPaths {
      guard let entry = states[0].paths[path], entry.condition == .deleting else { continue }
      let isHeld = locations.contains { location in
        entry.deletion(applyingAt: location.id).map { location.held.contains($0.id) } ?? false
      }
      let isBlocked = entry.applying.values.contains { entry.deletions[$0]?.replacedBy != nil }
      if !isHeld && !isBlocked { violate("\(path) is to go and nothing holds it") }
    }
    let counts = locations.map(\.clone.count)
    for index in locations.indices { sync(index, pushes: true, fetches: true) }
    if locations.map(\.clone.count) != counts { violate("a quiet sync records something") }
  }
}
