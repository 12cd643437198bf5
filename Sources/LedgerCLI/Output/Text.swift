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
  static func count(_ number: Int) -> String {
    var digits = String(number)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits.removeLast(3)
    }
    return ([digits[...]] + groups).joined(separator: ",")
  }

  /// `1 file`, `3 files`.
  static func files(_ number: Int) -> String { "\(count(number)) file\(number == 1 ? "" : "s")" }

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
    case .putBack(let path, _, _, _, let cause):
      text = "put back \(Terminal.printable(path.bytes)) (for \(cause))"
    }
    switch isDone {
    case nil: return "would " + text
    case true: return text
    case false: return "not done: " + text
    }
  }

  /// What a halt says, with the command that means yes.
  static func halt(_ halt: Halt) -> String {
    let folders = halt.topFolders.joined(separator: ", ")
    let yes = "If that is meant: ledger sync --allow-deletes \(halt.count)"
    switch halt.kind {
    case .removals(let media):
      let which = media.map { " (too many of the type \($0.rawValue))" } ?? ""
      return "\(files(halt.count)) of \(count(halt.knownCount)) are gone\(which), most of them in "
        + "\(folders). Nothing was recorded as gone. \(yes)"
    case .emptied:
      return
        "\(halt.count == 1 ? "The one file is" : "All \(files(halt.count)) are") gone: is the disk mounted? Nothing was recorded as gone. "
        + yes
    case .changes:
      return "\(files(halt.count)) of \(count(halt.knownCount)) changed at once, most of them in "
        + "\(folders). No change was recorded. If that is meant: "
        + "ledger sync --allow-deletes \(halt.count)"
    case .restoredDisk:
      return "This disk or its ledger came back from an older copy, and \(files(halt.count)) are "
        + "missing. Nothing was recorded as gone. \(yes)"
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
    case .firstSync: "this is the first sync here"
    case .heldBefore: "held before, and nobody decided"
    case .incompleteLog: "events of other places have not come yet; sync again"
    case .weakDigest: "its content is not known by sha256"
    }
  }
}
