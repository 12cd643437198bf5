/// A fact with its identity: immutable for ever.
package struct Event: Hashable, Sendable {
  /// Its location and number.
  package let id: EventID
  /// The instant of its batch.
  package let at: Instant
  /// What happened.
  package let fact: Fact
  /// The event that this one carries out or answers: the system did it here, not a person.
  package let cause: EventID?
  /// Keys of the stored line that this version doesn't know, kept as they are.
  package let extra: [ExtraKey]

  /// An event.
  package init(
    id: EventID, at: Instant, fact: Fact, cause: EventID? = nil, extra: [ExtraKey] = []
  ) {
    self.id = id
    self.at = at
    self.fact = fact
    self.cause = cause
    self.extra = extra
  }
}

/// A key that this version doesn't know, with the JSON text of its value.
package struct ExtraKey: Hashable, Sendable {
  /// The key.
  package let key: String
  /// The value as it stood in the line.
  package let json: String

  /// A key with the JSON text of its value.
  package init(key: String, json: String) {
    self.key = key
    self.json = json
  }
}
