/// An event with what its writer knew, as replay needs it.
package struct HistoryEvent: Hashable, Sendable {
  /// The event.
  package let event: Event
  /// For each other location the last event that its writer had replayed.
  package let seen: Seen
  /// The `seen` of its location's previous complete scan.
  package let since: Seen

  /// An event with what its writer knew.
  package init(event: Event, seen: Seen, since: Seen) {
    self.event = event
    self.seen = seen
    self.since = since
  }

  /// An event of a batch.
  package init(event: Event, header: BatchHeader) {
    self.init(event: event, seen: header.seen, since: header.since)
  }

  /// The event's identity.
  package var id: EventID { event.id }

  /// Whether its writer had replayed `other`.
  package func hadSeen(_ other: EventID) -> Bool {
    other.location == id.location
      ? other.number < id.number : other.number <= seen[other.location]
  }

  /// Whether *it*, rather than its writer, had seen `other`: whoever put a file on the disk that a
  /// scan found may have known only what the scan before had seen. A rename with a cause was carried
  /// out, not found.
  package func itselfHadSeen(_ other: EventID) -> Bool {
    switch event.fact {
    case .renamed where event.cause != nil: hadSeen(other)
    case .added, .changed, .renamed:
      other.location == id.location
        ? other.number < id.number : other.number <= since[other.location]
    default: hadSeen(other)
    }
  }

  /// Replay order: instant, location, number. A linear extension of causality.
  package static func isBefore(_ left: HistoryEvent, _ right: HistoryEvent) -> Bool {
    if left.event.at != right.event.at { return left.event.at < right.event.at }
    return left.id < right.id
  }
}
