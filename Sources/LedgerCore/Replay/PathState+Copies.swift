extension PathState {
  /// What `PathFold` makes of a path whose events tell of copies of the same bytes alone, as of most photos
  /// that several places hold: nothing was replaced, removed or damaged. Nil for any other history.
  init?(ofCopies history: PathHistory, in context: ReplayContext) {
    // A version is looked for among them one by one.
    guard history.events.count <= 16 else { return nil }
    var added: [(event: HistoryEvent, file: FileFact)] = []
    for event in history.events.sorted(by: HistoryEvent.isBefore) {
      guard case .added(let file) = event.event.fact else { return nil }
      added.append((event, file))
    }
    guard let last = added.last?.file else { return nil }
    let name = context.identity.key(last.content)
    guard added.allSatisfy({ context.identity.key($0.file.content) == name }) else { return nil }
    var versions: [EventID] = []
    var copies: [LocationID: Copy] = [:]
    for (event, file) in added {
      let original = added.prefix(versions.count).firstIndex { $0.event.id == event.event.cause }
      let version = original.map { versions[$0] } ?? event.id
      versions.append(version)
      guard !context.isRetired(event.id.location) else { continue }
      copies[event.id.location] = Copy(
        standing: .present(version: version), since: event.id, file: file, name: name, damage: nil)
    }
    let held = Set(copies.values.compactMap(\.version))
    var heads: [Head] = []
    if let first = copies.min(by: { $0.key < $1.key })?.value, let version = held.min() {
      heads.append(Head(version: version, content: name, file: first.file))
    }
    // Two places may class the same bytes differently: who keeps either type should have them.
    let isEverywhere = added.allSatisfy { event, file in
      !held.contains(event.id) || context.isKept(file.media) { copies[$0] != nil }
    }
    self.init(
      path: history.path,
      condition: copies.isEmpty
        ? .lost : isEverywhere ? .synced : copies.count == 1 ? .new : .partial,
      media: heads.first?.file.media ?? last.media, heads: heads, deletions: [:], copies: copies,
      copyStates: copies.mapValues { _ in .present }, applying: [:], conflicts: [])
  }
}
