/// A file that moved within a location.
struct Rename {
  let from: KnownCopy
  let to: ObservedFile
}

/// Matches what is gone with what appeared, and takes the pairs out of `changes`.
///
/// By inode and device first, also where the old name was filled again; then by content, where the
/// bytes say enough. The result is in an order in which each target is free when its turn comes.
func matchRenames(_ changes: inout Changes, _ input: DetectInput) -> [Rename] {
  matchInodes(&changes, input.identity) + matchContents(&changes, input.identity)
}

private struct InodeKey: Hashable {
  let inode: UInt64
  let device: UInt64

  init?(_ stamp: FileStamp?) {
    guard let stamp, stamp.inode != 0 else { return nil }
    (inode, device) = (stamp.inode, stamp.device)
  }
}

private func matchInodes(_ changes: inout Changes, _ identity: ContentIdentity) -> [Rename] {
  var sources: [InodeKey: KnownCopy] = [:]
  for known in changes.gone {
    if let key = InodeKey(known.stamp) { sources[key] = known }
  }
  for path in changes.replacedInode.keys.sorted() {
    guard let (known, _) = changes.replacedInode[path], let key = InodeKey(known.stamp),
      sources[key] == nil
    else { continue }
    sources[key] = known
  }
  guard !sources.isEmpty else { return [] }
  var renames: [Rename] = []
  var refilled: Set<LibraryPath> = []
  // A target is free if it is new, or if the file that had its name has moved away itself: so a
  // chain a→b→c is followed from its end, and a swap, where no name is free, stays two changes.
  var open = changes.appeared
  while let target = open.popLast() {
    guard let key = InodeKey(target.stamp), let source = sources[key],
      identity.areSame(source.content, target.content), source.path != target.path
    else { continue }
    sources[key] = nil
    renames.append(Rename(from: source, to: target))
    if let (_, refill) = changes.replacedInode.removeValue(forKey: source.path) {
      refilled.insert(source.path)
      changes.appeared.append(refill)
      open.append(refill)
    }
  }
  let moved = Set(renames.map(\.from.path))
  let targets = Set(renames.map(\.to.path))
  changes.gone.removeAll { moved.contains($0.path) }
  changes.changed.removeAll { refilled.contains($0.1.path) }
  changes.healed.removeAll { refilled.contains($0.1.path) }
  changes.appeared.removeAll { targets.contains($0.path) }
  changes.appeared.sort { $0.path < $1.path }
  return renames
}

private func matchContents(_ changes: inout Changes, _ identity: ContentIdentity) -> [Rename] {
  func isTelling(_ content: Content, _ media: MediaType) -> Bool {
    content.byteCount > 0 && media != .sidecar
  }
  let gone = Dictionary(
    grouping: changes.gone.filter { isTelling($0.content, $0.media) },
    by: { identity.key($0.content) })
  guard !gone.isEmpty else { return [] }
  let appeared = Dictionary(
    grouping: changes.appeared.filter { isTelling($0.content, MediaType.of($0.path)) },
    by: { identity.key($0.content) })
  var renames: [Rename] = []
  for key in gone.keys.sorted() {
    guard let sources = gone[key], let targets = appeared[key] else { continue }
    renames += nearestPairs(sources, targets)
  }
  let sources = Set(renames.map(\.from.path))
  let targets = Set(renames.map(\.to.path))
  changes.gone.removeAll { sources.contains($0.path) }
  changes.appeared.removeAll { targets.contains($0.path) }
  return renames
}

// Greedy, the nearest names first; groups too large to compare all pairs match equal names only.
private func nearestPairs(_ sources: [KnownCopy], _ targets: [ObservedFile]) -> [Rename] {
  let isSmall = sources.count * targets.count <= 10_000
  var pairs: [(score: Int, from: Int, to: Int)] = []
  if isSmall {
    for (from, source) in sources.enumerated() {
      for (to, target) in targets.enumerated() {
        pairs.append((nearness(source.path, target.path), from, to))
      }
    }
  } else {
    let byName = Dictionary(
      targets.enumerated().map { (Array($1.path.name), $0) },
      uniquingKeysWith: { first, _ in first })
    for (from, source) in sources.enumerated() {
      if let to = byName[Array(source.path.name)] { pairs.append((1, from, to)) }
    }
  }
  pairs.sort { ($1.score, $0.from, $0.to) < ($0.score, $1.from, $1.to) }
  var (usedFrom, usedTo): (Set<Int>, Set<Int>) = ([], [])
  var renames: [Rename] = []
  for pair in pairs where !usedFrom.contains(pair.from) && !usedTo.contains(pair.to) {
    usedFrom.insert(pair.from)
    usedTo.insert(pair.to)
    renames.append(Rename(from: sources[pair.from], to: targets[pair.to]))
  }
  return renames
}

private func nearness(_ one: LibraryPath, _ other: LibraryPath) -> Int {
  let name = one.name.elementsEqual(other.name) ? 1_000_000 : 0
  let folder = one.folder.elementsEqual(other.folder) ? 500_000 : 0
  let start = zip(one.bytes, other.bytes).prefix { $0 == $1 }.count
  let end = zip(one.bytes.reversed(), other.bytes.reversed()).prefix { $0 == $1 }.count
  return name + folder + start + end
}
