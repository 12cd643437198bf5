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

  /// A power cut may leave a ref's file without a byte: git's own words for it stop every command.
  @Test func `and refs of the hub that were cut short stop none, and are set again`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo"), ("plex", "photo")])
      try await family.shell("echo a >desk/a.jpg")
      try await family.sync("desk", "plex", "desk")
      let clone = "state/ledger/*/desk/clone.git"
      try await family.shell(
        "cd \(clone); for r in refs/remotes/hub/plex refs/heads/main; do : >$r; done")

      try await family.sync("desk")

      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "plex"))
      try await family.shell("git -C \(clone) fsck --strict")
    }
  }

  /// Of the own stream something may never have been pushed: nothing is guessed.
  @Test func `but an own stream that was cut short is left alone, and told`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("echo a >desk/a.jpg")
      try await family.ledger("sync", "--offline", at: "desk")
      let clone = "state/ledger/*/desk/clone.git"
      try await family.shell("cd \(clone); cp refs/heads/desk ../kept; : >refs/heads/desk")

      try await family.ledger("sync", at: "desk", status: 1)

      #expect(
        try await family.shell(
          "cd \(clone); wc -c <refs/heads/desk; git -C ../../../../../hub.git for-each-ref --format='%(refname)' refs/heads/desk"
        ) == "0\nrefs/heads/desk")
      try await family.shell("cd \(clone); cp ../kept refs/heads/desk")
      try await family.sync("desk")
      #expect(try await family.file("a.jpg", at: "desk")["state"].text == "synced")
    }
  }
}
