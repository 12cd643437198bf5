import ArgumentParser
import LedgerCache
import LedgerWorkflows

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The program `ledger`.
@main
struct LedgerCommand: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Keeps photos and videos in step across places, and loses none.",
    discussion: """
      Each place records what happened to its files in a hub, a bare git repository; ledger sync \
      carries out here what was decided elsewhere. Removed files go to a trash.

      EXAMPLE: ledger init /srv/photos.git
               ledger join /srv/photos.git --as desk ~/Photos
               ledger sync -C ~/Photos
      """,
    version: version,
    subcommands: [
      InitCommand.self, JoinCommand.self, SyncCommand.self, ScanCommand.self, StatusCommand.self,
      ListCommand.self, LogCommand.self, ReplayCommand.self, ApproveCommand.self,
      RejectCommand.self, ResolveCommand.self, ExplainCommand.self, TrashCommand.self,
      RestoreCommand.self, VerifyCommand.self, DoctorCommand.self, PruneCommand.self,
      ExecCommand.self,
      LocationCommand.self, ConfigCommand.self, PlexCommand.self, HubCommand.self,
      MaintainCommand.self,
      DemoCommand.self,
    ])

  static func main() async {
    Terminal.prepare()
    do {
      do {
        try await parseAndRun()
      } catch  where StateCache.isUnusable(error) {
        // The cache is disposable: without it the same run costs a replay and a rehash.
        try CommonOptions.discardCache()
        Terminal.complain("The cache was spoilt; it is made anew from the log.")
        try await parseAndRun()
      }
    } catch let status as ExitCode {
      end(status.rawValue)
    } catch {
      let isJSON = CommandLine.arguments.contains("--json")
      guard let explained = Explain.explain(error, isJSON: isJSON) else { exit(withError: error) }
      Terminal.complain(isJSON ? explained.json : explained.text)
      end(ExitCodes.status(of: explained.code))
    }
  }

  private static func parseAndRun() async throws {
    var command = try parseAsRoot(
      LockOptions.spellingOut(Array(CommandLine.arguments.dropFirst())))
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }
}

// Outside the command, whose own `exit` renders errors.
private func end(_ status: Int32) -> Never { exit(status) }
