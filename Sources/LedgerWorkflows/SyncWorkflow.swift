import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerStorage

/// The main job: pull, scan, record, plan, apply, record, push.
package struct SyncWorkflow {
  /// How far a run goes.
  package enum Extent: Hashable, Sendable {
    /// Everything.
    case sync
    /// Everything but the network.
    case offline
    /// Records what changed here; applies nothing, touches no network.
    case scan
    /// Records what changed here and makes room, with the hub's word and for all to hear.
    case prune(PruneRequest)

    var isOnline: Bool {
      switch self {
      case .sync, .prune: true
      case .offline, .scan: false
      }
    }
  }

  var open: OpenLocation
  let extent: Extent
  let consent: ScanConsent
  var report: SyncReport
  /// How much a fetch may take; what is not said here stands in `location.json`.
  package var limits = FetchLimits()

  /// A run at an open location whose lock is held.
  package init(_ open: OpenLocation, extent: Extent, consent: ScanConsent) {
    self.open = open
    self.extent = extent
    self.consent = consent
    report = SyncReport(location: open.location)
  }

  /// Runs, and tells what happened.
  ///
  /// - Throws: `WorkflowError` where nothing at all can be done.
  package mutating func run() async throws -> SyncReport {
    let started = ContinuousClock.now
    try await pull()
    try checkMayPrune()
    try open.catchUp()
    if extent != .scan, let found = try open.compareWithLog() { report.attention.append(found) }
    let settings = try open.cache.context().settings
    if tellRetired(settings) {
      // Its copies count no more, so a scan would find every file new each time.
    } else if let fault = try open.takeUpMap(of: settings, consent) {
      report.isUnhealthy = true
      report.attention.append(fault)
    } else if let fault = try await open.storageFault() {
      report.isUnhealthy = true
      report.attention.append(
        Attention(reason: "restored-disk", path: [], detail: fault, waits: true))
    } else {
      try await scanAndApply()
      let isTrashed = (report.planned.map(\.isDone) + report.prunes.map(\.isDone)).contains(true)
      if try isTrashed || !open.hasObservedToday() {
        try open.observeDay(try open.storage.trashEntries())
      }
      try tellOddities()
    }
    try notice()
    try tellConflicts()
    if extent.isOnline { try await push() }
    report.heads = try open.cache.heads()
    report.seconds = (ContinuousClock.now - started) / .seconds(1)
    return report
  }

  /// Plans on a scratch copy of clone and cache, which is thrown away: nothing changes anywhere.
  package mutating func dryRun() async throws -> SyncReport {
    try await pull()
    try open.catchUp()
    let settings = try open.cache.context().settings
    if tellRetired(settings) { return report }
    if let fault = try open.takeUpMap(of: settings, consent) {
      report.isUnhealthy = true
      report.attention.append(fault)
      return report
    }
    if let fault = try await open.storageFault() {
      report.isUnhealthy = true
      report.attention.append(
        Attention(reason: "restored-disk", path: [], detail: fault, waits: true))
      return report
    }
    let scanned = try await scan()
    let facts = scanned.detection.facts
    let before = try open.cache.numbers()[open.location]
    report.recorded = facts.enumerated().map { index, fact in
      Event(
        id: EventID(location: open.location, number: before + Int64(index) + 1),
        at: open.outside.clock.now(), fact: fact.fact, cause: fact.cause)
    }
    let plan = try open.makePlan(scanned)
    let fetches =
      extent == .sync && report.hubTrouble == nil
      ? try open.makeFetches(besides: plan, scanned) : []
    report.planned = (plan.actions + fetches).map { ($0, nil) }
    for action in plan.actions {
      report.spellings[action.path] = open.spelling(of: action.path, scanned)
      if case .rename(_, let to, _, _) = action { report.spellings[to] = open.placeBytes(of: to) }
    }
    report.pending = plan.pending
    try planPruneByRule(scanned, plan)
    try tellConflicts()
    return report
  }

  // True where this location has left the ledger: then nothing is scanned or touched.
  private mutating func tellRetired(_ settings: Settings) -> Bool {
    guard settings[open.location].isRetired else { return false }
    report.attention.append(
      Attention(
        reason: "settings", path: [],
        detail: "\(open.location) has left the ledger, so nothing was scanned or touched; "
          + "ledger location set \(open.location) retired false takes it back", waits: false))
    return true
  }

  private mutating func pull() async throws {
    guard extent.isOnline else { return try open.adoptOwnStream() }
    report.hubTrouble = try await open.askHub()
  }

  private mutating func scan() async throws -> Scanned {
    let scanned = try await open.scan(consent)
    report.scannedCount =
      scanned.result.observation.files.count + scanned.result.settled.all.files
    report.hashedCount = scanned.result.hashedCount
    report.hashedBytes = scanned.result.hashedBytes
    report.halts = scanned.detection.halts
    if let outside = open.outside(scanned.result.outside) { report.attention.append(outside) }
    for unknown in scanned.result.observation.unknown {
      if unknown.reason == .unreadable { report.unknownCount += 1 }
      if unknown.reason == .unsettled { report.unsettledCount += 1 }
      let reason =
        switch unknown.reason {
        case .nameCollision: "name-collision"
        case .outsideMap: "settings"
        case .unreadable, .unsettled, .missingOnce: "unreadable"
        }
      if unknown.reason == .missingOnce { report.unknownCount += 1 }
      guard unknown.reason != .unsettled, unknown.reason != .missingOnce else { continue }
      let path = unknown.reason == .outsideMap ? unknown.hidden.first : nil
      report.attention.append(
        Attention(
          reason: reason, path: path ?? unknown.diskBytes, detail: unknown.detail,
          waits: unknown.reason == .nameCollision || unknown.reason == .outsideMap))
    }
    if scanned.newlyMissingCount > 0 { report.attention.append(open.missingOnce(scanned)) }
    return scanned
  }

  private mutating func scanAndApply() async throws {
    report.recorded += try await open.finishRestores()
    try await open.storage.finishInterrupted()
    try clampRecent()
    let scanned = try await scan()
    var since = open.file.scannedSeen
    try open.flush(scanned)
    try noteGone(scanned.detection)
    let found = try await open.record(scanned.detection.facts, since: since)
    // A first catalogue's events are many, and no second copy of them is needed.
    report.recorded = report.recorded.isEmpty ? found : report.recorded + found
    report.recorded += try await open.record(try open.wantedDigests(scanned), since: since)
    try open.remember(scanned)
    if let missing = scanned.missing {
      try open.keepMissing(missing, isNews: scanned.newlyMissingCount > 0)
    }
    if scanned.isConfirmed {
      since = try open.cache.numbers()
      since[open.location] = 0
    }
    if scanned.result.observation.isComplete { try finishScan(scanned, seen: since) }
    // What waits for another scan was done before this one, and may have known no more than that.
    if scanned.isConfirmed {
      if !scanned.detection.halts.contains(where: { $0.kind == .restoredDisk }),
        !scanned.result.observation.unknown.contains(where: { $0.reason == .outsideMap })
      {
        try open.endCameBack()
      }
      if scanned.detection.halts.isEmpty { try open.endScript() }
    }
    if case .prune(let request) = extent { return try await prune(request, scanned, since: since) }
    guard extent != .scan else { return }
    try await follow(scanned, since: since)
    let plan = try open.makePlan(scanned)
    try keepWaiting(plan)
    let applied = try await open.apply(plan, scanned)
    report.planned += applied.steps.map { ($0.action, $0.isDone) }
    report.attention += applied.attention
    try noteTrashed(applied, unapproved: plan.unapproved)
    report.recorded += try await open.record(applied.facts, since: since)
    if !applied.moved.isEmpty { try open.cache.updateFiles(upsert: applied.moved, remove: []) }
    try await fetch(besides: plan, scanned, since: since)
    report.recorded += try await open.identify()
    try await pruneByRule(scanned, since: since)
    if !open.file.hasSynced {
      open.file.hasSynced = true
      try open.saveFile()
    }
  }

  private mutating func follow(_ scanned: Scanned, since: Seen) async throws {
    guard scanned.result.observation.isComplete else { return }
    let followed = try await open.follow(try open.planFollowers(scanned), scanned)
    report.planned += followed.steps.map { ($0.action, $0.isDone) }
    report.attention += followed.attention
    report.recorded += try await open.record(followed.facts, since: since)
    if !followed.moved.isEmpty { try open.cache.updateFiles(upsert: followed.moved, remove: []) }
    let last = try open.cache.numbers()[open.location]
    if followed.attention.isEmpty, last > open.file.companionsDone {
      open.file.companionsDone = last
      try open.saveFile()
    }
  }

  // Only with what the hub knows: what was deleted meanwhile is not brought back.
  private mutating func fetch(besides plan: Plan, _ scanned: Scanned, since: Seen) async throws {
    guard extent == .sync, report.hubTrouble == nil, let home = open.fetchHome else { return }
    let actions = try open.makeFetches(besides: plan, scanned)
    guard !actions.isEmpty else {
      // A run that was killed may have brought to a remote what still waits in the home.
      if scanned.isConfirmed { home.tidyFetched(wanted: []) }
      return
    }
    var limits = limits
    limits.bytesPerSecond = limits.bytesPerSecond ?? open.file.bandwidth
    if limits.bytesPerSecond == 0 { limits.bytesPerSecond = nil }
    limits.transferCount = limits.transferCount ?? open.file.transfers.map { Int($0) }
    var fetching = try Fetching(open, into: home, actions, since: since, limits)
    try await fetching.run()
    report.planned += fetching.steps.map { ($0.action, $0.isDone) }
    report.attention += fetching.attention
    report.recorded += fetching.recorded
  }

  private mutating func finishScan(_ scanned: Scanned, seen: Seen) throws {
    // Others prune what this place is known to hold: a scan that missed files which nobody spoke for
    // yet is no word that they are here.
    let isBelieved = scanned.detection.halts.isEmpty && scanned.isSure
    let isNews = open.file.scannedSeen != seen || open.file.mounts != scanned.result.mounts
    open.file.scannedSeen = seen
    open.file.mounts = scanned.result.mounts
    let at = open.outside.clock.now()
    // Once a minute is often enough to say when the last scan was; a quiet one rewrites nothing.
    let last = open.file.scannedAt ?? Instant(milliseconds: 0)
    if isNews || at.milliseconds - last.milliseconds > 60_000 || at < last {
      if isBelieved { open.file.scannedAt = at }
      try open.saveFile()
    }
  }

  // Nobody reads what a timer's run printed: status has to tell it later.
  private mutating func notice() throws {
    let found = (report.halts.map(\.attention) + report.attention)
      .prefix(LocationFile.noticeLimit)
    guard Array(found) != open.file.noticed else { return }
    open.file.noticed = Array(found)
    try open.saveFile()
  }

  private mutating func tellOddities() throws {
    let now = open.outside.clock.now()
    if let latest = try open.cache.latestInstant(), latest > now.advanced(milliseconds: 86_400_000)
    {
      report.attention.append(
        Attention(
          reason: "clock", path: [],
          detail: "an event is dated \(InstantText.encode(latest)), more than a day ahead of this "
            + "machine's clock; check the clocks (nothing is decided by them)", waits: false))
    }
    report.foreign = try open.home.markers().filter { $0 != open.location.name }
  }

  private mutating func tellConflicts() throws {
    report.policy = try open.cache.context().settings.ledger.deletions
    for state in try open.cache.work(for: open.location) {
      report.attention += state.attention
      if state.condition == .lost {
        report.attention.append(
          Attention(
            reason: "lost", path: state.path.bytes, detail: "no location has a copy any more",
            waits: false))
      }
    }
    for problem in try open.cache.problems() {
      report.attention.append(
        Attention(
          reason: problem.kind == .settings ? "settings" : "malformed", path: [],
          detail: "\(problem.subject): \(problem.detail)", waits: false))
    }
    report.attention.sort {
      ($0.reason, String(decoding: $0.path, as: UTF8.self))
        < ($1.reason, String(decoding: $1.path, as: UTF8.self))
    }
  }

  private mutating func push() async throws {
    guard report.hubTrouble == nil else {
      report.isPushed = false
      return
    }
    do {
      report.isPushed = try await open.pushNews()
      await open.packIfWanted()
    } catch let error as GitProgramError {
      guard let trouble = error.hubTrouble else { throw error }
      report.hubTrouble = trouble
      report.isPushed = false
    }
  }
}

extension OpenLocation {
  /// Pushes what the hub lacks, in one connection, or does nothing where it lacks nothing.
  ///
  /// - Returns: whether the hub has the own stream now.
  package func pushNews() async throws -> Bool {
    let heads = try repository.heads(own: location).heads
    let now = outside.clock.now()
    let main = try repository.unionMain(heads: heads, author: CommitAuthor(location, at: now))
    let isNews = try heads[location] != repository.hubHead(of: location)
    let isSeenOld = try isSeenOlderThanADay(now)
    guard isNews || isSeenOld || main != nil else { return true }
    if isNews || isSeenOld {
      var seen = try cache.numbers()
      seen[location] = 0
      let record = SeenRecord(at: now, scanned: file.scannedAt, seen: seen)
      try repository.writeBlobRef(of: location, record.encoded)
    }
    outside.progress(.step("pushing to the hub"))
    let result = try await git.push(stream: location, main: main != nil, seen: isNews || isSeenOld)
    outside.progress(.done)
    guard case .refused(let why) = result.stream else { return true }
    // The hub may have moved between our fetch and our push: then another machine writes as us.
    if case .done = try await git.fetch(), let own = heads[location],
      let hub = try repository.hubHead(of: location), try !repository.isAncestor(hub, of: own)
    {
      throw try twoWriters(own, hub)
    }
    let reason = HubWords.reason(why, result.words, "refs/heads/\(location)")
    throw WorkflowError(
      .hub,
      "The hub refused the stream of \(location): \(reason). Everything is recorded here and "
        + "nothing is lost.",
      hint: "Mend that at the hub, and run ledger sync again.")
  }

  private func isSeenOlderThanADay(_ now: Instant) throws -> Bool {
    guard let bytes = try repository.readBlobRef(of: location), let record = SeenRecord(bytes)
    else { return true }
    return abs(now.milliseconds - record.at.milliseconds) > 86_400_000
  }
}
