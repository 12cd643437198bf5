/// A file that this location has, according to the ledger.
package struct KnownCopy: Hashable, Sendable {
  /// Where it is.
  package let path: LibraryPath
  /// Its bytes, as last recorded.
  package let content: Content
  /// How it was classed.
  package let media: MediaType
  /// The digest of what is there in place of its bytes, where it was found damaged.
  package let damage: Digest?
  /// The event since which it stands so.
  package let since: EventID
  /// Its stamp when it was last looked at, or nil where that is forgotten.
  package let stamp: FileStamp?

  /// A file that this location has.
  package init(
    path: LibraryPath, content: Content, media: MediaType, damage: Digest?, since: EventID,
    stamp: FileStamp?
  ) {
    self.path = path
    self.content = content
    self.media = media
    self.damage = damage
    self.since = since
    self.stamp = stamp
  }
}

/// A fact with the event that it carries out or answers.
package struct CausedFact: Hashable, Sendable {
  /// What happened.
  package let fact: Fact
  /// What caused it, where the system or a script did it.
  package let cause: EventID?

  /// A fact with its cause.
  package init(_ fact: Fact, cause: EventID? = nil) {
    self.fact = fact
    self.cause = cause
  }
}

/// An event that put bytes at a path, as detect needs it to recognise arrivals.
package struct Put: Hashable, Sendable {
  /// The event.
  package let id: EventID
  /// Where the file came from, if the event is a rename.
  package let from: LibraryPath?
  /// The rename that the event carried out itself, if it did.
  package let cause: EventID?

  /// An event that put bytes at a path.
  package init(id: EventID, from: LibraryPath?, cause: EventID?) {
    self.id = id
    self.cause = cause
    self.from = from
  }
}

/// Everything that decides what a scan means.
package struct DetectInput {
  /// What this location's settings say of removals.
  package var settings: LocationSettings
  /// How the ledger classes files and what its guard allows.
  package var ledger: LedgerSettings
  /// Which digests are the same bytes.
  package var identity: ContentIdentity
  /// What the ledger says that this location has, in byte order of the paths; without `settled`.
  package var known: [KnownCopy]
  /// What the scan saw; without `settled`.
  package var observation: Observation
  /// Files that were seen as the ledger has them. To leave them out of both sides changes nothing.
  package var settled = FileTally()
  /// Whether a script ran under the lock, so that what is gone is pruned.
  package var isScripted: Bool
  /// Whether the disk or the clone came back from an older copy.
  package var isRestoredDisk: Bool
  /// A person's yes to so many removals.
  package var allowedRemovals: Int?
  /// What scans recorded as gone from here within the last day without a person's yes.
  package var recentlyGone = FileTally()
  /// This location's trash: it may hold what was moved there and not recorded yet.
  package var trash: [TrashedFile] = []
  /// The photos and videos that a person removed or renamed here, whose companions may not have
  /// followed yet.
  package var moves: [MainMove] = []
  /// The latest event, in replay order, that put these bytes at this path.
  package var latestPut: (LibraryPath, Content) -> Put?

  /// An input without a person's yes, with an empty trash.
  package init(
    settings: LocationSettings, ledger: LedgerSettings, identity: ContentIdentity,
    known: [KnownCopy], observation: Observation, isScripted: Bool, isRestoredDisk: Bool,
    latestPut: @escaping (LibraryPath, Content) -> Put?
  ) {
    self.isScripted = isScripted
    self.isRestoredDisk = isRestoredDisk
    self.settings = settings
    self.ledger = ledger
    self.identity = identity
    self.known = known
    self.observation = observation
    self.latestPut = latestPut
  }
}

/// What a scan means.
package struct Detection: Sendable {
  /// The facts to record, in an order in which a rename's target is free.
  package var facts: [CausedFact]
  /// Why some facts were held back until a person has spoken.
  package var halts: [Halt]
  /// What the facts record as gone, whatever that means elsewhere; without renames and without what
  /// was in the trash already.
  package var gone: FileTally
  /// How many files were missing but may not be called gone.
  package var unknownCount: Int
}

/// Decides what happened at a location since its last scan. Touches nothing.
///
/// Law: what was known, with the facts applied, is what was seen; unknown paths stay as they were.
package func detect(_ input: DetectInput) -> Detection {
  var changes = Changes(input)
  let trashed = unrecordedTrash(input)
  // What was moved away to make room is renamed nowhere, also where its bytes turn up under a new name.
  let pruned = changes.gone.filter { trashed[$0.path]?.isPruned == true }
  changes.gone.removeAll { trashed[$0.path]?.isPruned == true }
  var renames = matchRenames(&changes, input)
  let halts = haltsBeforeRecording(
    changes, renames: renames, trashed: Set(trashed.keys), input)
  let isHeld = halts.contains { $0.kind != .changes }
  if halts.contains(where: { $0.kind == .restoredDisk }) { renames = [] }
  let mains = Mains(renames: renames, gone: isHeld ? [] : changes.gone, trashed: trashed, input)
  var facts: [CausedFact] = []
  for rename in renames { facts += renamed(rename, mains, input) }
  for file in changes.appeared {
    let cause = input.latestPut(file.path, file.content)?.id
    facts.append(CausedFact(.added(fact(of: file, input)), cause: cause))
  }
  if !halts.contains(where: { $0.kind == .changes }) {
    for (known, file) in changes.changed {
      let put = input.latestPut(file.path, file.content)?.id
      facts.append(
        CausedFact(.changed(fact(of: file, input), previous: known.content.digest), cause: put))
    }
  }
  for (known, file) in changes.healed {
    let put = input.latestPut(known.path, file.content)?.id
    facts.append(CausedFact(.added(fact(of: file, input)), cause: put))
  }
  for known in changes.gone {
    if let entry = trashed[known.path] {
      facts.append(carriedOut(known, entry, mains, input))
    } else if !isHeld {
      facts.append(removed(known, mains, input))
    }
  }
  // It stays at the other places, whatever a removal here means.
  facts += pruned.map { CausedFact(.pruned(FileFact($0, media: $0.media))) }
  let gone = isHeld ? [] : changes.gone.filter { trashed[$0.path] == nil }
  return Detection(
    facts: facts, halts: halts, gone: FileTally(gone), unknownCount: changes.unknownCount)
}

// What was moved to the trash before a run was cut short: an entry that is younger than the copy
// that the ledger has there, and holds its bytes.
private func unrecordedTrash(_ input: DetectInput) -> [LibraryPath: TrashedFile] {
  guard !input.trash.isEmpty else { return [:] }
  let entries = Dictionary(grouping: input.trash, by: \.path)
  var found: [LibraryPath: TrashedFile] = [:]
  for known in input.known {
    found[known.path] = entries[known.path]?.last {
      known.since.number <= $0.after && input.identity.areSame($0.content, known.content)
    }
  }
  return found
}

private func fact(of file: ObservedFile, _ input: DetectInput) -> FileFact {
  FileFact(
    path: file.path, media: MediaType.of(file.path, overrides: input.ledger.mediaOverrides),
    content: file.content, modified: file.stamp.modified)
}

private func carriedOut(
  _ known: KnownCopy, _ entry: TrashedFile, _ mains: Mains, _ input: DetectInput
) -> CausedFact {
  // A deletion of this location's own that was never recorded is a companion's; where its photo is
  // none any more, it means what any removal here means.
  let deletion = entry.deletion
  if deletion.location == known.since.location, deletion.number > entry.after {
    guard let media = mains.media(ofCompanion: known.path) else {
      return removed(known, mains, input)
    }
    return CausedFact(.deleted(FileFact(known, media: media), asks: false))
  }
  return CausedFact(.deleted(FileFact(known, media: known.media), asks: false), cause: deletion)
}

// What a removal means is decided here, from the settings known now, and never reinterpreted.
private func removed(_ known: KnownCopy, _ mains: Mains, _ input: DetectInput) -> CausedFact {
  let file = FileFact(known, media: known.media)
  if input.isScripted { return CausedFact(.pruned(file)) }
  if let media = mains.media(ofCompanion: known.path) {
    return CausedFact(.deleted(FileFact(known, media: media), asks: false))
  }
  if input.settings.authoritative.contains(known.media) {
    return CausedFact(.deleted(file, asks: false))
  }
  return CausedFact(
    input.settings.asks.contains(known.media) ? .deleted(file, asks: true) : .pruned(file))
}

private func renamed(
  _ rename: Rename, _ mains: Mains, _ input: DetectInput
) -> [CausedFact] {
  let found = fact(of: rename.to, input)
  let file = FileFact(path: found.path, media: found.media, content: found.content)
  let put = input.latestPut(file.path, file.content)
  if let put, put.from == rename.from.path {
    return [CausedFact(.renamed(file, from: rename.from.path), cause: put.cause ?? put.id)]
  }
  if !input.isScripted, let media = mains.media(ofCompanion: rename.from.path, to: file.path) {
    let follower = FileFact(path: file.path, media: media, content: file.content)
    return [CausedFact(.renamed(follower, from: rename.from.path))]
  }
  if mayRename(rename.from.media, file.media, input) {
    return [CausedFact(.renamed(file, from: rename.from.path))]
  }
  let old = FileFact(rename.from, media: rename.from.media)
  return [CausedFact(.added(found), cause: put?.id), CausedFact(.pruned(old))]
}

private func mayRename(_ old: MediaType, _ new: MediaType, _ input: DetectInput) -> Bool {
  !input.isScripted && input.settings.authoritative.isSuperset(of: [old, new])
}

/// The photos and videos that a person removed or renamed here, whose companions go with them.
private struct Mains {
  private var gone: [LibraryPath: MediaType] = [:]
  private var moved: [(from: LibraryPath, to: LibraryPath, media: MediaType)] = []

  init(
    renames: [Rename], gone: [KnownCopy], trashed: [LibraryPath: TrashedFile],
    _ input: DetectInput
  ) {
    func isMain(_ media: MediaType) -> Bool { media == .photo || media == .video }
    for move in input.moves {
      if let to = move.to {
        moved.append((move.from, to, move.media))
      } else {
        self.gone[move.from] = move.media
      }
    }
    for rename in renames where isMain(rename.from.media) {
      let media = MediaType.of(rename.to.path, overrides: input.ledger.mediaOverrides)
      if mayRename(rename.from.media, media, input) {
        moved.append((rename.from.path, rename.to.path, media))
      }
    }
    for known in gone
    where isMain(known.media) && trashed[known.path] == nil && !input.isScripted
      && input.settings.authoritative.contains(known.media)
    {
      self.gone[known.path] = known.media
    }
  }

  func media(ofCompanion path: LibraryPath) -> MediaType? {
    guard Companions.canBe(path) else { return nil }
    return gone.keys.sorted().first { Companions.isCompanion(path, of: $0) }.flatMap { gone[$0] }
  }

  func media(ofCompanion path: LibraryPath, to: LibraryPath) -> MediaType? {
    guard Companions.canBe(path) else { return nil }
    return moved.first { move in
      Companions.isCompanion(path, of: move.from)
        && Companions.name(of: path, whenMainMoves: move.from, to: move.to) == to
    }?.media
  }
}

extension FileFact {
  fileprivate init(_ known: KnownCopy, media: MediaType) {
    self.init(path: known.path, media: media, content: known.content)
  }
}
