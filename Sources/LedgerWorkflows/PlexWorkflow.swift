package import LedgerCore
import LedgerHooks

/// `ledger plex`: which server is told of what changes here.
package enum PlexWorkflow {
  /// Keeps a server's settings, or forgets them.
  package static func set(_ open: OpenLocation, _ plex: PlexSettings?) throws {
    if let plex, !PlexServer.isAddress(plex.url) {
      throw WorkflowError(
        .usage, "\(plex.url.debugDescription) is no address of Plex. Nothing was changed.",
        hint: "Give one as http://127.0.0.1:32400; the token goes into a file or PLEX_TOKEN.")
    }
    var file = open.file
    file.plex = plex
    try StateFolder.write(file.encoded, to: open.paths.locationFile)
  }

  /// The server's libraries, and whether each holds the location's root or a part of it.
  ///
  /// - Throws: `WorkflowError` where it can't be asked.
  package static func sections(
    _ open: OpenLocation, _ plex: PlexSettings, environment: [String: String]
  ) async throws -> [(section: PlexSection, isHere: Bool)] {
    do throws(PlexError) {
      let root = Array((plex.root ?? open.paths.home).utf8)
      return try await server(plex, environment: environment).sections().map { section in
        let own = PlexSection(key: "", title: "", folders: [root])
        return (section, section.holds(root) || section.folders.contains(where: own.holds))
      }
    } catch {
      throw WorkflowError(
        .state, "Plex could not be asked: \(error.description). Nothing was changed.",
        hint: "ledger plex --help says how address and token are given.")
    }
  }

  static func server(
    _ plex: PlexSettings, environment: [String: String]
  ) throws(PlexError) -> PlexServer {
    let token: String
    if let file = plex.tokenFile {
      token = try PlexServer.token(inFile: file)
    } else if let variable = environment["PLEX_TOKEN"] {
      token = variable
    } else {
      throw PlexError("there is no token: give a file with --token-file, or set PLEX_TOKEN")
    }
    // The token goes to curl's standard input and to no environment.
    return try PlexServer(
      url: plex.url, token: token, environment: environment.filter { $0.key != "PLEX_TOKEN" })
  }
}
