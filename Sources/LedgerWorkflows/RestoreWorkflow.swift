import LedgerCache
package import LedgerCore
package import LedgerStorage

/// Brings files back from this location's trash.
package enum RestoreWorkflow {
  /// What to bring back; everything given must fit.
  package struct Selection: Sendable {
    /// Paths or folders.
    package var names: [String] = []
    /// One deletion.
    package var deletion: EventID?
    /// Deletions that this location made.
    package var by: LocationID?
    /// The batch that holds this event.
    package var batch: EventID?
    /// Trashed since then.
    package var since: Instant?

    /// Everything in the trash.
    package init() {}

    /// Whether more than paths was asked for.
    var hasFilters: Bool { deletion != nil || by != nil || since != nil || batch != nil }

    /// Whether nothing was asked for.
    package var isEmpty: Bool {
      names.isEmpty && deletion == nil && by == nil && since == nil && batch == nil
    }
  }

  /// The entries that a selection means, one a path: the one that was trashed last. What a run that was
  /// killed was about to put back is among them; what it did put back is recorded first, and then it is
  /// no fault that a name means nothing else.
  ///
  /// - Returns: the entries, and the events recorded.
  /// - Throws: `WorkflowError` where a name means nothing in the trash, or a remote is not the one that
  ///   joined.
  package static func entries(
    _ open: OpenLocation, _ selection: Selection
  ) async throws -> (entries: [TrashEntry], recorded: [Event]) {
    // Another remote lacks everything, and would be taken for one from which all was put back.
    if let fault = try await open.storage.fault() {
      throw WorkflowError(
        .unhealthy, "\(fault) Nothing was changed.",
        hint: "Look after the place, and run the same command again.")
    }
    try open.catchUp()
    let recorded = try await open.finishRestores()
    let back = recorded.flatMap(\.fact.paths)
    let unchanged = recorded.isEmpty ? "Nothing was changed." : "Nothing else was changed."
    try await open.storage.finishInterrupted()
    let all = try open.storage.trashEntries()
    var chosen: [LibraryPath: TrashEntry] = [:]
    // The events of a batch have one instant, which no other event of their location has.
    let instant = try selection.batch.flatMap { try open.cache.event($0)?.event.at }
    for entry in all where fits(entry, selection) {
      if let batch = selection.batch {
        guard entry.deletion.location == batch.location, let instant,
          try open.cache.event(entry.deletion)?.event.at == instant
        else { continue }
      }
      chosen[entry.path] = entry
    }
    for name in selection.names
    where !(chosen.keys + back).contains(where: { $0.isNamed(by: name) }) {
      throw WorkflowError(
        .notFound,
        "\(name.debugDescription) is not in the trash of \(open.location)"
          + "\(selection.hasFilters ? " or not of what was asked for" : ""). \(unchanged)",
        hint: try whereElse(name, open))
    }
    guard !chosen.isEmpty || !back.isEmpty else {
      throw WorkflowError(
        .notFound,
        "Nothing in the trash of \(open.location) is what was asked for. Nothing was changed.",
        hint: "ledger trash list shows what is there.")
    }
    addCompanions(from: all, to: &chosen)
    return (chosen.keys.sorted().compactMap { chosen[$0] }, recorded)
  }

  // Where a file is that is not in the trash here, and how it comes back.
  private static func whereElse(_ name: String, _ open: OpenLocation) throws -> String {
    let list = "ledger trash list shows what is there."
    guard let path = LibraryPath(diskBytes: Array(name.utf8)),
      let state = try open.cache.state(of: path)
    else { return list }
    for (id, deletion) in state.deletions.sorted(by: { $1.key < $0.key }) where deletion.isInForce {
      // Who deleted it by hand has nothing of it in the trash.
      let carried = state.copies.filter { _, copy in
        copy.standing == .removed(by: id) && copy.since != id
      }.keys.sorted()
      guard !carried.isEmpty else { continue }
      let places = carried.map(\.name).joined(separator: " and ")
      return "It is in the trash of \(places): restore it there, or run ledger reject \(id) here, "
        + "and each puts it back with its next sync."
    }
    let holders = state.copies.filter { $0.value.version != nil }.keys.sorted()
    guard !holders.isEmpty else { return list }
    return "It is at \(holders.map(\.name).joined(separator: " and ")); copy it from there."
  }

  // What went with a photo or a video, by a deletion of the same location, comes back with it.
  private static func addCompanions(
    from all: [TrashEntry], to chosen: inout [LibraryPath: TrashEntry]
  ) {
    let mains = chosen.values.filter {
      !Companions.canBe($0.path) || MediaType.of($0.path) == .video
    }
    guard !mains.isEmpty else { return }
    let near = Dictionary(grouping: mains, by: { Array($0.path.folder) })
    for entry in all where chosen[entry.path] == nil && Companions.canBe(entry.path) {
      let wentAlong = near[Array(entry.path.folder)]?.contains {
        $0.deletion.location == entry.deletion.location
          && Companions.isCompanion(entry.path, of: $0.path)
      }
      if wentAlong == true { chosen[entry.path] = entry }
    }
  }

  private static func fits(_ entry: TrashEntry, _ selection: Selection) -> Bool {
    if let id = selection.deletion, entry.deletion != id { return false }
    if let by = selection.by, entry.deletion.location != by { return false }
    if let since = selection.since, entry.trashedAt * 1_000 < since.milliseconds { return false }
    return selection.names.isEmpty || selection.names.contains { entry.path.isNamed(by: $0) }
  }

  /// Puts the files back, never over another one, and records that a person did it, so that they
  /// come back elsewhere too.
  package static func run(
    _ open: OpenLocation, _ entries: [TrashEntry]
  ) async throws -> (recorded: [Event], attention: [Attention]) {
    try open.catchUp()
    var recorded = try await open.finishRestores()
    var attention: [Attention] = []
    for entry in entries {
      let target = open.spelling(entry.diskBytes, of: entry.path)
      var noted = entry
      noted.diskBytes = target
      try open.storage.noteRestore(noted)
      let outcome = await open.storage.putBack(entry, to: target)
      guard case .done = outcome else {
        open.storage.forgetRestore(entry)
        attention.append(
          Attention(
            reason: "trash-blocked", path: entry.path.bytes,
            detail: "not restored: \(describe(outcome))", waits: true))
        continue
      }
    }
    recorded += try await open.finishRestores()
    return (recorded, attention)
  }

  static func describe(_ outcome: Outcome) -> String {
    switch outcome {
    case .done: "done"
    case .changed: "the trashed bytes are not what was recorded"
    case .gone: "it is not in the trash any more"
    case .occupied:
      "another file has its name here, and nothing is replaced; move that one away and try again"
    case .blocked(let why): why
    case .keptInTrash(let id): "it stays in the trash entry \(id)"
    }
  }
}

extension OpenLocation {
  /// Records what a person put back from the trash, also by a run that was killed before it could.
  ///
  /// - Returns: the events recorded.
  package func finishRestores() async throws -> [Event] {
    let noted = try await storage.notedRestores()
    guard !noted.isEmpty else { return [] }
    let overrides = try cache.context().settings.ledger.mediaOverrides
    let now = outside.clock.now().milliseconds / 1_000
    var facts: [CausedFact] = []
    var moved: [KnownFile] = []
    for restore in noted {
      // Moved away, edited or removed since: the scan says what became of it.
      guard let stamp = restore.stamp, try !hasRecorded(restore.entry) else { continue }
      let entry = restore.entry
      let media = MediaType.of(entry.path, overrides: overrides)
      facts.append(
        CausedFact(.restored(FileFact(path: entry.path, media: media, content: entry.content))))
      moved.append(
        KnownFile(
          path: entry.path, content: entry.content, stamp: stamp,
          hashedAt: FileTime(seconds: now, nanoseconds: 0),
          diskBytes: entry.path.otherSpelling(entry.diskBytes)))
    }
    let recorded = try await record(facts, since: file.scannedSeen)
    if !moved.isEmpty { try cache.updateFiles(upsert: moved, remove: []) }
    for restore in noted { storage.forgetRestore(restore.entry) }
    return recorded
  }

  // Killed after it was recorded and before it was forgotten.
  private func hasRecorded(_ entry: TrashEntry) throws -> Bool {
    guard let copy = try cache.state(of: entry.path)?.copies[location] else { return false }
    return copy.version != nil && copy.file.content == entry.content
  }
}
