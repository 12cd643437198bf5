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

  /// Of digests that a stronger one is known for, that one.
  private var strongest: [Key: Digest] = [:]

  /// Joins the digests of contents that have several.
  package init(_ contents: some Sequence<Content>) {
    // Arrays, as a ledger may join the digests of each of a million files.
    var nodes: [(key: Key, content: Int32)] = []
    var count: Int32 = 0
    for content in contents where !content.also.isEmpty {
      for digest in content.digests {
        nodes.append((Key(digest: digest, byteCount: content.byteCount), count))
      }
      count += 1
    }
    nodes.sort { $0.key < $1.key }
    var chains = Chains(count: Int(count))
    for index in nodes.indices.dropFirst() where nodes[index].key == nodes[index - 1].key {
      chains.join(nodes[index].content, nodes[index - 1].content)
    }
    let isFirst = { index in index == 0 || nodes[index].key != nodes[index - 1].key }
    for index in nodes.indices where isFirst(index) {
      chains.note(nodes[index].key.digest.algorithm, at: Int32(index), of: nodes[index].content)
    }
    strongest.reserveCapacity(nodes.count - Int(count))
    for index in nodes.indices where isFirst(index) {
      guard let best = chains.strongest(of: nodes[index].content), best != index else { continue }
      strongest[nodes[index].key] = nodes[Int(best)].key.digest
    }
  }

  /// Joins the digests of contents of which none was joined with others before.
  package mutating func join(new contents: [Content]) {
    for content in contents {
      guard let best = content.digests.min() else { continue }
      for digest in content.digests where digest != best {
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

/// The contents that lead to each other by their digests: a disjoint-set forest (Galler and Fischer 1964).
private struct Chains {
  private var parents: [Int32]
  /// Of each chain, at its root, the first node that was noted; -1 for none.
  private var firsts: [Int32]
  /// Of each chain, at its root, a bit for each algorithm that was noted, and `twice`.
  private var algorithms: [UInt16]
  private static let twice: UInt16 = 0x8000

  init(count: Int) {
    parents = Array(0..<Int32(count))
    firsts = Array(repeating: -1, count: count)
    algorithms = Array(repeating: 0, count: count)
  }

  private mutating func root(_ content: Int32) -> Int {
    var content = Int(content)
    while parents[content] != content {
      // Half the way, so that no way stays long.
      parents[content] = parents[Int(parents[content])]
      content = Int(parents[content])
    }
    return content
  }

  mutating func join(_ one: Int32, _ other: Int32) {
    let (one, other) = (root(one), root(other))
    parents[max(one, other)] = Int32(min(one, other))
  }

  /// Notes a digest of a content; the strongest of a chain comes first, and each once.
  mutating func note(_ algorithm: DigestAlgorithm, at node: Int32, of content: Int32) {
    let root = root(content)
    if firsts[root] < 0 { firsts[root] = node }
    // No two algorithms have digests of one length.
    let bit = UInt16(1) << (algorithm.byteCount / 4)
    algorithms[root] |= algorithms[root] & bit == 0 ? bit : Self.twice
  }

  /// The node of a content's strongest digest; nil where its chain has two digests of one algorithm.
  mutating func strongest(of content: Int32) -> Int32? {
    let root = root(content)
    return algorithms[root] & Self.twice == 0 ? firsts[root] : nil
  }
}
