/// A file that this location has, according to the ledger.
package struct KnownCopy: Hashable, Sendable {
  /// Where it is.
  package let path: LibraryPath
  /// Its bytes, as last recorded.
  package let content: Content
  /// How it was classed.
  package let media: MediaType
  /// Whether its bytes were found damaged.
  package let isDamaged: Bool
  /// Its stamp when it was last looked at, or nil where that is forgotten.
  package let stamp: FileStamp?

  /// A file that this location has.
  package init(
    path: LibraryPath, content: Content, media: MediaType, isDamaged: Bool, stamp: FileStamp?
  ) {
    self.path = path
    self.content = content
    self.media = media
    self.isDamaged = isDamaged
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

  /// An event that put bytes at a path.
  package init(id: EventID, from: LibraryPath?) {
    self.id = id
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
  /// What the ledger says that this location has, in byte order of the paths.
  package var known: [KnownCopy]
  /// What the scan saw.
  package var observation: Observation
  /// Whether a script ran under the lock, so that what is gone is pruned.
  package var isScripted = false
  /// Whether the disk or the clone came back from an older copy.
  package var isRestoredDisk = false
  /// A person's yes to so many removals.
  package var allowedRemovals: Int?
  /// What this location trashed without recording it yet: the deletion by path.
  package var trashed: [LibraryPath: EventID] = [:]
  /// The latest event, in replay order, that put these bytes at this path.
  package var latestPut: (LibraryPath, Content) -> Put?

  /// An input without exceptions.
  package init(
    settings: LocationSettings, ledger: LedgerSettings, identity: ContentIdentity,
    known: [KnownCopy], observation: Observation,
    latestPut: @escaping (LibraryPath, Content) -> Put?
  ) {
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
  /// How many files were missing but may not be called gone.
  package var unknownCount: Int
}

/// Decides what happened at a location since its last scan. Touches nothing.
///
/// Law: what was known, with the facts applied, is what was seen; unknown paths stay as they were.
package func detect(_ input: DetectInput) -> Detection {
  var changes = Changes(input)
  let renames = matchRenames(&changes, input)
  let halts = haltsBeforeRecording(changes, input)
  var facts: [CausedFact] = []
  for rename in renames { facts += renamed(rename, input) }
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
  let isHeld = halts.contains { $0.kind != .changes }
  for known in changes.gone {
    let cause = input.trashed[known.path]
    if cause != nil || !isHeld { facts.append(removed(known, cause: cause, input)) }
  }
  return Detection(facts: facts, halts: halts, unknownCount: changes.unknownCount)
}

private func fact(of file: ObservedFile, _ input: DetectInput) -> FileFact {
  FileFact(
    path: file.path, media: MediaType.of(file.path, overrides: input.ledger.mediaOverrides),
    content: file.content, modified: file.stamp.modified)
}

// What a removal means is decided here, from the settings known now, and never reinterpreted.
private func removed(_ known: KnownCopy, cause: EventID?, _ input: DetectInput) -> CausedFact {
  let file = FileFact(path: known.path, media: known.media, content: known.content)
  if let cause { return CausedFact(.deleted(file, asks: false), cause: cause) }
  if input.isScripted { return CausedFact(.pruned(file)) }
  if input.settings.authoritative.contains(known.media) {
    return CausedFact(.deleted(file, asks: false))
  }
  return CausedFact(
    input.settings.asks.contains(known.media) ? .deleted(file, asks: true) : .pruned(file))
}

private func renamed(_ rename: Rename, _ input: DetectInput) -> [CausedFact] {
  let file = fact(of: rename.to, input)
  let put = input.latestPut(file.path, file.content)
  if let put, put.from == rename.from.path {
    return [CausedFact(.renamed(file, from: rename.from.path), cause: put.id)]
  }
  let mayRename =
    !input.isScripted && input.settings.authoritative.contains(rename.from.media)
    && input.settings.authoritative.contains(file.media)
  if mayRename { return [CausedFact(.renamed(file, from: rename.from.path))] }
  let old = FileFact(
    path: rename.from.path, media: rename.from.media, content: rename.from.content)
  return [CausedFact(.added(file), cause: put?.id), CausedFact(.pruned(old))]
}
