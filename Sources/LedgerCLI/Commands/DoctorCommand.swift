import ArgumentParser
import LedgerFormat
import LedgerWorkflows

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Look at everything that a location rests on.",
    discussion: """
      Lock, place, marker, clone, hub, cache, clock, space and trash, a line each, with what to run \
      where something is wrong. Changes nothing. Exit status 1: something is wrong.

      EXAMPLE: ledger doctor -C ~/Photos
      """)

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let outside = CommonOptions.surroundings()
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
