import ArgumentParser
import LedgerFormat
import LedgerWorkflows

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Look at everything that a location rests on.",
    discussion: """
      Lock, place, marker, clone, hub, cache, clock, space and trash, a line each, with what to run \
      where something is wrong. Changes nothing. Exit status 1: something is wrong. With --repair a \
      clone that is missing or spoilt is fetched again; what was never pushed goes on, and the old \
      clone is kept.

      EXAMPLE: ledger doctor -C ~/Photos
               ledger doctor --repair -C ~/Photos
      """)

  @Flag(help: "Fetch a clone that is missing or spoilt again.")
  var repair = false

  @OptionGroup var common: CommonOptions
  @OptionGroup var wait: LockOptions

  func run() async throws {
    let outside = CommonOptions.surroundings()
    if repair { return try await mend(outside) }
    var isWell = true
    func tell(_ finding: Finding) {
      isWell = isWell && finding.isFine
      FindingText.tell(finding, asJSON: common.json)
    }
    do {
      let paths = try OpenLocation.findPaths(from: common.start, in: outside)
      await DoctorWorkflow.run(
        paths, environment: CommonOptions.environment, in: outside, found: tell)
    } catch let error as WorkflowError where error.code == .unhealthy {
      tell(.wrong("place", error.message, error.hint))
    }
    guard isWell else { throw ExitCode(ExitCodes.failed) }
    if !common.json { print("All is well.") }
  }

  private func mend(_ outside: Surroundings) async throws {
    let paths = try OpenLocation.findPaths(from: common.start, in: outside)
    let lock = try wait.lock(paths)
    defer { withExtendedLifetime(lock) {} }
    let repaired = try await RepairWorkflow.run(
      paths, environment: CommonOptions.environment, in: outside)
    if common.json {
      var line = JSONLines.object("repair")
      line.append("repaired", repaired != nil)
      line.append("oldClone", repaired?.oldClone ?? "")
      line.append("carried", Int64(repaired?.carried.sameCount ?? 0))
      line.append("lost", Int64(repaired?.carried.lostCount ?? 0))
      JSONLines.put(line)
    } else if let repaired {
      print("Fetched the clone again." + (repaired.oldClone.map { " The old one is \($0)." } ?? ""))
      CarriedText.tell(repaired.carried)
      print("Next: ledger sync.")
    } else {
      print("The clone is whole: nothing to repair.")
    }
  }
}

/// What was looked at, as a line for people or for programs.
enum FindingText {
  static func tell(_ finding: Finding, asJSON isJSON: Bool) {
    guard isJSON else {
      print("\(finding.isFine ? "ok   " : "WRONG") \(finding.subject): \(finding.detail)")
      if !finding.hint.isEmpty { print("      \(finding.hint)") }
      return
    }
    var line = JSONLines.object("check")
    line.append("subject", finding.subject)
    line.append("ok", finding.isFine)
    line.append("detail", finding.detail)
    line.append("hint", finding.hint)
    JSONLines.put(line)
  }
}
