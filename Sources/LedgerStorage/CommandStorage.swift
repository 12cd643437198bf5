package import LedgerCore
internal import Synchronization

/// The user's own commands for a place.
package struct PlaceCommands: Hashable, Sendable {
  /// Prints a listing of rclone's `lsjson` shape.
  package var list: String
  /// Moves the file `$1` to a trash of the place.
  package var trash: String?
  /// Gives the file `$1` the name `$2`.
  package var rename: String?
  /// Brings the file `$1` back from the place's trash.
  package var restore: String?
  /// Prints the bytes of the file `$1`.
  package var fetch: String?

  /// Commands that only list so far.
  package init(list: String) { self.list = list }

  /// Whether paths could not be handed to a command as its arguments: they would be commands themselves,
  /// or be left out as a comment.
  package static func endsEarly(_ command: String) -> Bool {
    let last = command.last { !$0.isWhitespace }
    return command.contains { $0.isNewline } || command.contains("#")
      || last.map { ";&|(!".contains($0) } ?? true
  }
}

/// A location that the user's own programs list and work on.
///
/// Each command is given once to `sh`, as it was typed, and paths are its arguments: they are never part
/// of the shell's text.
package struct CommandStorage: ListedStorage {
  /// The commands.
  package let commands: PlaceCommands
  var home: FolderStorage
  private let environment: [String: String]
  private let held: Int32?
  private let latest = Latest()

  // What the last listing of this run had: each step is compared with it.
  private final class Latest: Sendable {
    let files = Mutex<(files: [[UInt8]: ListedFile], at: ContinuousClock.Instant)?>(nil)
  }

  /// A place with its home.
  package init(
    commands: PlaceCommands, home: FolderStorage, environment: [String: String], held: Int32?
  ) {
    self.commands = commands
    self.home = home
    self.environment = environment
    self.held = held
  }

  private func program(_ command: String, withArguments: Bool) -> OutsideProgram {
    OutsideProgram(
      words: ["sh", "-c", withArguments ? "\(command) \"$@\"" : command, "ledger"],
      environment: environment, folder: home.root, held: held)
  }

  /// Unless there is a command for it.
  package var isByHand: Bool { commands.trash == nil }

  /// A command lists whatever it lists.
  package func fault() async throws -> String? { nil }

  func list(_ found: (ListedFile) throws -> Void) async throws -> String? {
    var parser = ListingParser()
    do {
      let run = try await program(commands.list, withArguments: false).run([]) {
        try parser.take($0, found)
      }
      guard run.exitStatus == 0 else {
        return "\(commands.list) ended with \(run.exitStatus): \(run.brief)"
      }
      try parser.end()
      return nil
    } catch let error as MalformedListing {
      return "what \(commands.list) lists can't be read: \(error)"
    }
  }

  func readFiles(
    _ files: [ListedFile], _ algorithm: DigestAlgorithm, width: Int
  ) async throws -> [ReadFile] {
    guard let fetch = commands.fetch else {
      return files.map { _ in
        .unreadable("the listing tells no sha256, sha1 or md5 of it, and no command fetches it")
      }
    }
    let program = program(fetch, withArguments: true)
    return try await withThrowingTaskGroup(of: (Int, ReadFile).self) { group in
      var results = [ReadFile](repeating: .changed, count: files.count)
      var next = 0
      func add() {
        guard next < files.count else { return }
        let (index, file) = (next, files[next])
        group.addTask { (index, try await Self.read(file, algorithm, program, fetch)) }
        next += 1
      }
      for _ in 0..<min(width, files.count) { add() }
      while let (index, result) = try await group.next() {
        results[index] = result
        add()
      }
      return results
    }
  }

  private static func read(
    _ file: ListedFile, _ algorithm: DigestAlgorithm, _ program: OutsideProgram, _ command: String
  ) async throws -> ReadFile {
    var hasher = ContentHasher([algorithm])
    let run = try await program.run([text(file.path)]) { hasher.update($0) }
    guard run.exitStatus == 0 else {
      return .unreadable("\(command) ended with \(run.exitStatus): \(run.brief)")
    }
    let content = hasher.finish()
    guard content.byteCount == file.byteCount,
      let digest = content.digests.first(where: { $0.algorithm == algorithm })
    else { return .changed }
    return .content(Content(digest: digest, byteCount: content.byteCount))
  }

  /// What a path has by a listing of this run, made anew once before the first step, and whether that is
  /// a content.
  private func look(
    at path: [UInt8], for content: Content
  ) async throws -> (file: ListedFile, isIt: Bool)? {
    guard let file = try await files()[path] else { return nil }
    if file.byteCount != content.byteCount || content.sharesAlgorithm(with: file.digests) {
      return (file, file.content.map { content.isShown(by: $0) } ?? false)
    }
    let read = try await readFiles([file], content.digest.algorithm, width: 1)
    guard case .content(let there) = read[0] else {
      throw PlaceError("its bytes can't be compared with those that were recorded")
    }
    return (file, content.isShown(by: there))
  }

  // Not older than so long: before something gets a name it is asked once more whether that is free.
  private func files(notBefore age: Duration? = nil) async throws -> [[UInt8]: ListedFile] {
    if let known = latest.files.withLock({ $0 }),
      age.map({ known.at.duration(to: .now) < $0 }) ?? true
    {
      return known.files
    }
    var files: [[UInt8]: ListedFile] = [:]
    var twice: Set<[UInt8]> = []
    let trouble = try await list {
      if files.updateValue($0, forKey: $0.path) != nil { twice.insert($0.path) }
    }
    if let trouble { throw PlaceError(trouble) }
    for path in twice { files[path] = nil }
    let found = files
    let now = ContinuousClock.now
    latest.files.withLock { $0 = (found, now) }
    return found
  }

  private func call(_ command: String, _ paths: [[UInt8]]) async throws {
    let run = try await program(command, withArguments: true).act(paths.map(text))
    guard run.exitStatus == 0 else {
      // Nobody knows what it did before it failed.
      latest.files.withLock { $0 = nil }
      throw PlaceError("\(command) ended with \(run.exitStatus): \(run.brief)")
    }
  }

  /// Has the user's command move the file to the place's own trash.
  package func trash(
    _ path: [UInt8], expecting content: Content, for intent: TrashIntent
  ) async -> Outcome {
    guard let command = commands.trash else { return ByHand.trash }
    guard let key = map.path(spelled: path) else { return .gone }
    return await attempt {
      guard let there = try await look(at: path, for: content) else { return .gone }
      guard there.isIt else { return .changed }
      let entry = try home.newEntry(key, path, content, intent)
      _ = try home.makeSlot(entry)
      do {
        try await call(command, [path])
      } catch {
        // The note stays: the place may finish later what it was asked for.
        if try await files()[path] != nil { throw error }
      }
      try home.noteMoved(entry)
      latest.files.withLock { $0?.files[path] = nil }
      return .done(there.file.stamp)
    }
  }

  /// A place that is only listed has no such names.
  package func isLinked(_ path: [UInt8]) -> Bool { false }

  /// No command tells that.
  package func freeBytes() -> Int64? { nil }

  /// Has the user's command rename the file.
  package func rename(
    _ path: [UInt8], to target: [UInt8], expecting content: Content
  ) async -> Outcome {
    guard let command = commands.rename else { return ByHand.rename(to: target) }
    return await attempt {
      guard let there = try await look(at: path, for: content) else { return .gone }
      guard there.isIt else { return .changed }
      guard try await files(notBefore: .seconds(10))[target] == nil else { return .occupied }
      try await call(command, [path, target])
      // Its word is not enough: what was not renamed would seem to be gone from its new name.
      latest.files.withLock { $0 = nil }
      guard let moved = try await look(at: target, for: content), moved.isIt,
        try await files()[path] == nil
      else { return .blocked("\(command) succeeded, and the listing does not show it renamed") }
      return .done(moved.file.stamp)
    }
  }

  /// Has the user's command bring the file back to its old path.
  package func putBack(_ entry: TrashEntry, to target: [UInt8]) async -> Outcome {
    guard let command = commands.restore, target == entry.diskBytes else { return ByHand.putBack }
    return await attempt {
      guard try await files(notBefore: .zero)[target] == nil else { return .occupied }
      try home.noteLeaving(entry)
      do {
        try await call(command, [target])
      } catch {
        if try await files()[target] == nil {
          try home.forgetLeaving(entry)
          throw error
        }
      }
      latest.files.withLock { $0 = nil }
      guard let back = try await look(at: target, for: entry.content), back.isIt else {
        try home.forgetLeaving(entry)
        return .changed
      }
      home.forget(entry)
      return .done(back.file.stamp)
    }
  }

  /// The place's own trash is not the ledger's to empty.
  package func erase(_ entry: TrashEntry) async -> Outcome { ByHand.erase }

  /// The place has a trash of its own.
  package func whereabouts(of entry: TrashEntry) -> String? { nil }

  /// What the user's command moved to the place's trash.
  package func trashEntries() throws -> [TrashEntry] { try home.notedEntries() }

  /// Looks what became of steps that no run has seen the end of.
  package func finishInterrupted() async throws {
    try home.tidyNotes()
    for note in try home.trashNotes() where note.isLeaving || !note.isMoved {
      let isThere = try await files()[note.entry.diskBytes] != nil
      switch (note.isLeaving, isThere) {
      case (true, true): home.forget(note.entry)
      case (false, true): if isOld(note.entry) { home.forget(note.entry) }
      case (true, false): try home.forgetLeaving(note.entry)
      case (false, false): try home.noteMoved(note.entry)
      }
    }
  }

  /// Notes in the home that a person wants an entry back.
  package func noteRestore(_ entry: TrashEntry) throws { try home.noteRestore(entry) }

  /// The noted restores, with what is at their paths.
  package func notedRestores() async throws -> [NotedRestore] {
    var noted: [NotedRestore] = []
    for entry in try home.wantedBack() {
      guard let back = try await look(at: entry.diskBytes, for: entry.content) else {
        home.forgetWanted(entry)
        continue
      }
      noted.append(NotedRestore(entry: entry, stamp: back.isIt ? back.file.stamp : nil))
    }
    return noted
  }

  /// Forgets a noted restore.
  package func forgetRestore(_ entry: TrashEntry) { home.forgetWanted(entry) }

  private func attempt(_ body: () async throws -> Outcome) async -> Outcome {
    do { return try await body() } catch { return .blocked("\(error)") }
  }
}
