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
  /// How many more went within the last day without a person's yes; counted for removals alone.
  package let recentCount: Int
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
  let known = changes.known.all.files
  func halt(_ kind: Halt.Kind, _ paths: [LibraryPath], recent: Int = 0) -> Halt {
    Halt(
      kind: kind, count: paths.count, knownCount: known, recentCount: recent,
      topFolders: topFolders(paths))
  }
  var halts: [Halt] = []
  let isEmptied = input.observation.files.isEmpty && input.settled.all.files == 0
  let isAllowed = input.allowedRemovals.map { removed.count <= $0 } ?? removed.isEmpty
  if !isAllowed {
    let paths = removed.map(\.path)
    if input.isRestoredDisk {
      halts.append(halt(.restoredDisk, paths))
    } else if isEmptied && !input.isScripted {
      halts.append(halt(.emptied, paths))
    } else if let kind = trippedKind(removed, changes, input) {
      halts.append(halt(kind, paths, recent: input.recentlyGone.all.files))
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

// What went within the last day counts as if it went now: many small scans are no way around.
private func trippedKind(
  _ removed: [KnownCopy], _ changes: Changes, _ input: DetectInput
) -> Halt.Kind? {
  let limit = input.settings.guardLimit ?? input.ledger.guardLimit
  let gone = FileTally(removed) + input.recentlyGone
  let held = changes.known + input.recentlyGone
  if limit.isExceeded(by: gone.all, of: held.all) { return .removals(nil) }
  return MediaType.allCases.first { limit.isExceeded(by: gone[$0], of: held[$0]) }
    .map { .removals($0) }
}

extension GuardLimit {
  /// Whether so many files of so many are more than it allows to go: over the count, and over the share
  /// of the files or the bytes.
  func isExceeded(by gone: FileTally.Total, of held: FileTally.Total) -> Bool {
    guard let percent, gone.files > count else { return false }
    return gone.files * 100 > held.files * percent
      || Double(gone.bytes) * 100 > Double(held.bytes) * Double(percent)
  }
}

extension FileTally {
  /// These copies, counted.
  init(_ copies: [KnownCopy]) {
    self.init()
    for copy in copies { add(copy.media, byteCount: copy.content.byteCount) }
  }
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
