import ArgumentParser
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
      RejectCommand.self, TrashCommand.self, RestoreCommand.self, LocationCommand.self,
      ConfigCommand.self, DemoCommand.self,
    ])

  static func main() async {
    Terminal.prepare()
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let status as ExitCode {
      end(status.rawValue)
    } catch {
      let explained = Explain.explain(error)
      guard let explained else { exit(withError: error) }
      let isJSON = CommandLine.arguments.contains("--json")
      Terminal.complain(isJSON ? explained.json : explained.text)
      end(ExitCodes.status(of: explained.code))
    }
  }
}

// Outside the command, whose own `exit` renders errors.
private func end(_ status: Int32) -> Never { exit(status) }
