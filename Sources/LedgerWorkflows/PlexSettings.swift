import LedgerCore

/// The Plex server of this machine's location. Kept in `location.json` and nowhere else: the ledger hears
/// nothing of it, and the token is only ever read from its file or from `PLEX_TOKEN`.
package struct PlexSettings: Sendable, Equatable {
  /// Its address, as `http://127.0.0.1:32400`.
  package var url: String
  /// The root of the location as Plex names it; nil where it has the same name there.
  package var root: String?
  /// The file with the token; nil for `PLEX_TOKEN`.
  package var tokenFile: String?
  /// Whether Plex is to forget what it could not find any more.
  package var emptiesTrash: Bool

  /// A server's settings.
  package init(url: String, root: String?, tokenFile: String?, emptiesTrash: Bool) {
    self.url = url
    self.root = root
    self.tokenFile = tokenFile
    self.emptiesTrash = emptiesTrash
  }

  /// As `location.json` has it.
  var stored: SettingValue {
    .object([
      SettingEntry(key: "emptyTrash", value: .bool(emptiesTrash)),
      SettingEntry(key: "path", value: root.map { .string($0) } ?? .null),
      SettingEntry(key: "tokenFile", value: tokenFile.map { .string($0) } ?? .null),
      SettingEntry(key: "url", value: .string(url)),
    ])
  }

  /// Reads it; nil where there is none.
  init?(stored: SettingValue?) {
    guard case .object(let entries) = stored else { return nil }
    let fields = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard let url = fields["url"]?.text else { return nil }
    self.init(
      url: url, root: fields["path"]?.text, tokenFile: fields["tokenFile"]?.text,
      emptiesTrash: fields["emptyTrash"] == .bool(true))
  }
}
