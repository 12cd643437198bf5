import LedgerCache
package import LedgerCore
import LedgerStorage

/// What came of a plan.
package struct Applied {
  /// The steps with what became of them; true: done.
  package var steps: [(action: Action, isDone: Bool)] = []
  /// What to record of them.
  package var facts: [CausedFact] = []
  /// What could not be done, for a person.
  package var attention: [Attention] = []
  /// The files that moved, for the quick check.
  package var moved: [KnownFile] = []
}

extension OpenLocation {
  /// Plans what this location should do about the ledger. Touches nothing.
  package func makePlan(_ scanned: Scanned) throws -> Plan { plan(try planInput(scanned)) }

  /// What decides about that.
  func planInput(_ scanned: Scanned) throws -> PlanInput {
    let cache = self.cache
    var input = PlanInput(
      location: location, work: try cache.work(for: location), context: try cache.context(),
      state: { try? cache.state(of: $0) }, here: { here($0, scanned)?.content })
    let unknown = scanned.result.observation.unknown.filter { !$0.diskBytes.isEmpty }
      .flatMap(\.hidden)
    input.isUnknown = { path in unknown.contains { path.isInside($0) } }
    input.trash = try storage.trashEntries().map { TrashedFile($0) }
    input.held = Set(file.held)
    input.isFirstSync = !file.hasSynced
    input.recentlyTrashed = file.recentlyTrashed.tally(at: outside.clock.now()).all
    input.present = try cache.locationTotals()[location] ?? FileTally.Total()
    input.isLogIncomplete = try cache.problems().contains { $0.kind == .waiting }
    return input
  }

  /// Plans what the companions do of photos and videos that a person removed or renamed here.
  package func planFollowers(_ scanned: Scanned) throws -> [Action] {
    guard scanned.result.observation.isComplete else { return [] }
    let moves = try openMoves()
    guard !moves.isEmpty else { return [] }
    let paths = try cache.knownPaths(beside: moves.map(\.from))
      .filter { !scanned.unseen.contains($0) }
    return planCompanions(moves, among: paths, here: { here($0, scanned)?.content })
  }

  /// Carries out what companions do. The facts are a person's: they have no cause and the type of
  /// the main file.
  package func follow(_ actions: [Action], _ scanned: Scanned) async throws -> Applied {
    var applied = Applied()
    let last = try cache.numbers()[location]
    let identity = try cache.context().identity
    for action in actions {
      let next = EventID(location: location, number: last + Int64(applied.facts.count) + 1)
      let outcome: Outcome
      switch action {
      case .trash(let path, let content, _, let media):
        guard identity.key(content).isStrong else {
          applied.attention.append(Self.weak(action))
          continue
        }
        outcome = await storage.trash(
          spelling(of: path, scanned), expecting: content,
          for: TrashIntent(
            next, after: last, now: outside.clock.now().milliseconds / 1_000, minCopies: nil))
        if case .done = outcome {
          let gone = FileFact(path: path, media: media, content: content)
          applied.facts.append(CausedFact(.deleted(gone, asks: false)))
        }
      case .rename(let path, let to, let content, let cause):
        outcome = await storage.rename(
          spelling(of: path, scanned), to: placeBytes(of: to), expecting: content)
        if case .done(let stamp) = outcome {
          let media = try cache.event(cause)?.event.fact.file?.media ?? MediaType.of(to)
          let moved = FileFact(path: to, media: media, content: content)
          applied.facts.append(CausedFact(.renamed(moved, from: path)))
          applied.moved.append(
            KnownFile(
              path: to, content: content, stamp: stamp, hashedAt: scanned.startedAt,
              diskBytes: to.otherSpelling(placeBytes(of: to))))
        }
      case .putBack, .fetch: continue
      }
      if case .done = outcome {
        applied.steps.append((action, true))
      } else {
        applied.steps.append((action, false))
        applied.attention.append(Self.attention(action, outcome))
      }
    }
    return applied
  }

  /// Carries a plan out, step by step; each re-checks what it finds at the last moment.
  package func apply(_ plan: Plan, _ scanned: Scanned) async throws -> Applied {
    var applied = Applied()
    let entries = try storage.trashEntries()
    let last = try cache.numbers()[location]
    for action in plan.actions {
      let outcome = await carryOut(action, scanned, entries, after: last)
      if case .done(let stamp) = outcome {
        applied.steps.append((action, true))
        record(action, stamp, scanned, &applied)
      } else {
        applied.steps.append((action, false))
        applied.attention.append(Self.attention(action, outcome))
      }
    }
    return applied
  }

  /// The name of a file as this place spells it, or would.
  func spelling(of path: LibraryPath, _ scanned: Scanned) -> [UInt8] {
    spelling(here(path, scanned)?.diskBytes, of: path)
  }

  private func carryOut(
    _ action: Action, _ scanned: Scanned, _ entries: [TrashEntry], after: Int64
  ) async -> Outcome {
    switch action {
    case .trash(let path, let content, let cause, _):
      return await storage.trash(
        spelling(of: path, scanned), expecting: content,
        for: TrashIntent(
          cause, after: after, now: outside.clock.now().milliseconds / 1_000, minCopies: nil))
    case .rename(let path, let to, let content, _):
      return await storage.rename(
        spelling(of: path, scanned), to: placeBytes(of: to), expecting: content)
    case .putBack(let path, let content, let trashed, let deletion, _):
      let fitting = entries.last {
        $0.path == trashed && $0.deletion == deletion && $0.content == content
      }
      guard let entry = fitting else { return .gone }
      let target = spelling(path == trashed ? entry.diskBytes : nil, of: path)
      return await storage.putBack(entry, to: target)
    // Brought many at a time, after all else.
    case .fetch: return .gone
    }
  }

  private func record(
    _ action: Action, _ stamp: FileStamp, _ scanned: Scanned, _ applied: inout Applied
  ) {
    func file(_ path: LibraryPath, _ content: Content) -> FileFact {
      FileFact(path: path, media: MediaType.of(path), content: content)
    }
    func known(_ path: LibraryPath, _ content: Content) -> KnownFile {
      KnownFile(
        path: path, content: content, stamp: stamp, hashedAt: scanned.startedAt,
        diskBytes: path.otherSpelling(placeBytes(of: path)))
    }
    switch action {
    case .trash(let path, let content, let cause, let media):
      let gone = FileFact(path: path, media: media, content: content)
      applied.facts.append(CausedFact(.deleted(gone, asks: false), cause: cause))
    case .rename(let path, let to, let content, let cause):
      applied.facts.append(CausedFact(.renamed(file(to, content), from: path), cause: cause))
      applied.moved.append(known(to, content))
    case .putBack(let path, let content, _, _, let cause):
      applied.facts.append(CausedFact(.restored(file(path, content)), cause: cause))
      applied.moved.append(known(path, content))
    case .fetch: break
    }
  }

  private static func weak(_ action: Action) -> Attention {
    Attention(
      reason: "trash-blocked", path: action.path.bytes,
      detail: "it belongs to a photo or video that was removed, and is known by md5 or sha1 alone, "
        + "which deletes nothing; it goes once another location tells its sha256, or remove it by hand",
      waits: true)
  }

  private static func attention(_ action: Action, _ outcome: Outcome) -> Attention {
    let (reason, detail): (String, String) =
      switch outcome {
      case .done: ("", "")
      case .changed: ("trash-blocked", "its bytes changed since the scan; left alone")
      case .gone: ("trash-blocked", "it is not there any more")
      case .occupied: ("rename-blocked", "another file has the name already; nothing was replaced")
      case .blocked(let why): ("trash-blocked", "\(why); the file stays where it is")
      case .keptInTrash(let id):
        (
          "trash-blocked",
          "it changed while it was moved; the new bytes are in the trash entry \(id)"
        )
      }
    return Attention(reason: reason, path: action.path.bytes, detail: detail, waits: true)
  }
}

extension TrashedFile {
  /// The file of an entry.
  init(_ entry: TrashEntry) {
    self.init(
      path: entry.path, content: entry.content, deletion: entry.deletion, after: entry.after)
    isPruned = entry.minCopies != nil
  }
}
