/// What a writer knew: for each other location the number of the last event that it had replayed
/// (the field's *version vector*).
package struct Seen: Hashable, Sendable {
  /// The last numbers, all at least 1; locations that nothing was seen of are left out.
  package private(set) var numbers: [LocationID: Int64]

  /// Nothing seen.
  package static let nothing = Seen([:])

  /// Keeps the numbers that are at least 1.
  package init(_ numbers: [LocationID: Int64]) {
    self.numbers = numbers.filter { $0.value > 0 }
  }

  /// The number of the last event seen of `location`, 0 for none.
  package subscript(location: LocationID) -> Int64 {
    get { numbers[location] ?? 0 }
    set { numbers[location] = newValue > 0 ? newValue : nil }
  }

  /// Whether everything that `other` had seen is seen here too.
  package func covers(_ other: Seen) -> Bool {
    other.numbers.allSatisfy { self[$0.key] >= $0.value }
  }

  /// The entries in the order of the locations' names.
  package var sorted: [(location: LocationID, number: Int64)] {
    numbers.map { (location: $0.key, number: $0.value) }.sorted { $0.location < $1.location }
  }
}
