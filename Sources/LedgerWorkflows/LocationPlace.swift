import LedgerCore
package import LedgerStorage

/// How a location's files are reached, as `join --place` takes it and `location.json` keeps it.
package enum LocationPlace: Hashable, Sendable {
  /// The home is their folder.
  case folder
  /// An rclone remote and the folder in it: `gdrive:Photos`.
  case rclone(String)
  /// Listings that a person or a program brings.
  case listing
  /// Programs of the user's.
  case command(PlaceCommands)

  /// Reads `folder`, `rclone:REMOTE:PATH`, `listing` or `command:CMD`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let rest = parts.count > 1 ? String(parts[1]) : ""
    switch (parts[0], rest.isEmpty) {
    case ("folder", true): self = .folder
    case ("listing", true): self = .listing
    case ("rclone", false):
      guard !rest.hasPrefix("-") else { return nil }
      self = .rclone(rest)
    case ("command", false): self = .command(PlaceCommands(list: rest))
    default: return nil
    }
  }

  /// The spelling of `--place`.
  package var text: String {
    switch self {
    case .folder: "folder"
    case .rclone(let remote): "rclone:\(remote)"
    case .listing: "listing"
    case .command(let commands): "command:\(commands.list)"
    }
  }

  /// The further commands, as `location.json` keeps them.
  var storedCommands: SettingValue {
    guard case .command(let commands) = self else { return .null }
    let entries = [
      ("fetch", commands.fetch), ("rename", commands.rename), ("restore", commands.restore),
      ("trash", commands.trash),
    ]
    return .object(
      entries.compactMap { key, text in
        text.map { SettingEntry(key: key, value: .string($0)) }
      })
  }

  /// Reads what `location.json` keeps; nil where it is no place that this version knows.
  init?(_ text: String, commands: SettingValue?) {
    guard let place = LocationPlace(text) else { return nil }
    self = place
    guard case .command(var own) = place, case .object(let entries) = commands else { return }
    for entry in entries {
      switch entry.key {
      case "fetch": own.fetch = entry.value.text
      case "rename": own.rename = entry.value.text
      case "restore": own.restore = entry.value.text
      case "trash": own.trash = entry.value.text
      default: continue
      }
    }
    self = .command(own)
  }

  /// What reaches the files, from the home.
  ///
  /// - Parameter held: an open file that each program which moves something keeps open; nil for none.
  func storage(
    home: FolderStorage, ledger: String, environment: [String: String], held: Int32?
  ) -> any LibraryStorage {
    switch self {
    case .folder: return home
    case .rclone(let remote):
      let marker = Marker(ledger: ledger, location: home.location, last: 0, state: nil)
      return RcloneStorage(
        remote: remote, home: home, ledger: ledger, marker: marker.encoded,
        environment: environment, held: held)
    case .listing: return ListingStorage(home: home, source: nil)
    case .command(let commands):
      return CommandStorage(commands: commands, home: home, environment: environment, held: held)
    }
  }
}

extension OpenLocation {
  /// The same location with a listing that was brought: its next scan is of that.
  ///
  /// - Throws: `WorkflowError` where it is no location of listings.
  package func reading(_ source: ListingStorage.Source) throws -> OpenLocation {
    guard file.place == .listing else {
      throw WorkflowError(
        .usage,
        "\(location) is not known by listings: its place is \(file.place.text). Nothing was read or "
          + "recorded.",
        hint: "Leave --from-lsjson out; only --place listing takes one.")
    }
    var open = self
    open.storage = ListingStorage(home: home, source: source)
    return open
  }

  /// The files as a folder of this machine, for what only that can do.
  ///
  /// - Throws: `WorkflowError` where they are elsewhere.
  func folder(for what: String, instead hint: String) throws -> FolderStorage {
    guard file.place == .folder else {
      throw WorkflowError(
        .usage,
        "\(location) is no folder of this machine but \(file.place.text), and \(what). Nothing was "
          + "read or changed.",
        hint: hint)
    }
    return home
  }
}
