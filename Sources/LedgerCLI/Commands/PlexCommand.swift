import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct PlexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plex", abstract: "The Plex server that is told of what changes here.",
    discussion: """
      After a sync or a pruning that moved files, Plex looks again at just the folders that were \
      touched. Settings are kept on this machine alone. The token is read from --token-file, which \
      nobody else may read (chmod 600), or from PLEX_TOKEN; it is never in the ledger, in a log or in a \
      list of processes. --path is the root as Plex names it, where it runs in a container. Plex's own \
      trash is emptied only with --empty-trash, and never where a disk is not as it should be, a scan \
      was halted or a file could not be read. Without options it shows the settings and asks Plex for \
      its libraries.

      EXAMPLE: ledger plex --url http://127.0.0.1:32400 --token-file ~/.plex-token --path /data/photos
               ledger plex
      """)

  @Option(help: "The server's address, without the token.")
  var url: String?

  @Option(help: "The folder of this location as Plex names it.")
  var path: String?

  @Option(help: "The file with the token.")
  var tokenFile: String?

  @Flag(help: "Have Plex forget what it does not find any more in the libraries that were touched.")
  var emptyTrash = false

  @Flag(help: "Tell Plex no more.")
  var off = false

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    let isSetting = path != nil || tokenFile != nil || emptyTrash
    if isSetting && url == nil { throw ValidationError("Give --url as well.") }
    if off && (isSetting || url != nil) { throw ValidationError("--off goes alone.") }
    if let path, !path.hasPrefix("/") { throw ValidationError("--path takes a whole path.") }
  }

  func run() async throws {
    if let url {
      let file = tokenFile.map { $0.hasPrefix("/") ? $0 : "\(CommonOptions.currentFolder)/\($0)" }
      try set(PlexSettings(url: url, root: path, tokenFile: file, emptiesTrash: emptyTrash))
      if !common.json { print("Kept on this machine; ledger plex asks it for its libraries.") }
    } else if off {
      try set(nil)
    } else {
      try await show()
    }
  }

  private func set(_ plex: PlexSettings?) throws {
    let (open, lock) = try common.openLocked(waiting)
    defer { withExtendedLifetime(lock) {} }
    try PlexWorkflow.set(open, plex)
  }

  private func show() async throws {
    let open = try common.open()
    guard let plex = open.file.plex else {
      print("No Plex server is told of anything here; ledger plex --help says how.")
      return
    }
    let sections = try await PlexWorkflow.sections(
      open, plex, environment: CommonOptions.environment)
    guard common.json else {
      print("\(plex.url), which names \(open.paths.home) \(plex.root ?? open.paths.home)")
      for (section, isHere) in sections {
        let folders = section.folders.map { Terminal.printable($0) }.joined(separator: ", ")
        print(
          "  \(Terminal.printable(Array(section.title.utf8))): \(folders)"
            + (isHere ? "" : " (not here)"))
      }
      return
    }
    var line = JSONLines.object("plex")
    line.append("url", plex.url)
    line.append("path", plex.root ?? open.paths.home)
    line.append("tokenFile", plex.tokenFile.map { .string($0) } ?? .null)
    line.append("emptyTrash", plex.emptiesTrash)
    line.append(
      "sections",
      array: sections.map { section, isHere in
        var object = JSONObject()
        object.append("key", section.key)
        object.append("title", section.title)
        object.append(
          "folders",
          array: section.folders.map { JSONObject.quoted(String(decoding: $0, as: UTF8.self)) })
        object.append("isHere", isHere)
        return object.bytes
      })
    JSONLines.put(line)
  }
}
