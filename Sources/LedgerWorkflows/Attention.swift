package import LedgerCore

/// Something that a person should look at.
package struct Attention: Sendable, Hashable {
  /// A way in which a person can decide.
  package enum Way: Sendable, Hashable {
    /// The deletion goes ahead.
    case approve(EventID)
    /// The file is kept.
    case reject(EventID)
    /// What one of these locations has is kept.
    case keep([LocationID])
  }

  /// The words of `cli.md`: `diverged`, `guard`, `unreadable` …
  package let reason: String
  /// The path as bytes; empty where it is about the whole location.
  package let path: [UInt8]
  /// What it is, without what to run.
  package let what: String
  /// How it can be decided.
  package let ways: [Way]
  /// Whether something waits for a person's decision.
  package let waits: Bool

  /// Something to look at, whose words say what to run.
  package init(reason: String, path: [UInt8], detail: String, waits: Bool) {
    self.init(reason: reason, path: path, what: detail, ways: [], waits: waits)
  }

  /// Something to look at, and how to decide it.
  package init(reason: String, path: [UInt8], what: String, ways: [Way], waits: Bool) {
    self.reason = reason
    self.path = path
    self.what = what
    self.ways = ways
    self.waits = waits
  }

  /// What it is, and what to run.
  package var detail: String {
    let commands = commands(for: nil)
    return commands.isEmpty ? what : "\(what); decide: \(commands.joined(separator: " or "))"
  }

  /// The commands that decide it, for a shell; or those that decide it for all of `names`.
  package func commands(for names: [[UInt8]]?) -> [String] {
    let words = (names ?? [path]).map { ShellWord.quote($0) }.joined(separator: " ")
    return ways.flatMap { way -> [String] in
      switch way {
      case .approve(let id): ["ledger approve \(names == nil ? id.description : words)"]
      case .reject(let id): ["ledger reject \(names == nil ? id.description : words)"]
      case .keep(let locations): locations.map { "ledger resolve \(words) --keep \($0)" }
      }
    }
  }

  /// Whether the same could be said of both but for the file.
  package func isLike(_ other: Attention) -> Bool {
    reason == other.reason && waits == other.waits && ways.map(\.kind) == other.ways.map(\.kind)
      && (ways.isEmpty ? what == other.what : true)
  }
}

extension Attention.Way {
  /// The way without the deletion.
  var kind: String {
    switch self {
    case .approve: "approve"
    case .reject: "reject"
    case .keep(let locations): "keep " + locations.map(\.name).joined(separator: " ")
    }
  }
}

extension PathState {
  /// The path's conflicts in words, with the commands that decide them.
  package var attention: [Attention] { conflicts.map { attention($0) } }

  /// For each of several heads the first location that has it.
  package var contenders: [LocationID] {
    let places = copies.keys.filter { copies[$0]?.version != nil }.sorted()
    return heads.compactMap { head in places.first { copies[$0]?.name == head.content } }.sorted()
  }

  private func attention(_ conflict: PathConflict) -> Attention {
    let place = conflict.location.map { " at \($0.name)" } ?? ""
    let id = conflict.deletion.map { " (\($0))" } ?? ""
    let decide: [Attention.Way] =
      conflict.needsDecision ? conflict.deletion.map { [.approve($0), .reject($0)] } ?? [] : []
    let (what, ways): (String, [Attention.Way]) =
      switch conflict.reason {
      case .diverged where conflict.deletion == nil:
        (
          "different contents are at " + contenders.map(\.name).joined(separator: " and "),
          [.keep(contenders)]
        )
      case .diverged:
        ("a content\(place) stayed although another was deleted\(id)", decide)
      case .editedAfterDelete:
        (
          "edited\(place) while it was deleted elsewhere\(id); the edit is kept"
            + (conflict.deletion.map { " (ledger approve \($0) ends this notice)" } ?? ""), decide
        )
      case .deleteOfOlder:
        ("an older version was deleted\(place)\(id) while a newer one is elsewhere", decide)
      case .unseen:
        ("the copy\(place) was not known when it was deleted\(id); it is kept", decide)
      case .reappeared where conflict.needsDecision:
        ("came back\(place) after its deletion\(id) was known there; it is kept", decide)
      case .reappeared:
        ("came back\(place) after its deletion\(id), as copy scripts do; it is trashed again", [])
      case .damaged: ("the copy\(place) is damaged", [])
      case .opposedDecisions:
        (
          "people decided differently on its deletion\(id) before they heard of each other, so it is "
            + "kept"
            + (conflict.deletion.map { "; ledger approve \($0) or ledger reject \($0) settles it" }
              ?? ""),
          []
        )
      }
    return Attention(
      reason: conflict.reason.rawValue, path: path.bytes, what: what, ways: ways,
      waits: conflict.needsDecision)
  }
}
