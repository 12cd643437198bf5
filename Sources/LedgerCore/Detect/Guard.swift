/// Why facts of one kind are held back until a person has spoken.
package struct Halt: Hashable, Sendable {
  /// What is held back, and why.
  package enum Kind: Hashable, Sendable {
    /// More files are gone than the guard allows; of one media type, or of all.
    case removals(MediaType?)
    /// Every file is gone: rather an empty mount point than an empty library.
    case emptied
    /// More files changed than a person changes.
    case changes
    /// The disk or the clone came back from an older copy.
    case restoredDisk
  }

  /// What is held back, and why.
  package let kind: Kind
  /// How many files it is about.
  package let count: Int
  /// How many files are known.
  package let knownCount: Int
  /// The folders with the most of these files, the fullest first, at most five.
  package let topFolders: [String]
}

/// The guard: whether what a scan found looks like an accident rather than a person's doing.
///
/// It compares with the last recorded state, so it stays tripped until a person says yes or the
/// files are back.
func haltsBeforeRecording(
  _ changes: Changes, renames: [Rename], trashed: Set<LibraryPath>, _ input: DetectInput
) -> [Halt] {
  var removed = changes.gone.filter { !trashed.contains($0.path) }
  // On a disk that came back an old name is no person's rename either.
  if input.isRestoredDisk { removed += renames.map(\.from) }
  let known = input.known.count + input.settled.count
  func halt(_ kind: Halt.Kind, _ paths: [LibraryPath]) -> Halt {
    Halt(kind: kind, count: paths.count, knownCount: known, topFolders: topFolders(paths))
  }
  var halts: [Halt] = []
  let isEmptied = input.observation.files.isEmpty && input.settled.count == 0
  let isAllowed = input.allowedRemovals.map { removed.count <= $0 } ?? removed.isEmpty
  if !isAllowed {
    let paths = removed.map(\.path)
    if input.isRestoredDisk {
      halts.append(halt(.restoredDisk, paths))
    } else if isEmptied && !input.isScripted {
      halts.append(halt(.emptied, paths))
    } else if let kind = trippedKind(removed, changes, input) {
      halts.append(halt(kind, paths))
    }
  }
  let changed = changes.changed.count
  let limit = input.settings.guardLimit ?? input.ledger.guardLimit
  if changed > 100, changed * 2 > known, limit != .off,
    input.allowedRemovals.map({ changed > $0 }) ?? true
  {
    halts.append(halt(.changes, changes.changed.map(\.1.path)))
  }
  return halts
}

private func trippedKind(
  _ removed: [KnownCopy], _ changes: Changes, _ input: DetectInput
) -> Halt.Kind? {
  let limit = input.settings.guardLimit ?? input.ledger.guardLimit
  guard let percent = limit.percent else { return nil }
  func trips(_ gone: [KnownCopy], files: Int, bytes: Int64) -> Bool {
    let goneBytes = gone.reduce(Int64(0)) { $0 + $1.content.byteCount }
    return gone.count > limit.count
      && (gone.count * 100 > files * percent
        || Double(goneBytes) * 100 > Double(bytes) * Double(percent))
  }
  let totals = changes.knownTotals
  let files = totals.values.reduce(0) { $0 + $1.files }
  let bytes = totals.values.reduce(Int64(0)) { $0 + $1.bytes }
  if trips(removed, files: files, bytes: bytes) { return .removals(nil) }
  for media in MediaType.allCases {
    guard let total = totals[media] else { continue }
    if trips(removed.filter { $0.media == media }, files: total.files, bytes: total.bytes) {
      return .removals(media)
    }
  }
  return nil
}

private func topFolders(_ paths: [LibraryPath]) -> [String] {
  let counts = Dictionary(grouping: paths, by: { Array($0.folder) }).mapValues(\.count)
  let order = counts.sorted {
    $0.value == $1.value
      ? $0.key.lexicographicallyPrecedes($1.key) : $0.value > $1.value
  }
  return order.prefix(5).map {
    "\($0.key.isEmpty ? "." : String(decoding: $0.key, as: UTF8.self)) (\($0.value))"
  }
}
