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
    if events.count == 1, let state = PathState(of: events[0].event, at: path, in: context) {
      return state
    }
    return PathState(ofCopies: self, in: context)
      ?? PathFold(path: path, events: events, decisions: decisions, context: context).state()
  }
}

/// Replays a set of batches into a state: a pure function of the set, whatever order it comes in.
///
/// Total: any batch in any state gives a state and perhaps problems. It says what a replay is: the ways
/// that hold less than everything are held against it.
package func replay(_ batches: [StoredBatch]) -> LibraryState {
  var admission = Admission()
  var history = History()
  for batch in admission.admit(batches) { history.add(batch) }
  return replay(history, admission)
}

/// Folds a history path by path.
package func replay(_ history: History, _ admission: Admission) -> LibraryState {
  let (context, problems) = history.context(admission)
  var paths: [LibraryPath: PathState] = [:]
  paths.reserveCapacity(history.pathCount)
  for (path, state) in history.states(in: context) { paths[path] = state }
  return LibraryState(
    paths: paths, context: context, numbers: admission.numbers,
    latestInstant: admission.latestInstant, problems: problems)
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
