/// What differs between the ledger and a scan, before renames are matched.
struct Changes {
  /// Files that were not known, in byte order.
  var appeared: [ObservedFile] = []
  /// Files that are known and may be called gone, in byte order.
  var gone: [KnownCopy] = []
  /// Files with other bytes than known, in byte order.
  var changed: [(KnownCopy, ObservedFile)] = []
  /// Files that were damaged and are whole again.
  var healed: [(KnownCopy, ObservedFile)] = []
  /// Known files that are there under their old name but as another inode.
  var replacedInode: [LibraryPath: (KnownCopy, ObservedFile)] = [:]
  /// Known files that are missing but may not be called gone.
  var unknownCount = 0
  /// How many files are known, and how many bytes they have.
  var known = FileTally()

  /// Merges two sequences in byte order of their paths.
  init(_ input: DetectInput) {
    let blind = BlindSpots(input.observation)
    self.known = input.settled
    var seen = input.observation.files[...]
    for known in input.known {
      self.known.add(known.media, byteCount: known.content.byteCount)
      while let file = seen.first, file.path < known.path {
        appeared.append(file)
        seen.removeFirst()
      }
      if let file = seen.first, file.path == known.path {
        seen.removeFirst()
        compare(known, file, input.identity)
      } else if blind.hides(known.path) || !input.observation.isComplete {
        unknownCount += 1
      } else {
        gone.append(known)
      }
    }
    appeared += seen
  }

  private mutating func compare(
    _ known: KnownCopy, _ file: ObservedFile, _ identity: ContentIdentity
  ) {
    if let stamp = known.stamp, stamp.inode != 0,
      (stamp.inode, stamp.device) != (file.stamp.inode, file.stamp.device)
    {
      replacedInode[known.path] = (known, file)
    }
    if !identity.areSame(known.content, file.content) {
      // What was found damaged and is no other now is told already, and is nobody's edit.
      if let damage = known.damage, file.content.digests.contains(damage) { return }
      changed.append((known, file))
    } else if known.damage != nil && file.wasHashed {
      healed.append((known, file))
    }
  }
}

/// The paths about which a scan can say nothing.
struct BlindSpots {
  private let exact: Set<LibraryPath>
  private let folders: [[UInt8]]
  private let hidesAll: Bool

  init(_ observation: Observation) {
    folders = observation.unknown.flatMap(\.hidden).filter { !$0.isEmpty }
    exact = Set(folders.compactMap { LibraryPath(key: $0) } + observation.ignored)
    hidesAll = observation.unknown.contains { $0.hidden.contains([]) }
  }

  func hides(_ path: LibraryPath) -> Bool {
    hidesAll || exact.contains(path) || folders.contains { path.isInside($0) }
  }
}
