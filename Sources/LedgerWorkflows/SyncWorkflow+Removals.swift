import LedgerCore

extension SyncWorkflow {
  /// Brings what was noted by a clock that ran ahead to the present, so that it ends a day from now.
  mutating func clampRecent() throws {
    let now = open.outside.clock.now()
    var (gone, trashed) = (open.file.recentlyGone, open.file.recentlyTrashed)
    gone.clamp(to: now)
    trashed.clamp(to: now)
    guard gone != open.file.recentlyGone || trashed != open.file.recentlyTrashed else { return }
    (open.file.recentlyGone, open.file.recentlyTrashed) = (gone, trashed)
    try open.saveFile()
  }

  /// Notes what a scan is about to record as gone, so that the guard counts it for a day. A person who said
  /// yes to as many has seen those before, too.
  mutating func noteGone(_ detection: Detection) throws {
    guard detection.gone.all.files > 0 else { return }
    if let allowed = consent.allowedRemovals, detection.gone.all.files <= allowed {
      open.file.recentlyGone = RecentRemovals()
    } else {
      open.file.recentlyGone.add(detection.gone, at: open.outside.clock.now())
    }
    try open.saveFile()
  }

  /// Notes, before it is recorded, what was moved to the trash for deletions that nobody approved by
  /// name.
  mutating func noteTrashed(_ applied: Applied, unapproved: Set<LibraryPath>) throws {
    var files = FileTally()
    for (action, isDone) in applied.steps where isDone {
      if case .trash(let path, let content, _, let media) = action, unapproved.contains(path) {
        files.add(media, byteCount: content.byteCount)
      }
    }
    guard files.all.files > 0 else { return }
    open.file.recentlyTrashed.add(files, at: open.outside.clock.now())
    try open.saveFile()
  }

  /// Keeps which deletions wait, so that they go on waiting, and tells of renames that can't be done.
  mutating func keepWaiting(_ plan: Plan) throws {
    report.pending = plan.pending
    // What only waits for the rest of the log is not a person's to decide.
    let held = Set(plan.pending.filter { $0.reason != .incompleteLog }.map(\.id))
      .union(plan.pending.map(\.id).filter { open.file.held.contains($0) }).sorted()
    if held != open.file.held {
      open.file.held = held
      try open.saveFile()
    }
    for blocked in plan.blocked {
      report.attention.append(
        Attention(
          reason: "rename-blocked", path: blocked.from.bytes,
          detail: "\(blocked.cause) renamed it to \(blocked.to), which other bytes have here; "
            + "move that file to another name and sync again",
          waits: true))
    }
  }
}
