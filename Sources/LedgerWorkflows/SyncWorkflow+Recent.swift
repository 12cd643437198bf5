import LedgerCore

extension SyncWorkflow {
  /// Notes what a scan recorded as gone, so that the guard counts it for a day. A person who said yes
  /// to removals has seen those before, too.
  mutating func noteGone(_ detection: Detection) throws {
    if consent.allowedRemovals != nil, detection.halts.isEmpty {
      guard !open.file.recentlyGone.parts.isEmpty else { return }
      open.file.recentlyGone = RecentRemovals()
    } else {
      guard detection.gone.all.files > 0 else { return }
      open.file.recentlyGone.add(detection.gone, at: open.outside.clock.now())
    }
    try open.saveFile()
  }

  /// Notes what was moved to the trash for deletions that nobody approved by name.
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
}
