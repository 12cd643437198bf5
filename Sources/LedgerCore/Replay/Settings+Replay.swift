extension Settings {
  /// Replays `declared` and `configured` events, key by key: the latest that has seen the others
  /// stands, and of several that have not seen each other the one that permits less.
  ///
  /// - Parameter events: in any order.
  /// - Returns: the settings in force, and a problem for each value that makes no sense.
  package static func replay(_ events: [HistoryEvent]) -> (settings: Settings, problems: [Problem])
  {
    var declared: [Subject: [(HistoryEvent, SettingValue)]] = [:]
    for event in events {
      let (location, entries): (LocationID?, [SettingEntry])
      switch event.event.fact {
      case .declared(let named, let all): (location, entries) = (named ?? event.id.location, all)
      case .configured(let all): (location, entries) = (nil, all)
      default: continue
      }
      for entry in entries {
        declared[Subject(location: location, key: entry.key), default: []]
          .append((event, entry.value))
      }
    }
    var settings = Settings()
    var problems: [Problem] = []
    for subject in declared.keys.sorted() {
      let values = latest(declared[subject] ?? [])
      let value = values.dropFirst().reduce(values[0]) { permittingLess(subject.key, $0, $1) }
      guard !settings.set(subject, value) else { continue }
      problems.append(
        Problem(
          kind: .settings, subject: subject.location?.name ?? "ledger",
          detail: "the value of \(subject.key) makes no sense; the default stands"))
    }
    return (settings, problems)
  }

  private struct Subject: Hashable, Comparable {
    let location: LocationID?
    let key: String

    static func < (left: Subject, right: Subject) -> Bool {
      (left.location?.name ?? "", left.key) < (right.location?.name ?? "", right.key)
    }
  }

  // Those that no other one has seen; never empty, as seeing has no cycles. By their text, which decides
  // between those that permit the same, such as none and one that makes no sense.
  private static func latest(_ all: [(HistoryEvent, SettingValue)]) -> [SettingValue] {
    all.filter { one in !all.contains { $0.0.hadSeen(one.0.id) } }
      .map { (value: $0.1, text: $0.1.canonicalJSON) }
      .sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }.map(\.value)
  }

  private static func permittingLess(
    _ key: String, _ one: SettingValue, _ other: SettingValue
  ) -> SettingValue {
    switch key {
    case "authoritative", "asks":
      let both = (one.mediaTypes ?? []).intersection(other.mediaTypes ?? [])
      return .array(both.sorted().map { .string($0.rawValue) })
    case "keeps":
      let all = Set(MediaType.allCases)
      let either = (one.mediaTypes ?? all).union(other.mediaTypes ?? all)
      return .array(either.sorted().map { .string($0.rawValue) })
    case "retired": return one == .bool(true) && other == .bool(true) ? one : .bool(false)
    case "deletions":
      return min(strictness(one), strictness(other)) == strictness(one) ? one : other
    case "late-arrivals":
      return one == .string("ask") || other == .string("ask") ? .string("ask") : one
    case "guard":
      let limits = (one.guardLimit ?? .standard, other.guardLimit ?? .standard)
      return (limits.0.count, limits.0.percent ?? 101) <= (limits.1.count, limits.1.percent ?? 101)
        ? one : other
    case "prune": return one == .null || other == .null ? .null : one
    case "trash-days": return (one.days ?? 90) >= (other.days ?? 90) ? one : other
    default: return one
    }
  }

  // The lower, the less it permits; null is the default.
  private static func strictness(_ value: SettingValue) -> Int {
    switch value.deletionPolicy ?? .over(25) {
    case .always: -1
    case .over(let limit): limit
    case .never: .max
    }
  }

  private mutating func set(_ subject: Subject, _ value: SettingValue) -> Bool {
    guard let location = subject.location else { return ledger.set(subject.key, value) }
    return locations[location, default: LocationSettings()].set(subject.key, value)
  }
}

extension LocationSettings {
  /// Sets one key; false where the value makes no sense, and the default stands.
  fileprivate mutating func set(_ key: String, _ value: SettingValue) -> Bool {
    guard value != .null else { return true }
    switch key {
    case "authoritative", "asks", "keeps":
      guard let media = value.mediaTypes else { return false }
      if key == "authoritative" { authoritative = media }
      if key == "asks" { asks = media }
      if key == "keeps" { keeps = media }
    case "retired":
      guard case .bool(let retired) = value else { return false }
      isRetired = retired
    case "fetch-from":
      guard let locations = value.locations else { return false }
      fetchFrom = locations
    case "address":
      guard case .string(let text) = value, FetchAddress(text) != nil else { return false }
      address = text
    case "map":
      guard let folders = value.pathMap else { return false }
      map = folders
    case "guard":
      guard let limit = value.guardLimit else { return false }
      guardLimit = limit
    case "prune":
      guard let rule = value.pruneRule else { return false }
      pruneRule = rule
    default: break
    }
    entries.append(SettingEntry(key: key, value: value))
    return true
  }
}

extension LedgerSettings {
  /// Sets one key; false where the value makes no sense, and the default stands.
  fileprivate mutating func set(_ key: String, _ value: SettingValue) -> Bool {
    guard value != .null else { return true }
    switch key {
    case "deletions":
      guard let policy = value.deletionPolicy else { return false }
      deletions = policy
    case "late-arrivals":
      // What makes no sense here may be a newer version's; asking loses nothing.
      appliesLateArrivals = false
      guard value == .string("apply") || value == .string("ask") else { return false }
      appliesLateArrivals = value == .string("apply")
    case "guard":
      guard let limit = value.guardLimit else { return false }
      guardLimit = limit
    case "patience":
      guard let days = value.days else { return false }
      patienceSeconds = Int64(days) * 86_400
    case "replay-days":
      guard let days = value.days else { return false }
      replayDays = days
    case "trash-days":
      guard let days = value.days else { return false }
      trashDays = days
    case "digests":
      guard let algorithms = value.digestAlgorithms else { return false }
      digests = algorithms
    case "digests-share":
      guard let bytes = value.byteCount else { return false }
      digestShare = bytes
    case _ where key.hasPrefix("media."):
      guard case .string(let name) = value, let media = MediaType(rawValue: name) else {
        return false
      }
      mediaOverrides[String(key.dropFirst(6))] = media
    default: break
    }
    entries.append(SettingEntry(key: key, value: value))
    return true
  }
}
