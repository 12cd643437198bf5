import LedgerCore

extension Simulation {
  /// A location makes room, as `ledger prune` does, of what enough others hold.
  mutating func prune(_ index: Int) throws(Crash) {
    guard hasPruning, generator.chance(30) else { return }
    let place = places[index]
    let state = places[index].memory.replica.state()
    var rule = PruneRule()
    rule.minCopies = Int.random(in: 1...2, using: &generator)
    if generator.chance(50) { rule.media = [.photo] }
    let present = state.sortedPaths.compactMap { path -> (LibraryPath, MediaType)? in
      guard let copy = state.paths[path]?.copies[place.id], copy.version != nil else { return nil }
      return (path, copy.file.media)
    }
    var input = PruneInput(
      location: place.id, rule: rule, context: state.context,
      // Clocks are years apart here: by its own, hardly a place would ever prune.
      now: state.latestInstant ?? Instant(milliseconds: 0), present: present,
      file: { path in
        state.paths[path].map {
          PruneFile(state: $0, events: place.memory.replica.events(naming: path))
        }
      })
    input.isLogIncomplete = place.memory.replica.isWaiting
    if generator.chance(30) { input.wantedBytes = 5 }
    let last = state.numbers[place.id]
    var facts: [CausedFact] = []
    for step in planPrune(input).steps {
      try effect()
      // As at the last moment: other bytes than the ledger's are left alone.
      guard places[index].disk.files[step.path]?.content == step.content else { continue }
      checkPruned(step, state, rule, at: index)
      places[index].disk.files[step.path] = nil
      let next = EventID(location: place.id, number: last + Int64(facts.count) + 1)
      var entry = TrashedFile(path: step.path, content: step.content, deletion: next, after: last)
      entry.isPruned = true
      places[index].disk.trash.append(entry)
      facts.append(
        CausedFact(.pruned(FileFact(path: step.path, media: step.media, content: step.content))))
      count("prunes")
      note("\(place.id) prunes \(step.path)")
    }
    try effect()
    try record(facts, at: index)
    remember(index, only: nil)
  }

  // Apart from the plan: by the last word of each other place, so many have these bytes there and whole,
  // and no deletion is on its way to any of them.
  private mutating func checkPruned(
    _ step: PruneStep, _ state: LibraryState, _ rule: PruneRule, at index: Int
  ) {
    let events = places[index].memory.replica.events(naming: step.path)
    let others = Set(events.map(\.id.location)).subtracting([places[index].id])
    let holders = others.filter { other in
      let last = events.filter { $0.id.location == other && $0.event.fact.file != nil }
        .max { $0.id.number < $1.id.number }
      switch last?.event.fact {
      case .added(let file), .changed(let file, _), .renamed(let file, _), .restored(let file):
        return file.path == step.path && file.content == step.content
          && !state.settings[other].isRetired
      default: return false
      }
    }
    if holders.count < rule.minCopies { violate("\(step.path) is pruned and few others have it") }
    guard let path = state.paths[step.path] else { return }
    if !path.applying.isEmpty { violate("\(step.path) is pruned while a deletion applies") }
    if path.condition == .conflict {
      violate("\(step.path) is pruned while a person has to decide")
    }
  }
}
