import LedgerCache
import LedgerCore
import LedgerStorage

/// Brings what a plan wants from other locations, puts it in place and records it, part by part: a run
/// that is killed or meets an end is gone on with by the next.
struct Fetching {
  /// A file to fetch.
  private struct Wanted {
    let action: Action
    let path: LibraryPath
    let content: Content
    let cause: EventID
    let modified: FileTime?
    var from: ArraySlice<LocationID>
  }

  /// The steps with what became of them.
  private(set) var steps: [(action: Action, isDone: Bool)] = []
  /// What could not be done, for a person.
  private(set) var attention: [Attention] = []
  /// What was recorded.
  private(set) var recorded: [Event] = []

  private let open: OpenLocation
  private let home: FolderStorage
  private let limits: FetchLimits
  private let since: Seen
  /// What is not begun, and what is under way of it.
  private var later: ArraySlice<Action>
  private var waiting: [Wanted] = []
  private var sources: [LocationID: FetchSource] = [:]
  /// The locations that gave nothing, with the reason, and how many files wait for them.
  private var silent: [LocationID: (words: String, count: Int, waits: Bool)] = [:]
  private var pace: Pace
  private let total: (files: Int, bytes: Int64)
  private var done: (files: Int, bytes: Int64) = (0, 0)

  /// How many files are under way at once, and files of a part, and bytes, but one file at least.
  private static let windowFiles = 5_000
  private static let partFiles = 500
  private static let partBytes: Int64 = 512 << 20

  init(
    _ open: OpenLocation, into home: FolderStorage, _ actions: [Action], since: Seen,
    _ limits: FetchLimits
  ) throws {
    self.open = open
    self.home = home
    self.limits = limits
    self.since = since
    pace = Pace(bytesPerSecond: limits.bytesPerSecond)
    later = actions[...]
    let bytes = actions.reduce(Int64(0)) { sum, action in
      if case .fetch(_, let content, _, _) = action { sum + content.byteCount } else { sum }
    }
    total = (actions.count, bytes)
  }

  /// Fetches everything that can be had.
  ///
  /// - Throws: where nothing can be recorded any more.
  mutating func run() async throws {
    home.tidyFetched(wanted: Set(later.map(\.path)))
    var goesOn = true
    while goesOn, !later.isEmpty {
      try takeWindow()
      goesOn = try await runWindow()
    }
    finish()
  }

  private mutating func takeWindow() throws {
    for action in later.prefix(Self.windowFiles) {
      guard case .fetch(let path, let content, let cause, let from) = action else { continue }
      waiting.append(
        Wanted(
          action: action, path: path, content: content, cause: cause,
          modified: try open.cache.event(cause)?.event.fact.file?.modified, from: from[...]))
    }
    later = later.dropFirst(Self.windowFiles)
  }

  // False where this side's disk takes no more.
  private mutating func runWindow() async throws -> Bool {
    // What had come before a run was cut short needs no other place.
    let home = self.home
    let isHere = waiting.map { home.fetchedBytes($0.path) == $0.content.byteCount }
    let come = zip(waiting, isHere).filter(\.1).map(\.0)
    waiting = zip(waiting, isHere).filter { !$0.1 }.map(\.0)
    for start in stride(from: 0, to: come.count, by: Self.partFiles) {
      try await settle(Array(come[start..<min(start + Self.partFiles, come.count)]), from: nil)
    }
    while let (id, source) = try nextSource() {
      let part = takePart(from: id)
      guard !part.isEmpty else {
        stop("the disk has no room for the next file")
        return false
      }
      guard try await bring(part, id, source) else { return false }
    }
    return true
  }

  // False where this side's disk takes no more.
  private mutating func bring(
    _ part: [Wanted], _ id: LocationID, _ source: FetchSource
  ) async throws -> Bool {
    show(part)
    var pace = pace
    let trouble = open.bring(
      part.map(\.path), from: source, into: home, limits, &pace, meanwhile: { show(part) })
    self.pace = pace
    guard case .disk(let error) = trouble else {
      let isFull = trouble != nil && missingBytes(part) > room()
      let hasCome = part.contains { home.fetchedBytes($0.path) == $0.content.byteCount }
      // What was cut short is asked for again as long as something comes.
      if case .source(let words) = trouble, !hasCome { silent[id] = (words, 0, false) }
      try await settle(part, from: id, isCutShort: trouble != nil && hasCome && !isFull)
      guard isFull else { return true }
      for file in part { home.dropFetched(file.path) }
      stop("the disk is full")
      return false
    }
    for file in part { home.dropFetched(file.path) }
    waiting += part
    stop("\(error)")
    return false
  }

  // The first location that can be asked, of those that the files are to come from.
  private mutating func nextSource() throws -> (LocationID, FetchSource)? {
    var index = 0
    while index < waiting.count {
      guard let id = waiting[index].from.first else {
        index += 1
        continue
      }
      if silent[id] == nil, sources[id] == nil {
        let found = try open.fetchSource(of: id)
        sources[id] = found.source
        if found.source == nil { silent[id] = (found.words, 0, true) }
      }
      if silent[id] == nil, let source = sources[id] { return (id, source) }
      waiting[index].from.removeFirst()
      if waiting[index].from.isEmpty {
        silent[id]?.count += 1
        steps.append((waiting[index].action, false))
        waiting.remove(at: index)
      }
    }
    return nil
  }

  // None where the disk has no room for the next one.
  private mutating func takePart(from id: LocationID) -> [Wanted] {
    var part: [Wanted] = []
    var rest: [Wanted] = []
    var (bytes, room) = (Int64(0), room())
    var isFull = false
    for file in waiting {
      let size = file.content.byteCount
      let fits = part.isEmpty || part.count < Self.partFiles && bytes + size <= Self.partBytes
      guard file.from.first == id, fits, !isFull else {
        rest.append(file)
        continue
      }
      let missing = max(0, size - (home.fetchedBytes(file.path) ?? 0))
      guard missing <= room else {
        isFull = true
        rest.append(file)
        continue
      }
      room -= missing
      bytes += size
      part.append(file)
    }
    waiting = rest
    return part
  }

  // What a person's programs and this one need stays free.
  private func room() -> Int64 { max(0, (home.freeBytes() ?? .max) - (home.reserveBytes() ?? 0)) }

  private func missingBytes(_ part: [Wanted]) -> Int64 {
    part.reduce(0) { $0 + max(0, $1.content.byteCount - (home.fetchedBytes($1.path) ?? 0)) }
  }

  // Puts in place what has come, and records it; the rest goes on to the next location.
  private mutating func settle(
    _ part: [Wanted], from id: LocationID?, isCutShort: Bool = false
  ) async throws {
    let ledger = try open.cache.context().settings.ledger
    var whole: [(file: Wanted, content: Content)] = []
    for file in part {
      switch home.checkFetched(
        file.path, expecting: file.content, ledger.digests, modified: file.modified)
      {
      case .whole(let content): whole.append((file, content))
      case .absent: goOn(file, isCutShort ? nil : id, "does not have it there now")
      case .wrong: goOn(file, id, "gave other bytes, which were thrown away at once")
      case .blocked(let why): give(up: file, why)
      }
    }
    var facts: [CausedFact] = []
    var known: [(path: LibraryPath, content: Content, stamp: FileStamp)] = []
    let outcomes = await open.putInPlace(
      whole.map { (path: $0.file.path, content: $0.content) }, from: home, limits)
    for ((file, content), outcome) in zip(whole, outcomes) {
      guard case .done(let stamp) = outcome else {
        give(up: file, Self.describe(outcome))
        continue
      }
      let fact = FileFact(
        path: file.path, media: MediaType.of(file.path, overrides: ledger.mediaOverrides),
        content: content, modified: stamp.modified)
      facts.append(CausedFact(.added(fact), cause: file.cause))
      known.append((file.path, content, stamp))
      steps.append((file.action, true))
      done.files += 1
      done.bytes += content.byteCount
    }
    recorded += try await open.record(facts, since: since)
    let now = open.outside.clock.now().milliseconds
    let time = FileTime(seconds: now / 1_000, nanoseconds: Int32(now % 1_000) * 1_000_000)
    try open.cache.updateFiles(
      upsert: known.map {
        KnownFile(
          path: $0.path, content: $0.content, stamp: $0.stamp, hashedAt: time,
          diskBytes: $0.path.otherSpelling(open.placeBytes(of: $0.path)))
      }, remove: [])
  }

  private mutating func goOn(_ file: Wanted, _ id: LocationID?, _ why: String) {
    var file = file
    guard let id else { return waiting.append(file) }
    file.from.removeFirst()
    if !file.from.isEmpty {
      waiting.append(file)
    } else if silent[id] != nil {
      silent[id]?.count += 1
      steps.append((file.action, false))
    } else {
      give(up: file, "\(id) \(why)", waits: false)
    }
  }

  private static func describe(_ outcome: Outcome) -> String {
    switch outcome {
    case .occupied: "another file has the name here already; nothing was replaced"
    case .blocked(let why): why
    default: "another program changed it at once; the next scan looks at it"
    }
  }

  private mutating func give(up file: Wanted, _ why: String, waits: Bool = true) {
    steps.append((file.action, false))
    attention.append(
      Attention(
        reason: "fetch-blocked", path: file.path.bytes, detail: "not fetched: \(why)", waits: waits)
    )
  }

  private mutating func stop(_ why: String) {
    let bytes = total.bytes - done.bytes
    attention.append(
      Attention(
        reason: "fetch-blocked", path: [],
        detail:
          "\(why): \(Count.files(total.files - done.files)) with \(Count.text(Int(bytes))) bytes were "
          + "not fetched, and nothing is half in place; make room and sync again", waits: true))
  }

  private mutating func finish() {
    for action in waiting.map(\.action) + later { steps.append((action, false)) }
    for (id, found) in silent.sorted(by: { $0.key < $1.key }) where found.count > 0 {
      attention.append(
        Attention(
          reason: "fetch-blocked", path: [],
          detail: "\(id) gave nothing: \(found.words); \(Count.files(found.count)) "
            + "\(found.count == 1 ? "waits" : "wait") for it", waits: found.waits))
    }
    open.outside.progress(.done)
    steps.sort { $0.action.path < $1.action.path }
  }

  private func show(_ part: [Wanted]) {
    let come = part.reduce(Int64(0)) { sum, file in
      sum + min(file.content.byteCount, home.fetchedBytes(file.path) ?? 0)
    }
    open.outside.progress(
      .hashing(
        files: done.files, bytes: done.bytes + come, totalFiles: total.files,
        totalBytes: total.bytes))
  }
}

extension OpenLocation {
  /// The folder below which fetched files wait; nil where this location's files can't be fetched to.
  var fetchHome: FolderStorage? {
    storage is FolderStorage || storage is RcloneStorage ? home : nil
  }

  /// Gives files that have come and were checked their names, where these are free.
  ///
  /// - Returns: what became of each.
  func putInPlace(
    _ files: [(path: LibraryPath, content: Content)], from home: FolderStorage,
    _ limits: FetchLimits
  ) async -> [Outcome] {
    guard !files.isEmpty, let remote = storage as? RcloneStorage else {
      return files.map { home.putFetched($0.path) }
    }
    return await remote.take(
      files, bytesPerSecond: limits.bytesPerSecond, transferCount: limits.transferCount)
  }

  /// Plans what this location fetches beside a plan. Touches nothing.
  func makeFetches(besides plan: Plan, _ scanned: Scanned) throws -> [Action] {
    var input = try planInput(scanned)
    guard fetchHome != nil, !input.context.settings[location].fetchFrom.isEmpty else { return [] }
    var actions: [Action] = []
    var part: [PathState] = []
    input.work = []
    for condition in PathState.lacking {
      try cache.paths(condition: condition) { state in
        part.append(state)
        guard part.count == 4_096 else { return }
        actions += planFetches(part, besides: plan, input)
        part = []
      }
    }
    actions += planFetches(part, besides: plan, input)
    return actions.sorted { $0.path < $1.path }
  }
}
