/// The events of one path and the decisions that may be about it.
package struct PathHistory: Sendable {
  /// The path.
  package let path: LibraryPath
  /// The events that name it, in any order.
  package var events: [HistoryEvent]
  /// The `approved` and `rejected` events that may name its deletions, in any order.
  package var decisions: [HistoryEvent]

  /// A history.
  package init(path: LibraryPath, events: [HistoryEvent], decisions: [HistoryEvent]) {
    self.path = path
    self.events = events
    self.decisions = decisions
  }

  /// What stands at the path, or nil where no known event about a file named it.
  package func state(in context: ReplayContext) -> PathState? {
    onlyPut.map { PathState(of: $0, at: path, in: context) }
      ?? PathFold(path: path, events: events, decisions: decisions, context: context).state()
  }
}

/// The events that count, sorted by what they are about.
package struct History: Sendable {
  /// The events of each path; decisions are attached by `decisions(on:)`.
  package private(set) var paths: [LibraryPath: [HistoryEvent]] = [:]
  /// The `declared` and `configured` events.
  package private(set) var settings: [HistoryEvent] = []
  /// The contents that have several digests.
  package private(set) var joined: Set<Content> = []
  /// The `approved` and `rejected` events by the deletions that they name.
  package private(set) var decisions: [EventID: [HistoryEvent]] = [:]
  /// A problem for each event of an unknown type.
  package private(set) var problems: [Problem] = []

  /// No event.
  package init() {}

  /// Sorts in the events of a batch.
  package mutating func add(_ batch: Batch) {
    for event in batch.events { add(HistoryEvent(event: event, header: batch.header)) }
  }

  /// Sorts in one event.
  package mutating func add(_ entry: HistoryEvent) {
    if let path = entry.event.fact.path { paths[path, default: []].append(entry) }
    for path in entry.event.fact.otherPaths { paths[path, default: []].append(entry) }
    switch entry.event.fact {
    case .declared, .configured: settings.append(entry)
    case .identified(let content): join(content)
    case .approved(let targets), .rejected(let targets):
      for target in Set(targets) { decisions[target, default: []].append(entry) }
    case .unknown(let type, _):
      problems.append(
        Problem(
          kind: .unknownType, subject: entry.id.description,
          detail: "an event of the type \(type), which this version doesn't know; update ledger"))
    default: if let file = entry.event.fact.file { join(file.content) }
    }
  }

  private mutating func join(_ content: Content) {
    if !content.also.isEmpty { joined.insert(content) }
  }

  /// The history of one path.
  package func history(of path: LibraryPath) -> PathHistory {
    history(of: path, paths[path] ?? [])
  }

  /// The history of a path that these events name.
  fileprivate func history(of path: LibraryPath, _ events: [HistoryEvent]) -> PathHistory {
    guard !decisions.isEmpty else { return PathHistory(path: path, events: events, decisions: []) }
    let decided = events.flatMap { decisions[$0.id] ?? [] }
    return PathHistory(path: path, events: events, decisions: Array(Set(decided)))
  }
}

/// Replays a set of batches into a state: a pure function of the set, whatever order it comes in.
///
/// Total: any batch in any state gives a state and perhaps problems.
package func replay(_ batches: [StoredBatch]) -> LibraryState {
  var admission = Admission()
  var history = History()
  for batch in admission.admit(batches) { history.add(batch) }
  return replay(history, admission)
}

/// Folds a history path by path.
package func replay(_ history: History, _ admission: Admission) -> LibraryState {
  let (settings, problems) = Settings.replay(history.settings)
  let context = ReplayContext(
    settings: settings, identity: ContentIdentity(history.joined),
    locations: Array(admission.streams.keys),
    voidStreams: Set(admission.streams.filter(\.value.hasVoid).keys))
  var paths: [LibraryPath: PathState] = [:]
  paths.reserveCapacity(history.paths.count)
  for (path, events) in history.paths {
    paths[path] = history.history(of: path, events).state(in: context)
  }
  return LibraryState(
    paths: paths, context: context, numbers: admission.numbers,
    latestInstant: admission.latestInstant,
    problems: (admission.problems + admission.waitingProblems + history.problems + problems)
      .sorted())
}

extension PathHistory {
  /// The latest event, in replay order, that put these bytes at this path: what `added` and
  /// `changed` name as their cause.
  package func latestPut(of content: Content, in identity: ContentIdentity) -> Put? {
    let puts = events.filter { entry in
      switch entry.event.fact {
      case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
        file.path == path && identity.areSame(file.content, content)
      default: false
      }
    }
    guard let last = puts.max(by: HistoryEvent.isBefore) else { return nil }
    if case .renamed(_, let from) = last.event.fact {
      return Put(id: last.id, from: from, cause: last.event.cause)
    }
    return Put(id: last.id, from: nil, cause: nil)
  }
}
