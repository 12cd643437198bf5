/// Files at a place that its map leaves out: nobody's, and only told.
package struct OutsideFiles: Hashable, Sendable {
  /// How many of their names are kept.
  package static let nameLimit = 5

  /// How many there are.
  package private(set) var count = 0
  /// The first of their names, as the place spells them, in byte order.
  package private(set) var names: [[UInt8]] = []
  /// The sizes that some of them have; nothing is known of an empty file by its size.
  package private(set) var sizes: Set<Int64> = []

  /// None.
  package init() {}

  /// Adds a file.
  package mutating func add(_ name: [UInt8], byteCount: Int64) {
    count += 1
    if byteCount > 0 { sizes.insert(byteCount) }
    keep([name])
  }

  /// Adds other ones.
  package mutating func add(_ others: OutsideFiles) {
    count += others.count
    sizes.formUnion(others.sizes)
    keep(others.names)
  }

  private mutating func keep(_ more: [[UInt8]]) {
    guard !more.isEmpty else { return }
    names = Array(
      (names + more).sorted { $0.lexicographicallyPrecedes($1) }.prefix(Self.nameLimit))
  }
}

/// Calls unknown what is missing while a file of its size is outside the place's map: it may be that
/// file, moved. What a person moves from one folder to another is no deletion.
///
/// - Parameter known: what the ledger says that this location has, in byte order of the paths.
package func keepMovedOutside(
  in observation: Observation, of known: [KnownCopy], _ outside: OutsideFiles, by map: PathMap,
  _ identity: ContentIdentity
) -> Observation {
  let missing = known.filter {
    outside.sizes.contains($0.content.byteCount) && observation.file(at: $0.path) == nil
  }
  guard !missing.isEmpty else { return observation }
  let blind = BlindSpots(observation)
  let recorded = Set(known.map(\.path))
  // What turned up under a new name of the library was moved there, where all of those bytes did.
  var balance: [ContentIdentity.Key: Int] = [:]
  for file in observation.files where !recorded.contains(file.path) {
    balance[identity.key(file.content), default: 0] += 1
  }
  for copy in missing { balance[identity.key(copy.content), default: 0] -= 1 }
  var kept = observation
  for copy in missing {
    guard !blind.hides(copy.path), balance[identity.key(copy.content), default: -1] < 0 else {
      continue
    }
    kept.unknown.append(
      UnknownPath(
        diskBytes: map.place(of: copy.path).bytes, reason: .outsideMap,
        detail: "it is missing, while a file of its size is outside the map (\(map.text)); it is "
          + "not called gone before that file is moved back, or away from here",
        hiding: [copy.path.bytes]))
  }
  kept.unknown.sort()
  return kept
}
