import LedgerCore
import LedgerWorkflows

/// What `ledger status` says to people: a verdict, counts, places, and what to do.
struct StatusText {
  private let status: StatusReport
  // How many files a group names; the command reaches all of them.
  private static let shown = 3
  // How many groups are told.
  private static let groupLimit = 20

  init(_ status: StatusReport) { self.status = status }

  /// The lines, in order.
  var lines: [String] {
    [verdict] + counts + locations + overdue + news + deletions + attention
  }

  /// How it stands in one sentence.
  var verdict: String {
    let lost = status.counts[.lost] ?? 0
    let loss =
      lost == 0
      ? nil : "\(Text.files(lost)) \(lost == 1 ? "is" : "are") at no location any more."
    let sentences = [loss, waitingVerdict].compactMap(\.self)
    if !sentences.isEmpty { return sentences.joined(separator: " ") }
    let total = status.counts.values.reduce(0, +)
    let files = total - (status.counts[.deleted] ?? 0)
    if total == 0 {
      return status.isPast
        ? "Nothing was recorded yet." : "Nothing is recorded yet: run ledger sync."
    }
    if files == 0 { return "No file is left: all that was recorded is deleted." }
    let away =
      (status.counts[.new] ?? 0) + (status.counts[.partial] ?? 0)
      + (status.counts[.deleting] ?? 0)
    if away == 0 {
      return files == 1
        ? "The one file is where it should be."
        : "All \(Text.files(files)) are where they should be."
    }
    return "\(Text.files(away)) \(away == 1 ? "is" : "are") on \(away == 1 ? "its" : "their") way"
      + (status.overdueCount > 0
        ? ", \(Text.count(status.overdueCount)) of them for longer than \(patience)." : ".")
  }

  private var waitingVerdict: String? {
    let conflicts = status.counts[.conflict] ?? 0
    let others = Set(
      status.attention.filter { $0.waits && $0.ways.isEmpty }.map { [$0.reason, "\($0.path)"] }
    ).count
    let parts = [
      (status.pending.count, "deletion", "deletions"), (conflicts, "conflict", "conflicts"),
      (others, "problem", "problems"),
    ].filter { $0.0 > 0 }.map { "\(Text.count($0.0)) \($0.0 == 1 ? $0.1 : $0.2)" }
    guard let last = parts.last else { return nil }
    let list =
      parts.count == 1 ? last : parts.dropLast().joined(separator: ", ") + " and " + last
    let isOne = parts.count == 1 && status.pending.count + conflicts + others == 1
    return "\(list) \(isOne ? "waits" : "wait") for you."
  }

  private var counts: [String] {
    PathCondition.allCases.compactMap { condition in
      status.counts[condition].flatMap { count in
        count > 0 ? "  \(condition.rawValue): \(Text.count(count))" : nil
      }
    }
  }

  private var patience: String { Text.duration(seconds: status.patienceSeconds) }

  private var overdue: [String] {
    guard status.overdueCount > 0 else { return [] }
    return [
      "  overdue: \(Text.count(status.overdueCount)), not everywhere after \(patience): "
        + "ledger ls --state overdue"
    ]
  }

  private var locations: [String] {
    status.locations.map { location in
      func list(_ media: Set<MediaType>, _ words: String) -> String {
        media.isEmpty
          ? "" : ", \(words) \(media.sorted().map(\.rawValue).joined(separator: ", "))"
      }
      let age = location.lastScan.map { Text.age(of: $0, at: status.now) } ?? "never"
      let scan = status.isPast ? "" : ", last scan \(age)"
      let unheard =
        location.unheardCount == 0 || location.settings.isRetired
        ? ""
        : ", \(Text.count(Int(location.unheardCount))) events behind when it last spoke"
          + (location.heardAt.map { " (\(Text.age(of: $0, at: status.now)))" } ?? "")
      return "  at \(location.name): \(Text.files(location.fileCount)), "
        + Text.bytes(location.byteCount) + scan + unheard
        + list(location.settings.authoritative, "has the say over")
        + list(location.settings.asks, "proposes for")
        + (location.settings.isRetired ? ", retired" : "")
    }
  }

  private var news: [String] {
    guard !status.isPast else { return [] }
    var lines: [String] = []
    if let retired = status.retiredHere {
      lines.append(
        "This place has left the ledger; ledger location set \(retired) retired false takes it back."
      )
    }
    if let scanned = status.scannedAt,
      status.now.milliseconds - scanned.milliseconds > 86_400_000
    {
      lines.append(
        "The last scan here was \(Text.age(of: scanned, at: status.now)); ledger sync looks again.")
    }
    if status.isUnsent {
      lines.append("Some of what was recorded here is not at the hub yet; ledger sync sends it.")
    }
    return lines
  }
}

extension StatusText {
  private struct Key: Hashable {
    let location: LocationID
    let reason: PendingReason
    let folder: [UInt8]
  }

  private var deletions: [String] {
    let groups = Dictionary(grouping: status.pending) { entry in
      Key(
        location: entry.deletion.id.location, reason: entry.reason, folder: Array(entry.path.folder)
      )
    }.values.sorted { ($0[0].path, $0[0].deletion.id) < ($1[0].path, $1[0].deletion.id) }
    var lines: [String] = []
    for group in groups.prefix(Self.groupLimit) {
      let first = group[0]
      let why = Text.pending(first.reason, policy: status.policy)
      let names = group.prefix(Self.shown).map { "\($0.deletion.id) \(printable($0.path.bytes))" }
      let by = "by \(first.deletion.id.location)"
      if group.count == 1 {
        lines.append("waits: the deletion \(names[0]) \(by): \(why)")
      } else {
        lines.append(
          "wait: \(Text.count(group.count)) deletions \(by)\(inFolder(first.path.folder)): \(why)")
        lines += names.map { "    \($0)" } + more(group.count)
      }
      guard !status.isPast else { continue }
      let words = words(for: group)
      lines += ["  ledger approve \(words)", "  ledger reject \(words)"]
    }
    let rest = groups.dropFirst(Self.groupLimit).reduce(0) { $0 + $1.count }
    if rest > 0 { lines.append("… and \(Text.count(rest)) more; ledger status --json lists all") }
    if groups.count > 1, !status.isPast {
      lines.append("All at once: ledger approve --all, or ledger reject --all.")
    }
    return lines
  }

  private func words(for group: [StatusReport.Pending]) -> String {
    if group.count > Self.shown {
      let folder = Array(group[0].path.folder)
      let isExact =
        status.pending.filter { $0.path.isInside(folder) }.count == group.count
        && !status.attention.contains {
          !$0.ways.isEmpty && LibraryPath(key: $0.path)?.isInside(folder) ?? false
        }
      if isExact { return folder.isEmpty ? "--all" : ShellWord.quote(folder) }
    }
    return group.map(\.deletion.id.description).joined(separator: " ")
  }

  private var attention: [String] {
    var groups: [[Attention]] = []
    var places: [String: [Int]] = [:]
    for item in status.attention {
      let key = "\(item.reason) \(LibraryPath(key: item.path).map { Array($0.folder) } ?? [])"
      if let place = places[key]?.first(where: { groups[$0][0].isLike(item) }), !item.path.isEmpty {
        groups[place].append(item)
      } else {
        places[key, default: []].append(groups.count)
        groups.append([item])
      }
    }
    // What is lost first, then what waits.
    func rank(_ item: Attention) -> Int { item.reason == "lost" ? 0 : item.waits ? 1 : 2 }
    let sorted = (0...2).flatMap { wanted in groups.filter { rank($0[0]) == wanted } }
    var lines = sorted.prefix(Self.groupLimit).flatMap { told($0) }
    let rest = sorted.dropFirst(Self.groupLimit).reduce(0) { $0 + $1.count }
    if rest > 0 { lines.append("… and \(Text.count(rest)) more; ledger status --json lists all") }
    return lines
  }

  private func told(_ group: [Attention]) -> [String] {
    let first = group[0]
    var lines: [String]
    if group.count == 1 {
      let name = first.path.isEmpty ? "" : " " + printable(first.path) + ":"
      lines = ["\(first.reason):\(name) \(first.what)"]
    } else {
      let folder = LibraryPath(key: first.path)?.folder ?? []
      lines = ["\(first.reason): \(Text.files(group.count))\(inFolder(folder))"]
      lines += group.prefix(Self.shown).map { "    \(printable($0.path)): \($0.what)" }
      lines += more(group.count)
    }
    guard !status.isPast else { return lines }
    return lines + first.commands(for: names(of: group)).map { "  \($0)" }
  }

  // What a command has to name to decide on a group and on nothing else; nil for the one itself.
  private func names(of group: [Attention]) -> [[UInt8]]? {
    guard group.count > 1 else { return nil }
    let folder = LibraryPath(key: group[0].path).map { Array($0.folder) } ?? []
    let others = status.attention.filter { item in
      !item.ways.isEmpty && LibraryPath(key: item.path)?.isInside(folder) ?? false
    }
    let isExact =
      !folder.isEmpty && others.count == group.count
      && !status.pending.contains { $0.path.isInside(folder) }
    return isExact ? [folder] : group.map(\.path)
  }

  private func more(_ count: Int) -> [String] {
    count > Self.shown ? ["    … and \(Text.count(count - Self.shown)) more"] : []
  }

  private func inFolder(_ folder: ArraySlice<UInt8>) -> String {
    folder.isEmpty ? "" : " in \(printable(Array(folder)))"
  }

  private func printable(_ bytes: [UInt8]) -> String { Terminal.printable(bytes) }
}
