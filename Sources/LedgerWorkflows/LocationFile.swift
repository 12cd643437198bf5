package import LedgerCore
import LedgerFormat

/// What a location knows of itself on this machine: `<state>/location.json`.
package struct LocationFile: Sendable, Equatable {
  /// The ledger's id.
  package var ledger: String
  /// The location's name.
  package var location: LocationID
  /// The hub's address, as git takes it.
  package var hub: String
  /// The root's path on this machine.
  package var root: String
  /// The root's device and inode when it joined.
  package var device: UInt64
  package var inode: UInt64
  /// The root's file system at the last scan that believed what it found missing; 0 where it has no id.
  package var fileSystem: UInt64
  /// How the files are reached.
  package var place = LocationPlace.folder
  /// Under which folders the files were at the last scan.
  package var map = PathMap.none
  /// The deletions that were held here and that nobody has decided, sorted.
  package var held: [EventID]
  /// The machine that this state belongs to, as `Surroundings` names it; empty where it is bound to none.
  package var machine: String
  /// The folders that were mount points at the last scan, as the disk spells them, in order.
  package var mounts: [[UInt8]]
  /// What this location had seen at its last complete scan, and when that was.
  package var scannedSeen: Seen
  package var scannedAt: Instant?
  /// When the cache was last compared with a replay of the whole log.
  package var replayedAt: Instant?
  /// The number of the own event up to which the companions of removed and renamed photos and videos
  /// have followed.
  package var companionsDone: Int64
  /// Whether it has finished a sync.
  package var hasSynced: Bool
  /// What the last run found that the log does not tell: halts, files that can't be read, and what
  /// could not be carried out. At most `noticeLimit`.
  package var noticed: [Attention]
  /// The Plex server that is told of what changes here; nil for none.
  package var plex: PlexSettings?
  /// How many of them are kept.
  package static let noticeLimit = 1_000
  /// What scans recorded as gone within the last day.
  package var recentlyGone = RecentRemovals()
  /// What was moved to the trash within the last day for deletions that nobody approved by name.
  package var recentlyTrashed = RecentRemovals()
  /// How many bytes a second, and how many files at once, a fetch takes; nil for no limit of its own.
  package var bandwidth: Int64?
  package var transfers: Int64?

  /// The canonical text, with a closing newline.
  package var encoded: [UInt8] {
    var entries: [SettingEntry] = [
      SettingEntry(key: "bandwidth", value: bandwidth.map { .integer($0) } ?? .null),
      SettingEntry(key: "commands", value: place.storedCommands),
      SettingEntry(key: "companionsDone", value: .integer(companionsDone)),
      SettingEntry(key: "device", value: .string(String(device))),
      SettingEntry(key: "fileSystem", value: .string(String(fileSystem))),
      SettingEntry(key: "held", value: .array(held.map { .string($0.description) })),
      SettingEntry(key: "hub", value: .string(hub)),
      SettingEntry(key: "inode", value: .string(String(inode))),
      SettingEntry(key: "ledger", value: .string(ledger)),
      SettingEntry(key: "location", value: .string(location.name)),
      SettingEntry(key: "machine", value: .string(machine)),
      SettingEntry(key: "mounts", value: .array(mounts.map { .string(Base64.encode($0)) })),
      SettingEntry(key: "noticed", value: .array(noticed.map(\.stored))),
      SettingEntry(key: "recentlyGone", value: recentlyGone.stored),
      SettingEntry(key: "recentlyTrashed", value: recentlyTrashed.stored),
      SettingEntry(
        key: "replayedAt", value: replayedAt.map { .integer($0.milliseconds) } ?? .null),
      SettingEntry(key: "root", value: .string(root)),
      SettingEntry(
        key: "scannedAt", value: scannedAt.map { .integer($0.milliseconds) } ?? .null),
      SettingEntry(
        key: "scannedSeen",
        value: .object(
          scannedSeen.sorted.map { SettingEntry(key: $0.location.name, value: .integer($0.number)) }
        )),
      SettingEntry(key: "storage", value: .string(place.text)),
      SettingEntry(key: "synced", value: .bool(hasSynced)),
      SettingEntry(key: "transfers", value: transfers.map { .integer($0) } ?? .null),
    ]
    if !map.isNone {
      entries.append(SettingEntry(key: "map", value: .string(map.text)))
      entries.append(
        SettingEntry(
          key: "mapTypes",
          value: .object(
            map.classed.map { SettingEntry(key: $0.ending, value: .string($0.media.rawValue)) })))
    }
    if let plex { entries.append(SettingEntry(key: "plex", value: plex.stored)) }
    return Array(SettingValue.object(entries).canonicalJSON.utf8) + [UInt8(ascii: "\n")]
  }

  /// Reads a parsed `location.json`; nil where something needed is missing.
  package init?(_ value: SettingValue) {
    guard case .object(let entries) = value else { return nil }
    let fields = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard let ledger = fields["ledger"]?.text, let name = fields["location"]?.text,
      let location = LocationID(name), let hub = fields["hub"]?.text,
      let root = fields["root"]?.text,
      let place = LocationPlace(
        fields["storage"]?.text ?? "folder", commands: fields["commands"])
    else { return nil }
    self.place = place
    guard let map = PathMap(stored: fields["map"], types: fields["mapTypes"]) else { return nil }
    self.map = map
    self.ledger = ledger
    self.location = location
    self.hub = hub
    self.root = root
    device = fields["device"]?.text.flatMap { UInt64($0) } ?? 0
    inode = fields["inode"]?.text.flatMap { UInt64($0) } ?? 0
    fileSystem = fields["fileSystem"]?.text.flatMap { UInt64($0) } ?? 0
    machine = fields["machine"]?.text ?? ""
    if case .array(let ids) = fields["held"] {
      held = ids.compactMap { $0.text.flatMap { EventID($0) } }
    } else {
      held = []
    }
    if case .array(let folders) = fields["mounts"] {
      mounts = folders.compactMap { $0.text.flatMap { Base64.decode($0) } }
    } else {
      mounts = []
    }
    scannedSeen = Seen(stored: fields["scannedSeen"])
    scannedAt = fields["scannedAt"].flatMap { Instant(stored: $0) }
    replayedAt = fields["replayedAt"].flatMap { Instant(stored: $0) }
    if case .integer(let number) = fields["companionsDone"] {
      companionsDone = number
    } else {
      companionsDone = 0
    }
    recentlyGone = RecentRemovals(stored: fields["recentlyGone"])
    recentlyTrashed = RecentRemovals(stored: fields["recentlyTrashed"])
    hasSynced = fields["synced"] == .bool(true)
    if case .integer(let rate) = fields["bandwidth"] { bandwidth = rate }
    if case .integer(let count) = fields["transfers"] { transfers = count }
    plex = PlexSettings(stored: fields["plex"])
    if case .array(let items) = fields["noticed"] {
      noticed = items.compactMap { Attention(stored: $0) }
    } else {
      noticed = []
    }
  }

  /// A location that has just joined.
  package init(
    ledger: String, location: LocationID, hub: String, root: String, device: UInt64, inode: UInt64
  ) {
    self.ledger = ledger
    self.location = location
    self.hub = hub
    self.root = root
    self.device = device
    self.inode = inode
    fileSystem = 0
    machine = ""
    held = []
    mounts = []
    scannedSeen = .nothing
    scannedAt = nil
    replayedAt = nil
    companionsDone = 0
    hasSynced = false
    noticed = []
  }
}

extension PathMap {
  // One that can't be read must not pass for none.
  fileprivate init?(stored: SettingValue?, types: SettingValue?) {
    guard let stored, stored != .null else {
      self = .none
      return
    }
    guard let map = stored.pathMap else { return nil }
    var overrides: [String: MediaType] = [:]
    if case .object(let entries) = types {
      for entry in entries {
        overrides[entry.key] = entry.value.text.flatMap { MediaType(rawValue: $0) }
      }
    }
    self = map.classing(overrides)
  }
}

extension Seen {
  fileprivate init(stored: SettingValue?) {
    var numbers: [LocationID: Int64] = [:]
    if case .object(let entries) = stored {
      for entry in entries {
        if case .integer(let number) = entry.value, let seen = LocationID(entry.key) {
          numbers[seen] = number
        }
      }
    }
    self.init(numbers)
  }
}

extension Instant {
  fileprivate init?(stored: SettingValue) {
    guard case .integer(let milliseconds) = stored else { return nil }
    self.init(milliseconds: milliseconds)
  }
}

extension Attention {
  // Only what is no conflict is stored, so there are no ways to decide it.
  fileprivate var stored: SettingValue {
    .object([
      SettingEntry(key: "path", value: .string(Base64.encode(path))),
      SettingEntry(key: "reason", value: .string(reason)),
      SettingEntry(key: "waits", value: .bool(waits)),
      SettingEntry(key: "what", value: .string(what)),
    ])
  }

  fileprivate init?(stored: SettingValue) {
    guard case .object(let entries) = stored else { return nil }
    let fields = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard let reason = fields["reason"]?.text, let what = fields["what"]?.text,
      let path = fields["path"]?.text.flatMap({ Base64.decode($0) })
    else { return nil }
    self.init(reason: reason, path: path, detail: what, waits: fields["waits"] == .bool(true))
  }
}

extension SettingValue {
  /// The text of a string, or nil.
  package var text: String? {
    if case .string(let text) = self { text } else { nil }
  }
}
