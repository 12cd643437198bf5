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

@Suite struct `A power cut that empties refs of a clone` {
  private let clone = "state/ledger/*/desk/clone.git"

  /// `desk` with batches of its own that had seen `plex`, the last not pushed.
  private func withDesk(_ body: (Family) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo"), ("plex", "photo")])
      for name in ["a", "b"] {
        try await family.shell("echo \(name) >desk/\(name).jpg; cp desk/\(name).jpg plex/")
        try await family.sync("plex", "desk")
      }
      try await family.shell("echo c >desk/c.jpg")
      try await family.ledger("sync", "--offline", at: "desk")
      try await body(family)
    }
  }

  /// The `seen` of each batch of `desk`, in their order.
  private func seen(_ family: Family) async throws -> [JSON] {
    let headers = try await family.shell(
      """
      cd \(clone); git ls-tree -r --name-only desk events/desk/ | sort |
        while read -r file; do git show "desk:$file" | sed -n 1p; done
      """)
    return try JSON.lines(headers).map { $0["seen"] }
  }

  @Test(arguments: [true, false])
  func `stops no run, and what it has seen never goes down`(isOnline: Bool) async throws {
    try await withDesk { family in
      // Without the cache all is read from the refs.
      try await family.shell(
        """
        rm -r cache; cd \(clone)
        for r in remotes/hub/plex remotes/hub/desk remotes/hub/main heads/desk heads/main; do
          : >refs/$r
        done
        echo d >../../../../../desk/d.jpg
        """)

      let extent = isOnline ? [] : ["--offline"]
      let run = try await HermeticGit.runProgram(
        [try Family.program(), "sync"] + extent, in: family.path("desk"),
        environment: family.environment)

      #expect(run.exitStatus == 0, "\(run.output) \(run.words)")
      let seen = try await seen(family).map { $0["plex"].number ?? 0 }
      #expect(seen.count > 4)
      #expect(seen == seen.sorted())
      #expect(try #require(seen.last) > 1)
      try await family.sync("desk", "plex", "desk")
      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "plex"))
      #expect(try await family.file("c.jpg", at: "plex")["state"].text == "new")
      try await family.shell("git -C \(clone) fsck --strict; git -C hub.git fsck --strict")
    }
  }

  /// Of two ends nothing tells which was the stream's: a person is told what to run, and it works.
  @Test func `stops the run where nothing tells where the own stream stood`() async throws {
    try await withDesk { family in
      try await family.shell(
        """
        cd \(clone)
        git commit-tree 'desk^{tree}' -p desk^ -m "$(git log -1 --format=%B desk)" >/dev/null
        : >refs/heads/desk; rm -r logs
        """)
      let before = try await family.picture()

      let run = try await family.ledger("sync", at: "desk", status: 1)

      #expect(run.words.contains("refs/heads/desk"))
      #expect(run.words.contains("ledger doctor --repair -C \(family.path("desk"))"))
      #expect(try await family.picture() == before)
      try await family.ledger("doctor", "--repair", at: "desk")
      try await family.sync("desk", "plex", "desk")
      #expect(try await family.file("c.jpg", at: "plex")["state"].text == "new")
      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "plex"))
    }
  }
}
