/// Paths that lie together in byte order: a part of the paths that is replayed by itself.
package struct PathSpan: Hashable, Sendable {
  /// The first path that may be in it; nil: from the beginning.
  private let lower: [UInt8]?
  /// The first path after it; nil: to the end.
  private let upper: [UInt8]?

  /// Every path.
  package static let all = PathSpan(lower: nil, upper: nil)

  private init(lower: [UInt8]?, upper: [UInt8]?) {
    self.lower = lower
    self.upper = upper
  }

  /// Spans in which each path lies once, in order: at most `count`, with about as many of the samples
  /// in each, but those of one path together.
  package static func cut(_ samples: [LibraryPath], into count: Int) -> [PathSpan] {
    let sorted = samples.sorted()
    var cuts: [LibraryPath] = []
    for number in stride(from: 1, to: sorted.isEmpty ? 1 : count, by: 1) {
      let path = sorted[number * sorted.count / count]
      if path != cuts.last ?? sorted[0] { cuts.append(path) }
    }
    let bounds = [nil] + cuts.map(\.bytes) + [nil]
    return zip(bounds, bounds.dropFirst()).map { PathSpan(lower: $0, upper: $1) }
  }

  /// Whether every path is in it.
  package var isAll: Bool { lower == nil && upper == nil }

  /// Whether a path is in it.
  package func contains(_ path: LibraryPath) -> Bool {
    path.bytes.withUnsafeBufferPointer { contains($0) }
  }

  /// Whether the path of these bytes is in it.
  package func contains(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
    if let lower, path.lexicographicallyPrecedes(lower) { return false }
    return upper.map { path.lexicographicallyPrecedes($0) } ?? true
  }

  /// Whether one of an event's paths is in it.
  package func hasPath(of event: Event) -> Bool {
    event.fact.path.map { contains($0) } == true || event.fact.otherPaths.contains { contains($0) }
  }
}
