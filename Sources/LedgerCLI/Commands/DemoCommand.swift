import ArgumentParser
import LedgerWorkflows

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Show it all with four real locations in a scratch folder.",
    discussion: "EXAMPLE: ledger demo /tmp/ledger-demo")

  @Argument(help: "A folder that does not exist yet; one in the temporary folder by default.")
  var folder: String?

  func run() async throws {
    let here = CommonOptions.currentFolder
    let place = folder.map { $0.hasPrefix("/") ? $0 : "\(here)/\($0)" }
    let status = try await Demo.run(
      in: place, program: CommonOptions.program, environment: CommonOptions.environment)
    if status != 0 { throw ExitCode(status) }
  }
}
