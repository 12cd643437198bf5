import LedgerCore
import LedgerWorkflows

/// Numbers, events and reports for people.
enum Text {
  /// `1.2 GB`.
  static func bytes(_ count: Int64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1_000, unit < units.count - 1 {
      value /= 1_000
      unit += 1
    }
    if unit == 0 { return "\(count) B" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }

  /// `12,431`.
  static func count(_ number: Int) -> String { Count.text(number) }

  /// `1 file`, `3 files`.
  static func files(_ number: Int) -> String { Count.files(number) }

  /// An event in one line.
  static func event(_ event: Event) -> String {
    let names = event.fact.paths.map { Terminal.printable($0.bytes) }
    let what: String
    switch event.fact {
    case .renamed: what = "\(names[1]) -> \(names[0])"
    case .approved(let targets), .rejected(let targets):
      what = targets.map(\.description).joined(separator: " ")
    case .declared(let location, let entries):
      what = "\(location?.name ?? event.id.location.name) " + settings(entries)
    case .configured(let entries): what = settings(entries)
    case .identified(let content):
      what = content.digests.map(\.description).joined(separator: " = ")
    default: what = names.joined(separator: " ")
    }
    let cause = event.cause.map { " (for \($0))" } ?? ""
    return "\(event.fact.type) \(what)\(cause)"
  }

  /// `authoritative=["photo"]`.
  static func settings(_ entries: [SettingEntry]) -> String {
    entries.map { "\($0.key)=\($0.value.canonicalJSON)" }.joined(separator: " ")
  }

  /// A step of a plan in one line.
  static func action(_ action: Action, isDone: Bool?) -> String {
    let text: String
    switch action {
    case .trash(let path, _, let cause, _):
      text = "trash \(Terminal.printable(path.bytes)) (for \(cause))"
    case .rename(let path, let to, _, let cause):
      text =
        "rename \(Terminal.printable(path.bytes)) -> \(Terminal.printable(to.bytes)) (for \(cause))"
    case .fetch(let path, _, let cause, _):
      text = "fetch \(Terminal.printable(path.bytes)) (for \(cause))"
    case .putBack(let path, _, _, _, let cause):
      text = "put back \(Terminal.printable(path.bytes)) (for \(cause))"
    }
    switch isDone {
    case nil: return "would " + text
    case true: return text
    case false: return "not done: " + text
    }
  }

  /// Something for a person, in one line.
  static func attention(_ item: Attention) -> String {
    let name = item.path.isEmpty ? "" : " " + Terminal.printable(item.path) + ":"
    return "\(item.reason):\(name) \(item.detail)"
  }

  /// How long ago an instant is: `just now`, `3 minutes ago`.
  static func age(of instant: Instant, at now: Instant) -> String {
    let seconds = (now.milliseconds - instant.milliseconds) / 1_000
    if seconds < -60 { return "in the future, by this machine's clock" }
    return seconds < 60 ? "just now" : duration(seconds: seconds) + " ago"
  }

  /// `3 days`, `1 hour`: the largest unit that is full, and no other.
  static func duration(seconds: Int64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")]
    for (size, name) in units where seconds >= size || size == 1 {
      let number = seconds / Int64(size)
      return "\(count(Int(number))) \(name)\(number == 1 ? "" : "s")"
    }
    return ""
  }

  /// Why a deletion waits, in a ledger with this policy.
  static func pending(_ reason: PendingReason, policy: DeletionPolicy) -> String {
    switch (reason, policy) {
    case (.policy, .always), (.heldBefore, .always):
      "every deletion waits for approval in this ledger"
    case (.policy, .over(let limit)): "more than \(count(limit)) at once"
    case (.heldBefore, .over(let limit)):
      "held here, as more than \(count(limit)) came at once, too many in a day, or at the first sync"
    default: pending(reason)
    }
  }

  /// Why a deletion waits.
  static func pending(_ reason: PendingReason) -> String {
    switch reason {
    case .held(.asks): "its location only proposes"
    case .held(.notAuthoritative): "its location has no say over this type"
    case .held(.retired): "its location has left the ledger"
    case .held(.voidStream): "a batch of its location can't be read"
    case .held(.unknownEvent): "a newer version of ledger wrote about this file"
    case .policy: "more deletions at once than are let through"
    case .guarded: "with those of the last day, more than the guard lets go"
    case .firstSync: "this is the first sync here"
    case .heldBefore: "held before, and nobody decided"
    case .incompleteLog: "events of other places have not come yet; sync again"
    case .weakDigest: "its content is not known by sha256"
    }
  }
}
