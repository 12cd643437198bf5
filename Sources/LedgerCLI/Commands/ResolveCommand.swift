import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct ResolveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve", abstract: "Decide which content of a conflict is kept.",
    discussion: """
      Other contents are older from then on, wherever they are; no file is touched by this command.

      EXAMPLE: ledger resolve 2026/IMG_0007.jpg --keep desk
      """)

  @Option(help: "A location whose content is kept, a digest, or none.")
  var keep: String

  @Argument(help: "Files or folders of the library.")
  var paths: [String]

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let kept: ResolveWorkflow.Keep =
      if keep == "none" {
        .none
      } else if let digest = Digest(keep) {
        .digest(digest)
      } else {
        .location(try LocationCommand.parse(keep))
      }
    let (open, lock) = try await common.openToRecord(waiting)
    let paths = try paths.map { try open.libraryPath($0) }
    defer { withExtendedLifetime(lock) {} }
    for event in try await ResolveWorkflow.run(open, paths: paths, keep: kept) {
      if common.json { Terminal.put(JSONLines.event(event)) } else { print(Text.event(event)) }
    }
    if !common.json { print("Recorded; ledger sync carries it to the other places.") }
  }
}
