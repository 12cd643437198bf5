/// What went from a location within the last day without a person's yes: the guard takes many small
/// removals for one.
package struct RecentRemovals: Hashable, Sendable {
  /// What went within an hour or so.
  package struct Part: Hashable, Sendable {
    /// When the first of it went, by this machine's clock.
    package var at: Instant
    /// What went.
    package var files: FileTally

    /// What went since `at`.
    package init(at: Instant, files: FileTally) {
      self.at = at
      self.files = files
    }
  }

  /// The parts, the oldest first; a day has 25 at most.
  package private(set) var parts: [Part]

  /// With these parts, the oldest first.
  package init(_ parts: [Part] = []) { self.parts = parts }

  /// What went within the day before `now`. What a clock that was put back calls the future counts.
  package func tally(at now: Instant) -> FileTally {
    parts.filter { $0.at > now.advanced(milliseconds: -86_400_000) }
      .reduce(FileTally()) { $0 + $1.files }
  }

  /// Takes what a clock that ran ahead noted for what went now: else it would count until that time comes.
  package mutating func clamp(to now: Instant) {
    for index in parts.indices where parts[index].at > now { parts[index].at = now }
  }

  /// Adds what went at `now`, and forgets what is older than a day.
  package mutating func add(_ files: FileTally, at now: Instant) {
    parts.removeAll { $0.at <= now.advanced(milliseconds: -86_400_000) }
    clamp(to: now)
    if let last = parts.last, last.at > now.advanced(milliseconds: -3_600_000) {
      parts[parts.count - 1].files = last.files + files
    } else {
      parts.append(Part(at: now, files: files))
    }
  }
}
