import LedgerCore
import LedgerFormat
import LedgerStorage

/// The days on which ledger ran at a location, counted by this machine alone.
///
/// A clock that jumps ahead makes a file look old at once; days on which something ran can't be made up
/// by it, as each counts only once. What is forgotten, because the file was lost or came back from an
/// older copy, makes trashed files wait longer, never shorter.
struct ObservedDays: Equatable {
  /// How many days there have been.
  private(set) var count: Int64 = 0
  /// The latest of them, as days since 1970 by the wall clock, so that each counts once.
  private var days: [Int64] = []
  /// The count when each entry of the trash was seen first, by its id.
  private var entries: [String: Int64] = [:]

  private static let rememberedDays = 4_000

  /// No day yet.
  init() {}

  /// Whether a day was counted.
  func has(_ day: Int64) -> Bool { days.contains(day) }

  /// Counts a day, unless it was, and takes note of what is in the trash.
  mutating func observe(_ day: Int64, trash ids: [String]) {
    if !has(day) {
      count += 1
      days.append(day)
      days = days.suffix(Self.rememberedDays)
    }
    let old = entries
    entries = [:]
    for id in ids { entries[id] = min(old[id] ?? count, count) }
  }

  /// On how many days since an entry was seen first something ran here.
  func daysSince(_ id: String) -> Int64 { entries[id].map { count - $0 } ?? 0 }

  /// The canonical text, with a closing newline.
  var encoded: [UInt8] {
    let object = SettingValue.object([
      SettingEntry(key: "count", value: .integer(count)),
      SettingEntry(key: "days", value: .array(days.map { .integer($0) })),
      SettingEntry(
        key: "entries",
        value: .object(
          entries.keys.sorted().map { SettingEntry(key: $0, value: .integer(entries[$0] ?? 0)) })),
    ])
    return Array(object.canonicalJSON.utf8) + [UInt8(ascii: "\n")]
  }

  /// Reads a parsed text; what is missing counts as not known.
  init(_ value: SettingValue) {
    guard case .object(let fields) = value else { return }
    for field in fields {
      switch (field.key, field.value) {
      case ("count", .integer(let number)): count = number
      case ("days", .array(let values)):
        days = values.compactMap { if case .integer(let day) = $0 { day } else { nil } }
      case ("entries", .object(let values)):
        for entry in values {
          if case .integer(let number) = entry.value { entries[entry.key] = number }
        }
      default: break
      }
    }
  }
}

extension OpenLocation {
  /// Counts today, and since when the trash's entries have been there.
  @discardableResult
  func observeDay(_ entries: [TrashEntry]) throws -> ObservedDays {
    var days = try observedDays()
    let before = days
    days.observe(outside.clock.now().milliseconds / 86_400_000, trash: entries.map(\.id))
    if days != before { try StateFolder.write(days.encoded, to: paths.daysFile) }
    return days
  }

  /// Whether today was counted here.
  func hasObservedToday() throws -> Bool {
    try observedDays().has(outside.clock.now().milliseconds / 86_400_000)
  }

  // A text that can't be read is forgotten: then everything waits anew.
  private func observedDays() throws -> ObservedDays {
    guard let bytes = try StateFolder.read(paths.daysFile), let value = try? JSONText.parse(bytes)
    else { return ObservedDays() }
    return ObservedDays(value)
  }
}
