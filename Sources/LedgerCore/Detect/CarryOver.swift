/// Events that were recorded as a location, and never reached the hub, while another machine wrote
/// as that location too: how they go on behind the other's, under new numbers.
///
/// In the stream they then stand after events that their writer had not seen. So what would act on
/// those becomes weaker: a deletion only proposes, a change or rename takes the place of nothing, and
/// a decision on other events, a restoration too, is left to be taken again. No byte can go by an event that is carried
/// over, before a person has said so once more.
package struct CarryOver: Sendable {
  /// What is to be recorded, in order.
  package private(set) var facts: [CausedFact] = []
  /// What a person has to say again: its type and the path, where it has one.
  package private(set) var dropped: [Event] = []

  /// Weakens and renumbers events.
  ///
  /// - Parameters:
  ///   - events: those of one location, by number.
  ///   - location: whose they are.
  ///   - next: the number that the first will have.
  package init(_ events: [Event], of location: LocationID, next: Int64) {
    var numbers: [Int64: Int64] = [:]
    let first = events.first?.id.number ?? 0
    func moved(_ id: EventID) -> EventID? {
      guard id.location == location, id.number >= first else { return id }
      return numbers[id.number].map { EventID(location: location, number: $0) }
    }
    for event in events {
      let cause = event.cause.flatMap { moved($0) }
      // What carries out an event that is not carried over is a fact of its own no more.
      let isLost = event.cause != nil && cause == nil
      let new = Self.facts(of: event, cause: cause).filter { !isLost || $0.isHarmless }
        .compactMap { $0.moving(moved) }
      // A restoration ends what it had seen, so it is to be said again with what there is now.
      if new.isEmpty || event.isRestoration { dropped.append(event) }
      for fact in new {
        // The number of the fact that stands for the event: the first.
        if numbers[event.id.number] == nil {
          numbers[event.id.number] = next + Int64(facts.count)
        }
        facts.append(fact)
      }
    }
  }

  private static func facts(of event: Event, cause: EventID?) -> [CausedFact] {
    switch event.fact {
    case .added(let file), .changed(let file, _): [CausedFact(.added(file), cause: cause)]
    case .renamed where cause != nil: [CausedFact(event.fact, cause: cause)]
    case .renamed(let file, let from):
      [
        CausedFact(.added(file)),
        CausedFact(.pruned(FileFact(path: from, media: file.media, content: file.content))),
      ]
    case .deleted(let file, _) where cause == nil: [CausedFact(.deleted(file, asks: true))]
    case .restored(let file) where cause == nil:
      // An `added` has a time, which `restored` does not tell.
      [
        CausedFact(
          .added(
            FileFact(
              path: file.path, media: file.media, content: file.content,
              modified: file.modified ?? FileTime(seconds: 0, nanoseconds: 0))))
      ]
    case .deleted, .pruned, .restored, .damaged, .identified, .rejected:
      [CausedFact(event.fact, cause: cause)]
    case .approved, .resolved, .declared, .configured, .unknown: []
    }
  }
}

extension Event {
  fileprivate var isRestoration: Bool {
    if case .restored = fact { cause == nil } else { false }
  }
}

extension CausedFact {
  /// Whether it only says that bytes are or were here.
  fileprivate var isHarmless: Bool {
    switch fact {
    case .added, .pruned, .damaged, .identified: true
    default: false
    }
  }

  // A rejection of deletions that are all not carried over says nothing.
  fileprivate func moving(_ moved: (EventID) -> EventID?) -> CausedFact? {
    guard case .rejected(let targets) = fact else { return self }
    let new = targets.compactMap(moved)
    return new.isEmpty ? nil : CausedFact(.rejected(new), cause: cause)
  }
}
