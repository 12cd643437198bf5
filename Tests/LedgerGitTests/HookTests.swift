import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `The hub's hook` {
  @Test(arguments: [
    ("HEAD:refs/tags/v1", "a ledger has streams"),
    ("HEAD:refs/notes/x", "a ledger has streams"),
    ("HEAD:refs/heads/Desk", "no location's name"),
    ("HEAD:refs/heads/-x", "no location's name"),
    ("HEAD:refs/heads/a/b", "no location's name"),
    ("HEAD:refs/heads/aaaaaaaaaabbbbbbbbbbccccccccccddd", "no location's name"),
    (":refs/heads/desk", "never deleted"),
    ("+first:refs/heads/desk", "not a fast-forward"),
    ("+first:refs/heads/main", "not a fast-forward"),
    ("orphan:refs/heads/plex", "starts at the ledger's first commit"),
    ("HEAD:refs/heads/plex", "only new batch files may come"),
    ("strange:refs/heads/desk", "only new batch files may come, not: events/desk/x"),
    ("changed:refs/heads/desk", "only new batch files may come"),
    ("hidden:refs/heads/desk", "only new batch files may come"),
    ("merged:refs/heads/desk", "it has no merges"),
    ("foreign:refs/heads/main", "only new batch files may come"),
    ("HEAD:refs/ledger/seen/desk", "must be a blob"),
    ("big:refs/ledger/seen/desk", "over 64 KiB"),
    ("HEAD:refs/ledger/seen/main", "no location's name"),
    ("HEAD:refs/ledger/x", "a ledger has streams"),
  ])
  func `refuses`(spec: String, words: String) async throws {
    try await withTemporaryFolder { folder in
      let hub = try await hubWithWork(in: folder)
      let before = try await HermeticGit.run("for-each-ref", in: hub.path)
      // The hook alone must hold, without the settings that git has for some of this.
      for setting in ["denyNonFastForwards", "denyDeletes"] {
        try await HermeticGit.run("config", "receive.\(setting)", "false", in: hub.path)
      }

      let run = try await HermeticGit.runProgram(
        ["git", "push", "origin", spec], in: "\(folder)/work",
        environment: HermeticGit.environment())

      #expect(run.exitStatus == 1)
      #expect(run.words.contains("remote: ledger: refused"), "\(run.words)")
      #expect(run.words.contains(words), "\(run.words)")
      #expect(try await HermeticGit.run("for-each-ref", in: hub.path) == before)
    }
  }

  @Test func `is backed by git's own settings`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await hubWithWork(in: folder)
      try await HermeticGit.runProgramSuccessfully(["rm", "\(hub.path)/hooks/update"], in: folder)
      for spec in [":refs/heads/desk", "+first:refs/heads/desk"] {
        let run = try await HermeticGit.runProgram(
          ["git", "push", "origin", spec], in: "\(folder)/work",
          environment: HermeticGit.environment())
        #expect(run.exitStatus == 1)
      }
    }
  }

  @Test func `lets the stream land beside a main that it refuses`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let clone = try await hub.clone(desk)
      try clone.append(1)
      let root = try clone.repository.rootCommit()
      let tree = try await HermeticGit.run("mktree", in: clone.repository.path)
      let bad = try await HermeticGit.run(
        "commit-tree", "-p", root.hex, "-m", "x", tree, in: clone.repository.path)
      try await HermeticGit.run("update-ref", "refs/heads/main", bad, in: clone.repository.path)

      let pushed = try await clone.push(main: true)

      #expect(pushed.stream == .landed)
      #expect(pushed.main == .refused("[remote rejected] (hook declined)"))
      #expect(pushed.words.contains("only new batch files may come, not: ledger.json"))
    }
  }

  /// A hub with two batches of desk, and a working tree whose branches a hub must not take.
  private func hubWithWork(in folder: String) async throws -> TestHub {
    let hub = try await TestHub(in: folder)
    let clone = try await hub.clone(desk)
    try clone.append(1)
    try clone.append(2)
    try clone.mergeMain()
    _ = try await clone.push(main: true)
    try await HermeticGit.runProgramSuccessfully(
      [
        "sh", "-e", "-c",
        """
        git clone -q -b desk "$1" work && cd work
        git tag first "$(git rev-list --max-parents=0 HEAD)"
        file=events/desk/2026-11/23/000000000003.jsonl
        git checkout -q -b strange && echo x >events/desk/x && git add . && git commit -qm x
        git checkout -q -b changed desk && echo x >events/desk/2026-11/23/000000000001.jsonl
        git commit -qam x
        git checkout -q -b hidden desk && echo x >x && git add . && git commit -qm x
        git rm -q x && git commit -qm x
        git checkout -q -b side first && mkdir -p events/desk/2026-11/23 && echo 3 >$file
        git add . && git commit -qm x
        git checkout -q -b merged desk && git merge -q --no-edit side
        git checkout -q --orphan orphan && git rm -rfq . && git commit -q --allow-empty -m x
        git tag big "$(head -c 70000 /dev/zero | git hash-object -w --stdin)"
        git checkout -q -b foreign origin/main && echo x >x && git add . && git commit -qm x
        git checkout -q desk
        """, "sh", hub.path,
      ], in: folder)
    return hub
  }
}
