import CustomDump
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `Refs that a power cut emptied` {
  /// `plex`, which has unpushed batches of its own and one of `desk` that it fetched.
  private func withClone(
    _ body: (_ clone: TestClone, _ hub: TestHub, _ deskEnd: CommitID) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let (other, clone) = (try await hub.clone(desk), try await hub.clone(plex))
      try other.append(1)
      let end = try other.append(2)
      try other.mergeMain()
      _ = try await other.push(main: true)
      try clone.append(1)
      _ = try await clone.push()
      try clone.append(2)
      #expect(try await clone.git.fetch() == .done)
      try await body(clone, hub, end)
    }
  }

  private func shell(_ script: String, in clone: TestClone) async throws {
    try await HermeticGit.runProgramSuccessfully(
      ["bash", "-euc", script], in: clone.repository.path)
  }

  @Test(arguments: [
    "", "rm -r logs;", "cd logs/refs; truncate -s -9 heads/plex; : >remotes/hub/desk; cd ../..;",
  ])
  func `stand where they stood, also where their logs are lost or cut short`(
    before: String
  ) async throws {
    try await withClone { clone, hub, deskEnd in
      let own = try clone.head
      try await shell(
        before
          + "for r in heads/plex heads/main remotes/hub/desk remotes/hub/main; do : >refs/$r; done",
        in: clone)

      let mended = try clone.repository.mendRefs(own: plex)

      expectNoDifference(
        mended.restored, ["refs/heads/plex": own, "refs/remotes/hub/desk": deskEnd])
      expectNoDifference(mended.dropped, ["refs/heads/main", "refs/remotes/hub/main"])
      #expect(mended.unknown.isEmpty)
      let heads = try clone.repository.heads(own: plex).heads
      #expect(heads == [desk: deskEnd, plex: own])
      #expect(try await clone.git.fetch() == .done)
      #expect(try clone.mergeMain() != nil)
      #expect(try clone.repository.mendRefs(own: plex) == MendedRefs())
      try await HermeticGit.run("fsck", "--strict", in: clone.repository.path)
    }
  }

  /// What was not pushed yet must not be taken for what the hub has.
  @Test func `are left to the next fetch where they tell what the hub has of the own stream`()
    async throws
  {
    try await withClone { clone, hub, _ in
      let there = try clone.repository.hubHead(of: plex)
      try await shell(": >refs/remotes/hub/plex", in: clone)

      let mended = try clone.repository.mendRefs(own: plex)

      expectNoDifference(mended.dropped, ["refs/remotes/hub/plex"])
      #expect(try clone.repository.hubHead(of: plex) == nil)
      #expect(try await clone.git.fetch() == .done)
      #expect(try clone.repository.hubHead(of: plex) == there)
    }
  }

  /// A run that was killed between its commit and the ref leaves a second end.
  @Test func `go by their logs where a stream has two ends, and are left alone without`()
    async throws
  {
    try await withClone { clone, _, _ in
      let path = clone.repository.path
      let own = try #require(try clone.head)
      let killed = try await HermeticGit.run(
        "commit-tree", "\(own)^{tree}", "-p", "\(own)^", "-m", "killed\n\nLedger-Batch: plex:2-2",
        in: path)
      #expect(killed != own.hex)
      try await shell("cp -a logs kept; : >refs/heads/plex; : >logs/refs/heads/plex", in: clone)

      let lost = try clone.repository.mendRefs(own: plex)
      expectNoDifference(lost, MendedRefs(unknown: ["refs/heads/plex"]))
      #expect(throws: GitError.self) { try clone.head }

      try await shell("rm -r logs; mv kept logs", in: clone)
      let logged = try clone.repository.mendRefs(own: plex)
      expectNoDifference(logged.restored, ["refs/heads/plex": own])
      #expect(try clone.head == own)
    }
  }

  @Test func `and are no refs of any ledger are left alone`() async throws {
    try await withClone { clone, _, _ in
      try await shell("mkdir -p refs/tags; : >refs/tags/x; : >refs/heads/desk", in: clone)

      let mended = try clone.repository.mendRefs(own: plex)

      expectNoDifference(mended, MendedRefs(unknown: ["refs/heads/desk", "refs/tags/x"]))
    }
  }
}
