/// Which contents the log names by which digests: so that each is read once, whoever has it.
package struct NamedDigests: Sendable {
  private let identity: ContentIdentity
  private var algorithms: [ContentIdentity.Key: Set<DigestAlgorithm>] = [:]

  /// What the log joins: its contents that have several digests.
  package init(_ joined: some Sequence<Content>, _ identity: ContentIdentity) {
    self.identity = identity
    for content in joined { add(content.digests.map(\.algorithm), of: content) }
  }

  /// Counts digests of a content that the log tells, or is about to tell.
  package mutating func add(_ told: [DigestAlgorithm], of content: Content) {
    algorithms[identity.key(content), default: []].formUnion(told)
  }

  /// Whether the log does not tell all of these digests of a content.
  package func lacks(_ wanted: [DigestAlgorithm], of content: Content) -> Bool {
    let named = algorithms[identity.key(content)] ?? []
    return wanted.contains { algorithm in
      !named.contains(algorithm) && !(content.also.isEmpty && content.digest.algorithm == algorithm)
    }
  }
}

/// The files whose contents are to get further digests in one run: a share of all, so that no run takes
/// hours; the next one goes on.
package struct DigestShare: Sendable {
  /// What is known already, and is only to be recorded.
  package private(set) var known: [Content] = []
  /// What is to be read.
  package private(set) var files: [KnownFile] = []
  /// Whether nothing is left for the next run.
  package private(set) var isAll = true
  private let wanted: [DigestAlgorithm]
  private let byteLimit: Int64
  private var named: NamedDigests
  private var bytes: Int64 = 0

  /// No file yet.
  ///
  /// - Parameter byteLimit: no more bytes are read than this, but one file at least.
  package init(_ wanted: [DigestAlgorithm], named: NamedDigests, byteLimit: Int64) {
    self.wanted = wanted
    self.named = named
    self.byteLimit = byteLimit
  }

  /// Offers a file that holds what the log has there; those that were read longest ago come first.
  ///
  /// - Returns: whether another one may still be taken.
  package mutating func offer(_ file: KnownFile) -> Bool {
    guard lacks(file.content) else { return true }
    if Set(file.content.digests.map(\.algorithm)).isSuperset(of: wanted) {
      known.append(file.content)
    } else {
      guard files.isEmpty || bytes + file.content.byteCount <= byteLimit else {
        isAll = false
        return false
      }
      files.append(file)
      bytes += file.content.byteCount
    }
    // The same bytes under another name need no second reading.
    named.add(wanted, of: file.content)
    return true
  }

  /// Whether the log lacks digests of a content.
  package func lacks(_ content: Content) -> Bool { named.lacks(wanted, of: content) }
}
