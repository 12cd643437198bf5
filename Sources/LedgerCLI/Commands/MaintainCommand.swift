import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerWorkflows

struct MaintainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maintain", abstract: "Pack the clone here, or a hub on this machine.",
    discussion: """
      For a timer, as once a month. A sync packs in the background when it has to, and a hub after \
      a push; nothing is ever removed from the history.

      EXAMPLE: ledger maintain -C ~/Photos
               ledger maintain /srv/photos.git
      """)

  @Argument(help: "A hub's folder; the clone of the location here by default.")
  var hub: String?

  @OptionGroup var common: CommonOptions
  @OptionGroup var wait: LockOptions

  func run() async throws {
    let outside = CommonOptions.surroundings()
    let packed: Packed
    if let hub {
      let address = try HubAddress(hub, relativeTo: common.start)
      guard case .local(let path) = address.place else {
        throw WorkflowError(
          .usage, "\(hub) is on another machine. Nothing was done.",
          hint: "Run ledger maintain there; a hub also packs itself after pushes.")
      }
      packed = try await MaintainWorkflow.run(
        at: path, environment: CommonOptions.environment, in: outside)
    } else {
      let (open, lock) = try common.openLocked(wait)
      defer { withExtendedLifetime(lock) {} }
      packed = try await MaintainWorkflow.run(
        at: open.paths.clone, environment: CommonOptions.environment, in: outside)
    }
    if common.json {
      var line = JSONLines.object("packed")
      line.append("path", packed.path)
      line.append("before", packed.before)
      line.append("after", packed.after)
      JSONLines.put(line)
    } else {
      print("\(packed.path): \(Text.bytes(packed.before)) before, \(Text.bytes(packed.after)) now")
    }
  }
}
