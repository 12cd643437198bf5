package import LedgerCore

extension RcloneStorage {
  /// Moves a file to the trash on the same remote. The intent is noted in the home first, so that a run
  /// that is killed is finished by the next.
  package func trash(
    _ path: [UInt8], expecting content: Content, for intent: TrashIntent
  ) async -> Outcome {
    guard let key = map.path(spelled: path) else { return .gone }
    return await attempt {
      guard let there = try await look(at: [path], for: content)[path] else { return .gone }
      guard there.isIt else { return .changed }
      let entry = try noted(try home.newEntry(key, path, content, intent))
      let place = trashPath(entry)
      await writeName(of: entry)
      let run = try await rclone.move(path, to: place)
      // Once more, as another program may have written to it at the last moment.
      let found = try await look(at: [path, place], for: content)
      // The note stays: a server may finish later what it was asked for.
      guard let moved = found[place] else { return .blocked(refusal(run)) }
      if found[path]?.isIt == true {
        return .blocked("it was copied to the trash and not taken from its place: \(refusal(run))")
      }
      try home.noteMoved(entry)
      guard moved.isIt else {
        return await back(entry, to: path)
      }
      return .done(moved.file.stamp)
    }
  }

  /// A remote's files have one name each.
  package func isLinked(_ path: [UInt8]) -> Bool { false }

  /// Not every remote tells that, and a quota may be shared with what is not of the library.
  package func freeBytes() -> Int64? { nil }

  // The one of a run that got as far as this, where there is one: else each try would leave another.
  private func noted(_ wanted: TrashEntry) throws -> TrashEntry {
    let old = try home.trashNotes().first {
      !$0.isMoved && $0.entry.isOfSameFile(as: wanted) && $0.entry.deletion == wanted.deletion
        && $0.entry.minCopies == wanted.minCopies
    }
    if let old { return old.entry }
    _ = try home.makeSlot(wanted)
    return wanted
  }

  // Other bytes go back, or stay in the trash beside a loud report.
  private func back(_ entry: TrashEntry, to path: [UInt8]) async -> Outcome {
    let place = trashPath(entry)
    do {
      _ = try await rclone.move(place, to: path)
      let found = try await rclone.look(
        at: [path, place, namePath(entry)], try await features())
      guard found[place] == nil, found[path] != nil else { return .keptInTrash(entry.id) }
      await dropName(of: entry, found)
      home.forget(entry)
      return .changed
    } catch {
      return .keptInTrash(entry.id)
    }
  }

  /// Gives a file another name on the remote.
  package func rename(
    _ path: [UInt8], to target: [UInt8], expecting content: Content
  ) async -> Outcome {
    guard LibraryPath(diskBytes: path) != nil else { return .gone }
    guard LibraryPath(diskBytes: target) != nil else { return Self.noPath }
    // rclone would be told another name, with U+FFFD.
    guard isText(target) else { return Self.noText }
    return await attempt {
      let before = try await look(at: [path, target], for: content)
      guard let there = before[path] else { return .gone }
      guard there.isIt else { return .changed }
      let isRespelling =
        try await features().ignoresCase && text(path).lowercased() == text(target).lowercased()
      guard before[target] == nil || isRespelling else { return .occupied }
      let run = try await rclone.move(path, to: target)
      let after = try await rclone.look(at: [path, target], try await features())
      guard let moved = after[target] else { return .blocked(refusal(run)) }
      // A file that came to the new name at the last moment stays, and so does ours.
      guard after[path] == nil || isRespelling else { return .occupied }
      return .done(moved.stamp)
    }
  }

  /// Puts a trashed file back on the remote.
  package func putBack(_ entry: TrashEntry, to target: [UInt8]) async -> Outcome {
    guard LibraryPath(diskBytes: target) != nil else { return Self.noPath }
    guard isText(target) else { return Self.noText }
    return await attempt {
      let place = trashPath(entry)
      let before = try await look(at: [place, target], for: entry.content)
      guard let there = before[place] else { return .gone }
      guard there.isIt else { return .changed }
      guard before[target] == nil else { return .occupied }
      try home.noteLeaving(entry)
      let run = try await rclone.move(place, to: target)
      let after = try await rclone.look(
        at: [place, target, namePath(entry)], try await features())
      guard after[place] == nil else {
        try home.forgetLeaving(entry)
        return after[target] == nil ? .blocked(refusal(run)) : .occupied
      }
      await dropName(of: entry, after)
      home.forget(entry)
      guard let back = after[target] else { return .gone }
      return .done(back.stamp)
    }
  }

  /// What is in the trash of the remote, as the home's notes tell.
  package func trashEntries() throws -> [TrashEntry] { try home.notedEntries() }

  /// The file in the trash of the remote, as rclone takes it.
  package func whereabouts(of entry: TrashEntry) -> String? {
    rclone.address(text(trashPath(entry)))
  }

  /// Asks the remote what became of moves that no run has seen the end of.
  package func finishInterrupted() async throws {
    try home.tidyNotes()
    let notes = try home.trashNotes()
    for note in notes where note.isLeaving || !note.isMoved {
      let (entry, place) = (note.entry, trashPath(note.entry))
      let found = try await rclone.look(
        at: [place, entry.diskBytes, namePath(entry)], try await features())
      if found[place] == nil {
        if note.isLeaving || (found[entry.diskBytes] != nil && isOld(entry)) {
          await dropName(of: entry, found)
          home.forget(entry)
        } else if found[entry.diskBytes] == nil, notes.contains(where: { $0.hasCaughtUp(entry) }) {
          // The text stays on the remote: should the server move the file yet, that names it.
          home.forget(entry)
        }
        // Where neither is seen, and no later try has moved it, the note is the last that is known of it.
      } else if note.isLeaving {
        try home.forgetLeaving(entry)
      } else {
        try await noteIfMoved(entry, found[entry.diskBytes])
      }
    }
  }

  /// Notes that an entry whose file was seen in the trash has moved, unless the file stands at its path as
  /// well: a copy with the removal still to come.
  func noteIfMoved(_ entry: TrashEntry, _ file: ListedFile?) async throws {
    if try await !isStillThere(entry, file) { try home.noteMoved(entry) }
  }

  // Whether the file stands at its path beside a copy in the trash.
  private func isStillThere(_ entry: TrashEntry, _ file: ListedFile?) async throws -> Bool {
    guard file != nil else { return false }
    return try await look(at: [entry.diskBytes], for: entry.content)[entry.diskBytes]?.isIt == true
  }

  /// Notes in the home that a person wants an entry back.
  package func noteRestore(_ entry: TrashEntry) throws { try home.noteRestore(entry) }

  /// The noted restores, with what the remote has at their paths.
  package func notedRestores() async throws -> [NotedRestore] {
    var noted: [NotedRestore] = []
    for entry in try home.wantedBack() {
      let place = trashPath(entry)
      let found = try await look(at: [place, entry.diskBytes], for: entry.content)
      guard found[place] == nil else {
        home.forgetWanted(entry)
        continue
      }
      let back = found[entry.diskBytes]
      noted.append(
        NotedRestore(entry: entry, stamp: back?.isIt == true ? back?.file.stamp : nil))
    }
    return noted
  }

  /// Forgets a noted restore.
  package func forgetRestore(_ entry: TrashEntry) { home.forgetWanted(entry) }

  private static let noPath = Outcome.blocked("the name can't be one of the library's")

  private func refusal(_ run: OutsideProgram.Run) -> String {
    "rclone moved nothing on \(remote): \(run.exitStatus == 0 ? "it gave no reason" : run.brief)"
  }

  func isText(_ path: [UInt8]) -> Bool { Array(text(path).utf8) == path }

  private static let noText = Outcome.blocked("rclone takes no name that is not valid UTF-8")

  func attempt(_ body: () async throws -> Outcome) async -> Outcome {
    do { return try await body() } catch { return .blocked("\(error)") }
  }
}
