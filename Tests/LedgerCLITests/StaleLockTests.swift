import LedgerTestKit
import Testing

@Suite struct `Locks of a git that was killed` {
  @Test(arguments: [["config", "deletions", "always"], ["sync"]])
  func `stop no command`(command: [String]) async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      let clone = "state/ledger/*/desk/clone.git"
      try await family.shell(
        "echo a >desk/a.jpg; cd \(clone); touch refs/heads/desk.lock refs/heads/main.lock")

      let run = try await HermeticGit.runProgram(
        [try Family.program()] + command, in: family.path("desk"),
        environment: family.environment)

      #expect(run.exitStatus == 0, "\(run.words)")
      #expect(try await family.shell("find \(clone)/refs -name '*.lock'") == "")
    }
  }
}
