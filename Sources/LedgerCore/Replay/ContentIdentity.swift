/// Which digests belong to the same bytes, as far as the events tell.
///
/// Digests of one size are joined by events that name several of them, and along chains of such
/// events. A chain that joins two different digests of one algorithm joins nothing.
package struct ContentIdentity: Sendable {
  /// A content's name: the strongest digest that is known of it, with its size.
  package struct Key: Hashable, Sendable, Comparable {
    /// The strongest digest that is known of these bytes.
    package let digest: Digest
    /// How many bytes there are.
    package let byteCount: Int64

    /// By digest, then by size.
    package static func < (left: Key, right: Key) -> Bool {
      (left.digest, left.byteCount) < (right.digest, right.byteCount)
    }

    /// Whether sha256 is known: without it two contents may differ, but never be the same enough
    /// to delete.
    package var isStrong: Bool { digest.algorithm == .sha256 }
  }

  private var strongest: [Key: Digest] = [:]

  /// Joins the digests of contents that have several.
  package init(_ contents: some Sequence<Content>) {
    var parent: [Key: Key] = [:]
    func root(_ node: Key) -> Key {
      var node = node
      while let up = parent[node], up != node { node = up }
      return node
    }
    for content in contents where !content.also.isEmpty {
      let nodes = content.digests.map { Key(digest: $0, byteCount: content.byteCount) }
      for node in nodes where parent[node] == nil { parent[node] = node }
      for node in nodes.dropFirst() {
        let (one, other) = (root(nodes[0]), root(node))
        if one != other { parent[max(one, other)] = min(one, other) }
      }
    }
    for (_, nodes) in Dictionary(grouping: parent.keys, by: root) {
      let algorithms = Set(nodes.map(\.digest.algorithm))
      guard algorithms.count == nodes.count, let best = nodes.map(\.digest).min() else { continue }
      for node in nodes { strongest[node] = best }
    }
  }

  /// Joins the digests of contents of which none was joined with others before.
  package mutating func join(new contents: [Content]) {
    for content in contents {
      guard let best = content.digests.min() else { continue }
      for digest in content.digests {
        strongest[Key(digest: digest, byteCount: content.byteCount)] = best
      }
    }
  }

  /// The name of a content: equal names, same bytes.
  package func key(_ content: Content) -> Key {
    // What most contents are: no array is made for it.
    let strongest = content.also.min().map { min($0, content.digest) } ?? content.digest
    return key(strongest, byteCount: content.byteCount)
  }

  /// The name of the bytes that a digest stands for.
  package func key(_ digest: Digest, byteCount: Int64) -> Key {
    let node = Key(digest: digest, byteCount: byteCount)
    return strongest.isEmpty ? node : Key(digest: strongest[node] ?? digest, byteCount: byteCount)
  }

  /// Whether bytes that a place tells of can only be those of a known content: one digest of theirs
  /// leads to it, and none differs. It may tell more kinds of digests, or other ones, than were recorded.
  package func isShown(_ known: Content, by told: Content) -> Bool {
    guard known.byteCount == told.byteCount else { return false }
    let differs = told.digests.contains { digest in
      known.digests.contains { $0.algorithm == digest.algorithm && $0 != digest }
    }
    let name = key(known)
    return !differs && told.digests.contains { key($0, byteCount: told.byteCount) == name }
  }

  /// Whether two contents are the same bytes, as far as is known.
  package func areSame(_ one: Content, _ other: Content) -> Bool {
    key(one) == key(other)
  }
}
