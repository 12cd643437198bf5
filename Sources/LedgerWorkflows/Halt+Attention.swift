package import LedgerCore

/// Numbers for people.
package enum Count {
  /// `12,431`.
  package static func text(_ number: Int) -> String {
    var digits = String(number)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits.removeLast(3)
    }
    return ([digits[...]] + groups).joined(separator: ",")
  }

  /// `1 file`, `3 files`.
  package static func files(_ number: Int) -> String { text(number, "file") }

  /// `1 event`, `3 events`: of a thing whose plural takes an s.
  package static func text(_ number: Int, _ thing: String) -> String {
    "\(text(number)) \(thing)\(number == 1 ? "" : "s")"
  }
}

extension Halt {
  /// The halt as something for a person.
  package var attention: Attention {
    Attention(
      reason: kind == .restoredDisk ? "restored-disk" : "guard", path: [], detail: text,
      waits: true)
  }

  /// What it says, with the command that means yes.
  package var text: String {
    let folders = topFolders.joined(separator: ", ")
    let yes = "If that is meant: ledger sync --allow-deletes \(count)"
    let files = Count.files(count)
    switch kind {
    case .removals(let media):
      let which = media.map { " (too many of the type \($0.rawValue))" } ?? ""
      let recent = recentCount == 0 ? "" : ", after \(Count.text(recentCount)) within a day"
      return "\(files) of \(Count.text(knownCount)) are gone\(which)\(recent), most of them in "
        + "\(folders). Nothing was recorded as gone. \(yes)"
    case .emptied:
      let all = count == 1 ? "The one file is" : "All \(files) are"
      return "\(all) gone: is the disk mounted? Nothing was recorded as gone. \(yes)"
    case .changes:
      return "\(files) of \(Count.text(knownCount)) changed at once, most of them in "
        + "\(folders). No change was recorded. \(yes)"
    case .restoredDisk:
      return "This disk or its ledger came back from an older copy, the files were copied to "
        + "another disk, or they have another map, and \(files) \(count == 1 ? "is" : "are") missing. "
        + "Nothing was recorded as gone. \(yes)"
    }
  }
}
