package import LedgerCore

/// A file on a disk in a story: the words in it, and its inode.
package struct StoryFile: Hashable, Sendable {
  let word: String
  let inode: UInt64

  /// A file.
  package init(_ word: String, inode: UInt64) {
    self.word = word
    self.inode = inode
  }
}

extension Story {
  /// What a scan of a disk finds that the log does not have yet. Nothing is recorded.
  ///
  /// - Parameter change: what is out of the ordinary about the scan.
  package func detect(
    at location: LocationID, _ disk: [LibraryPath: StoryFile],
    change: (inout DetectInput) -> Void = { _ in }
  ) -> Detection {
    var replica = replica(of: location)
    let state = replica.state()
    let files = disk.keys.sorted().compactMap { path in
      disk[path].map { file in
        ObservedFile(
          path: path, content: .of(file.word), stamp: Self.stamp(file.word, file.inode),
          wasHashed: true, diskBytes: nil)
      }
    }
    let known = state.sortedPaths.compactMap { path -> KnownCopy? in
      guard let copy = state.paths[path]?.copies[location], copy.version != nil else { return nil }
      return KnownCopy(
        path: path, content: copy.file.content, media: copy.file.media,
        damage: copy.damage, since: copy.since,
        stamp: inodes[location]?[path].map { Self.stamp("", $0) })
    }
    let identity = state.context.identity
    var input = DetectInput(
      settings: state.settings[location], ledger: state.settings.ledger, identity: identity,
      known: known,
      observation: Observation(files: files, unknown: [], ignored: [], isComplete: true),
      isScripted: false, isRestoredDisk: false, latestPut: { replica.latestPut($0, $1, identity) })
    change(&input)
    return LedgerCore.detect(input)
  }

  /// A location scans a disk and records what it finds.
  ///
  /// - Returns: the facts in words, sorted.
  @discardableResult
  package mutating func scan(
    _ location: LocationID, _ disk: [LibraryPath: StoryFile],
    change: (inout DetectInput) -> Void = { _ in }
  ) -> [String] {
    let found = detect(at: location, disk, change: change)
    for fact in found.facts { tell(location, fact.fact, cause: fact.cause) }
    inodes[location] = disk.mapValues(\.inode)
    return words(found)
  }

  private static func stamp(_ word: String, _ inode: UInt64) -> FileStamp {
    let time = FileTime(seconds: 1, nanoseconds: 0)
    return FileStamp(
      byteCount: Int64(word.utf8.count), modified: time, changed: time, inode: inode, device: 1)
  }
}

/// The facts of a scan in words, sorted: `renamed b a`, `deleted a for amazon:2`.
package func words(_ detection: Detection) -> [String] {
  detection.facts.map { fact in
    let paths = fact.fact.paths.map(\.description)
    let cause = fact.cause.map { ["for", $0.description] } ?? []
    return ([fact.fact.type] + paths + cause).joined(separator: " ")
  }.sorted()
}

/// The steps of a plan in words.
package func steps(_ plan: Plan) -> [String] {
  plan.actions.map { action in
    switch action {
    case .trash(let path, _, let cause, _): "trash \(path) for \(cause)"
    case .rename(let path, let to, _, let cause): "rename \(path) to \(to) for \(cause)"
    case .fetch(let path, _, let cause, let from):
      "fetch \(path) for \(cause) from \(from.map(\.name).joined(separator: ","))"
    case .putBack(let path, _, _, _, let cause): "put back \(path) for \(cause)"
    }
  }
}
