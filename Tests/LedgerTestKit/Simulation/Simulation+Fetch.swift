import LedgerCore

extension Simulation {
  /// The first place that can be reached and has the very bytes gives them; another one's disk may have
  /// changed since anybody heard of it.
  mutating func fetch(
    _ path: LibraryPath, _ content: Content, _ cause: EventID, _ from: [LocationID], at index: Int,
    _ facts: inout [CausedFact]
  ) {
    guard places[index].disk.files[path] == nil else { return violate("fetches over \(path)") }
    checkFetched(path, content, at: index)
    let source = from.first { id in
      places.contains {
        $0.id == id && !$0.isUnmounted && $0.disk.files[path]?.content == content
      }
    }
    guard source != nil else { return count("fetches without a source") }
    places[index].write(content, at: path)
    let file = FileFact(
      path: path, media: MediaType.of(path), content: content,
      modified: FileTime(seconds: 0, nanoseconds: 0))
    facts.append(CausedFact(.added(file), cause: cause))
    count("fetches")
    note("\(places[index].id) fetches \(path)")
  }

  /// A naive check, apart from replay: these bytes were not pruned here, somebody has them by what the
  /// clone tells, and no removal that had seen all of their copies stands unopposed.
  private mutating func checkFetched(_ path: LibraryPath, _ content: Content, at index: Int) {
    let id = places[index].id
    let entries = entries(index).filter { entry in
      entry.event.fact.paths.contains(path) || entry.event.fact.file == nil
    }
    func puts(_ entry: HistoryEvent) -> Bool {
      switch entry.event.fact {
      case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
        file.path == path && file.content == content
      default: false
      }
    }
    let own = entries.last { $0.id.location == id && $0.event.fact.paths.contains(path) }
    if case .pruned = own?.event.fact { violate("\(id) fetches \(path), which it pruned") }
    let isHeld = Set(entries.map(\.id.location)).contains { other in
      let last = entries.filter {
        $0.id.location == other && $0.event.fact.file != nil && $0.event.fact.paths.contains(path)
      }.max { $0.id < $1.id }
      return other != id && last.map(puts) ?? false
    }
    if !isHeld { violate("\(id) fetches \(path), which nobody has") }
    for removal in entries where removes(removal, path, content) {
      let isSaved = entries.contains { entry in
        switch entry.event.fact {
        case .rejected(let targets): targets.contains(removal.id)
        case .resolved(let at, let keep): at == path && keep != nil
        case .restored, .renamed: entry.event.cause == nil && puts(entry)
        default: false
        }
      }
      if !isSaved, entries.allSatisfy({ !puts($0) || removal.hadSeen($0.id) }) {
        violate("\(id) fetches \(path), which \(removal.id) deleted")
      }
    }
  }

  private func removes(
    _ entry: HistoryEvent, _ path: LibraryPath, _ content: Content
  ) -> Bool {
    guard entry.event.cause == nil else { return false }
    switch entry.event.fact {
    case .deleted(let file, _): return file.path == path && file.content == content
    case .renamed(let file, let from):
      return from == path && file.path != path && file.content == content
    default: return false
    }
  }

  // The names that renames want which wait here for a person, along chains.
  private func awaited(at location: LocationID, _ state: LibraryState) -> Set<LibraryPath> {
    var found: Set<LibraryPath> = []
    var next = state.paths.values.compactMap { $0.deletion(applyingAt: location)?.replacedBy }
    while let path = next.popLast() {
      guard found.insert(path).inserted else { continue }
      next += state.paths[path]?.deletions.values.compactMap(\.replacedBy) ?? []
    }
    return found
  }

  /// At rest a place that fetches lacks nothing that a place has from which it does.
  mutating func checkFetchedAtRest(_ state: LibraryState) {
    for place in places where !place.isRetired {
      let settings = state.settings[place.id]
      let awaited = awaited(at: place.id, state)
      for path in state.sortedPaths where place.disk.files[path] == nil {
        guard !awaited.contains(path), let entry = state.paths[path], entry.copies[place.id] == nil,
          entry.deletions.isEmpty, entry.conflicts.isEmpty, entry.heads.count == 1,
          settings.keeps.contains(entry.media),
          let source = settings.fetchFrom.first(where: { entry.copies[$0]?.version != nil }),
          places.contains(where: {
            $0.id == source && $0.disk.files[path]?.content == entry.heads[0].file.content
          })
        else { continue }
        violate("\(place.id) lacks \(path), which \(source) has")
      }
    }
  }
}
