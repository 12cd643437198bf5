import LedgerCore

extension Simulation {
  mutating func declare(_ index: Int) {
    let types: [SettingValue] =
      index == 0
      ? [.string("photo")] : generator.chance(50) ? [.string("photo"), .string("video")] : []
    var entries = [SettingEntry(key: "authoritative", value: .array(types))]
    if generator.chance(20) {
      entries.append(SettingEntry(key: "keeps", value: .array([.string("photo")])))
    }
    if swarm.has(.asking), index == 1 {
      entries = [
        SettingEntry(key: "asks", value: .array([.string("photo")])),
        SettingEntry(key: "authoritative", value: .array([])),
      ]
    }
    if let from = fetchFrom[places[index].id] {
      let names = from.map { SettingValue.string($0.name) }
      entries.append(SettingEntry(key: "fetch-from", value: .array(names)))
    }
    entries.sort { $0.key < $1.key }
    var facts = [CausedFact(.declared(places[index].id, entries))]
    if index == 0 {
      let policy = generator.chance(50) ? "never" : "over:2"
      facts.append(
        CausedFact(.configured([SettingEntry(key: "deletions", value: .string(policy))])))
    }
    crashAfter = nil
    try? record(facts, at: index)
    try? push(index)
  }

  mutating func personActs(at index: Int) {
    let path = randomPath()
    let there = places[index].disk.files[path]
    let who = places[index].id
    guard !places[index].isUnmounted else { return }
    if hasOddPeople, generator.chance(15) { return renamesTwo(at: index) }
    switch Int.random(in: 0..<6, using: &generator) {
    case 0 where there == nil, 1 where there != nil:
      let content = newContent()
      if hasOddPeople && there != nil {
        places[index].disk.files[path]?.content = content
      } else {
        places[index].write(content, at: path)
      }
      note("a person writes \(path) at \(who)")
    case 2...3 where there != nil:
      places[index].disk.files[path] = nil
      note("a person deletes \(path) at \(who)")
    case 4 where there != nil:
      let to = randomPath()
      // A rename onto a file is a person's own overwriting; a swap goes both ways.
      let other = places[index].disk.files[to]
      places[index].disk.files[to] = there
      places[index].disk.files[path] = generator.chance(50) ? other : nil
      note("a person renames \(path) to \(to) at \(who)")
    case 5 where swarm.has(.folders):
      for path in places[index].disk.files.keys.sorted() where path.isInside(Array("d".utf8)) {
        places[index].disk.files[path] = nil
      }
      note("a person deletes the folder d at \(who)")
    default: break
    }
  }

  // Two photos of different folders and kinds get one stem, so that their companions could meet.
  private mutating func renamesTwo(at index: Int) {
    let pairs: [(LibraryPath, LibraryPath)] = [("a.jpg", "b.jpg"), ("d/a.heic", "b.heic")]
    for (from, to) in pairs where places[index].disk.files[to] == nil {
      places[index].disk.files[to] = places[index].disk.files.removeValue(forKey: from)
    }
    note("a person gives two photos one stem at \(places[index].id)")
  }

  /// A person puts a photo back after a run was cut short that had recorded its deletion.
  mutating func putsBack(at index: Int) {
    guard hasOddPeople, !places[index].isUnmounted else { return }
    for move in moves(index) where move.to == nil && generator.chance(50) {
      guard places[index].disk.files[move.from] == nil else { continue }
      places[index].write(newContent(), at: move.from)
      note("a person puts \(move.from) back at \(places[index].id)")
    }
  }

  mutating func scriptCopies(to index: Int) {
    let from = Int.random(in: places.indices, using: &generator)
    guard from != index, !places[from].isUnmounted, !places[index].isUnmounted else { return }
    let isStale = swarm.strikes(.staleScript, 30, using: &generator)
    let overwrites = swarm.strikes(.overwritingScript, 30, using: &generator)
    let source = isStale ? places[from].diskBackup?.files ?? [:] : places[from].disk.files
    for path in source.keys.sorted() where !generator.chance(20) {
      guard let file = source[path] else { continue }
      let there = places[index].disk.files[path]
      if there == nil || (overwrites && there?.content != file.content) {
        let isOther = swarm.strikes(.otherBytes, 10, using: &generator)
        places[index].write(isOther ? newContent() : file.content, at: path)
      }
    }
    if isStale { count("stale copies") }
    note("a script copies \(places[from].id) to \(places[index].id)\(isStale ? ", stale" : "")")
  }

  // As every command that records, with what the hub has, if it can be reached.
  private mutating func asks(at index: Int) {
    let isOffline = swarm.strikes(.offline, 20, using: &generator) && !places[index].mustAskHub
    crashAfter = nil
    if !isOffline {
      _ = try? fetch(index, isFinal: true)
      hasAskedHub = true
    }
  }

  private func takesPart(_ index: Int) -> Bool {
    !places[index].isRetired && !places[index].isToJoin
  }

  mutating func decides(at index: Int) {
    guard swarm.has(.decision), takesPart(index) else { return }
    asks(at: index)
    defer { hasAskedHub = false }
    let state = places[index].memory.replica.state()
    let paths = state.sortedPaths
    if swarm.strikes(.resolution, 40, using: &generator), !paths.isEmpty {
      let path = paths[Int.random(in: 0..<paths.count, using: &generator)]
      let heads = state.paths[path]?.heads.map(\.file.content.digest) ?? []
      let keep = generator.chance(80) ? heads.first : nil
      guard !heads.isEmpty else { return }
      crashAfter = nil
      try? record([CausedFact(.resolved(path, keep: keep))], at: index)
      count("resolutions")
      note("\(places[index].id) resolves \(path), keeps \(keep == nil ? "none" : "one")")
      return
    }
    let open = paths.flatMap { path in
      (state.paths[path]?.deletions.values ?? [:].values)
        .filter { $0.decision == .pending || generator.chance(20) }.map(\.id)
    }.sorted()
    guard !open.isEmpty else { return }
    let id = open[Int.random(in: 0..<open.count, using: &generator)]
    let approves = generator.chance(50)
    crashAfter = nil
    try? record([CausedFact(approves ? .approved([id]) : .rejected([id]))], at: index)
    count(approves ? "approvals" : "rejections")
    note("\(places[index].id) \(approves ? "approves" : "rejects") \(id)")
  }

  // What `ledger restore` does: out of the own trash, never over a file, recorded as a person's.
  mutating func restores(at index: Int) {
    guard swarm.has(.restoration), !places[index].isUnmounted, takesPart(index),
      let at = places[index].disk.trash.indices.randomElement(using: &generator)
    else { return }
    let entry = places[index].disk.trash[at]
    asks(at: index)
    defer { hasAskedHub = false }
    guard places[index].disk.files[entry.path] == nil,
      hasAskedHub
        || places[index].disk.marker <= places[index].memory.replica.numbers[places[index].id]
    else { return }
    crashAfter = nil
    places[index].disk.trash.remove(at: at)
    places[index].write(entry.content, at: entry.path)
    try? record([CausedFact(.restored(.of(entry.path, entry.content)))], at: index)
    remember(index, only: entry.path)
    count("restorations")
    note("\(places[index].id) restores \(entry.path)")
  }

  mutating func setsUp(at index: Int) {
    guard swarm.has(.settings), takesPart(index),
      let other = places.randomElement(using: &generator)?.id
    else { return }
    asks(at: index)
    defer { hasAskedHub = false }
    let types: [SettingValue] =
      generator.chance(50) ? [.string("photo")] : [.string("photo"), .string("video")]
    let none = SettingValue.array([])
    let fact: Fact
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:
      fact = .declared(other, [SettingEntry(key: "authoritative", value: .array(types))])
    case 1: fact = .declared(other, [SettingEntry(key: "authoritative", value: none)])
    case 2: fact = .declared(other, [SettingEntry(key: "keeps", value: .array(types))])
    case 3:
      let policies = ["never", "always", "over:1", "over:25"]
      let policy = policies[Int.random(in: 0..<4, using: &generator)]
      fact = .configured([SettingEntry(key: "deletions", value: .string(policy))])
    case 4:
      let value = generator.chance(50) ? "ask" : "apply"
      fact = .configured([SettingEntry(key: "late-arrivals", value: .string(value))])
    default:
      guard swarm.has(.retirement), places.count > 2, let last = places.last, !last.isToJoin
      else { return }
      places[places.count - 1].isRetired = true
      fact = .declared(last.id, [SettingEntry(key: "retired", value: .bool(true))])
    }
    crashAfter = nil
    try? record([CausedFact(fact)], at: index)
    count("settings")
    note("\(places[index].id) sets \(fact)")
  }

  /// Disks, machines and clocks.
  mutating func breaks(at index: Int) {
    let who = places[index].id
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:
      places[index].diskBackup = places[index].disk
      places[index].memoryBackup = places[index].memory
    case 1 where swarm.has(.restoredDisk):
      guard var backup = places[index].diskBackup else { return }
      let disk = places[index].disk
      // With the marker of today nothing tells it from a disk on which a person deleted.
      if backup.marker < disk.marker {
        backup.lacks = disk.lacks.union(disk.files.keys).filter { backup.files[$0] == nil }
      }
      places[index].disk = backup
      count("restored disks")
      note("the disk of \(who) comes back from a backup")
    case 2 where swarm.has(.restoredMachine):
      // What was never pushed is lost with the machine; a person must then join anew.
      guard places[index].memory.pushedCount == places[index].own.count else { return }
      // Without a backup a new machine takes the place over.
      places[index].memory = places[index].memoryBackup ?? PlaceMemory()
      places[index].mustAskHub = true
      count("restored machines")
      note("the machine of \(who) comes back from a backup")
    case 3 where swarm.has(.unmounted):
      places[index].isUnmounted.toggle()
      count("mounts")
      note("\(who) is \(places[index].isUnmounted ? "unmounted" : "mounted")")
    case 4 where swarm.has(.clockJump):
      places[index].clockOffset += Int64.random(in: -5...5, using: &generator) * 31_557_600_000
      count("clock jumps")
    default: break
    }
  }
}

extension FileFact {
  static func of(_ path: LibraryPath, _ content: Content) -> FileFact {
    FileFact(path: path, media: MediaType.of(path), content: content)
  }
}
