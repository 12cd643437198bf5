import ArgumentParser
import LedgerCore
import LedgerWorkflows

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a copy or clean-up script under the lock.",
    discussion: """
      No sync runs while the script does, here and at each --at. What it brings are arrivals; what it \
      removes is pruned here and stays at the other places. What people change in the meantime counts \
      as the script's. A program that the script leaves behind goes on holding the lock. The exit \
      status is the command's.

      EXAMPLE: ledger exec --at /srv/plex -- rsync -a --exclude=/.ledger ./ /srv/plex/
      """)

  @Option(help: ArgumentHelp("A location that the script works on as well.", valueName: "dir"))
  var at: [String] = []

  @Argument(parsing: .postTerminator, help: "The command with its arguments, after --.")
  var command: [String] = []

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !command.isEmpty else { throw ValidationError("Give a command after --.") }
  }

  func run() async throws {
    let outside = CommonOptions.surroundings()
    let environment = CommonOptions.environment
    let start = common.start
    let folders = [start] + at.map { $0.hasPrefix("/") ? $0 : "\(start)/\($0)" }
    var places: [LocationPaths] = []
    for folder in folders {
      let paths = try OpenLocation.findPaths(from: folder, in: outside)
      if !places.contains(paths) { places.append(paths) }
    }
    // In one order, whichever place is named first, so that two scripts never wait for each other.
    places.sort { $0.lock < $1.lock }
    let locks = try places.map { try waiting.lock($0) }
    for paths in places {
      try await ExecWorkflow.begin(paths, command: command, environment: environment, in: outside)
    }
    guard chdir(start) == 0 else {
      throw WorkflowError(.state, "\(start) can't be entered. The command was not run.")
    }
    let status = runCommand(locks)
    var failure: (any Error)?
    for paths in places {
      do {
        say(try await ExecWorkflow.end(paths, environment: environment, in: outside))
      } catch {
        Terminal.complain(
          "What the command did at \(paths.location) is not recorded yet; the next ledger sync there "
            + "does it.")
        if failure == nil { failure = error }
      }
    }
    withExtendedLifetime(locks) {}
    if status != 0 { throw ExitCode(status) }
    if let failure { throw failure }
  }

  private func runCommand(_ locks: [LocationLock]) -> Int32 {
    Terminal.flush()
    for lock in locks { lock.letChildrenHold(true) }
    defer {
      for lock in locks {
        lock.letChildrenHold(false)
        lock.name(process: getpid())
      }
    }
    // Where this program is killed, it is the other one that is waited for.
    return ChildProgram.run(command) { pid in for lock in locks { lock.name(process: pid) } }
  }

  // On standard error: standard output is the command's.
  private func say(_ report: SyncReport) {
    var counts: [String: Int] = [:]
    for event in report.recorded { counts[event.fact.type, default: 0] += 1 }
    let words = counts.keys.sorted().map { "\(Text.count(counts[$0] ?? 0)) \($0)" }
    Terminal.complain(
      "\(report.location): \(words.isEmpty ? "nothing new" : words.joined(separator: ", ")).")
    for halt in report.halts { Terminal.complain("ledger: " + halt.text) }
    for item in report.attention.prefix(50) { Terminal.complain(Text.attention(item)) }
    if report.attention.count > 50 { Terminal.complain("… and more; ledger status lists all.") }
  }
}
