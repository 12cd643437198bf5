import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `The hub's hook` {
  @Test func `refuses everything but new batches, and nothing changes`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await hubWithWork(in: folder)
      let before = try await HermeticGit.run("for-each-ref", in: hub.path)
      // The hook alone must hold, without the settings that git has for some of this.
      for setting in ["denyNonFastForwards", "denyDeletes"] {
        try await HermeticGit.run("config", "receive.\(setting)", "false", in: hub.path)
      }
      for (spec, words) in Self.attacks {
        let run = try await push(spec, in: folder)

        #expect(run.exitStatus == 1, "\(spec)")
        #expect(run.words.contains("remote: ledger: refused"), "\(spec): \(run.words)")
        #expect(run.words.contains(words), "\(spec): \(run.words)")
        #expect(try await HermeticGit.run("for-each-ref", in: hub.path) == before, "\(spec)")
      }
    }
  }

  private static let attacks = [
    ("HEAD:refs/tags/v1", "a ledger has streams"),
    ("HEAD:refs/notes/x", "a ledger has streams"),
    ("HEAD:refs/heads/Desk", "no location's name"),
    ("HEAD:refs/heads/-x", "no location's name"),
    ("HEAD:refs/heads/a/b", "no location's name"),
    ("HEAD:refs/heads/aaaaaaaaaabbbbbbbbbbccccccccccddd", "no location's name"),
    (":refs/heads/desk", "never deleted"),
    ("+first:refs/heads/desk", "not a fast-forward"),
    ("+first:refs/heads/main", "not a fast-forward"),
    ("orphan:refs/heads/nas", "starts at the ledger's first commit"),
    ("HEAD:refs/heads/nas", "only new batch files may come"),
    ("strange:refs/heads/desk", "only new batch files may come, not: events/desk/x"),
    ("changed:refs/heads/desk", "only new batch files may come"),
    ("hidden:refs/heads/desk", "only new batch files may come"),
    ("month:refs/heads/desk", "only new batch files may come, not: events/desk/2026-13"),
    ("link:refs/heads/desk", "only new batch files may come"),
    ("mode:refs/heads/desk", "only new batch files may come"),
    ("foreign:refs/heads/desk", "only new batch files may come, not: events/plex"),
    ("gap:refs/heads/desk", "out of sequence: the next event of desk has the number 3"),
    ("again:refs/heads/desk", "out of sequence: the next event of desk has the number 3"),
    ("two:refs/heads/desk", "a commit must bring one batch file"),
    ("none:refs/heads/desk", "a commit must bring one batch file"),
    ("header:refs/heads/desk", "has no events"),
    ("binary:refs/heads/desk", "is no text"),
    ("huge:refs/heads/desk", "over 16 MiB"),
    ("merged:refs/heads/desk", "it has no merges"),
    ("beside:refs/heads/main", "only new batch files may come, not: x"),
    ("invented:refs/heads/main", "it has files of desk that are in no stream"),
    ("unknown:refs/heads/main", "only new batch files may come, not: events/nas/"),
    ("dropping:refs/heads/main", "it drops or changes files of plex"),
    ("without:refs/heads/main", "it drops the files of plex"),
    ("single:refs/heads/main", "main holds merges of streams only"),
    ("HEAD:refs/ledger/seen/desk", "must be a blob"),
    ("big:refs/ledger/seen/desk", "over 64 KiB"),
    ("HEAD:refs/ledger/seen/main", "no location's name"),
    ("HEAD:refs/ledger/x", "a ledger has streams"),
  ]

  @Test(arguments: ["next:refs/heads/desk", "both:refs/heads/main", "big:refs/heads/desk"])
  func `takes what the refused ones should have been`(spec: String) async throws {
    try await withTemporaryFolder { folder in
      let hub = try await hubWithWork(in: folder)
      if spec.hasPrefix("big") {
        try await HermeticGit.runProgramSuccessfully(
          [
            "sh", "-e", "-c",
            """
            cd work && git checkout -q desk && yes '{}' | head -c 16000000 >$1
            git add . && git commit -qm x && git tag -f big
            """, "sh", third,
          ], in: folder)
      }
      #expect(try await push(spec, in: folder).exitStatus == 0)
      try await HermeticGit.run("fsck", "--strict", in: hub.path)
    }
  }

  @Test func `is backed by git's own settings`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await hubWithWork(in: folder)
      try await HermeticGit.runProgramSuccessfully(["rm", "\(hub.path)/hooks/update"], in: folder)
      for spec in [":refs/heads/desk", "+first:refs/heads/desk"] {
        #expect(try await push(spec, in: folder).exitStatus == 1)
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

  @Test func `lets main land before the stream that it merges, if that will land too`() async throws
  {
    try await withTemporaryFolder { folder in
      // Git hands the hook the refs that the hub has in the order of their names: main, then plex.
      let hub = try await TestHub(in: folder)
      let (clone, other) = (try await hub.clone(plex), try await hub.clone(desk))
      for number in [1, 2] {
        try clone.append(number)
        try clone.mergeMain()
        let pushed = try await clone.push(main: true)
        #expect(pushed.stream == .landed && pushed.main == .landed, "\(pushed.words)")
      }
      // A second machine that writes as plex: its stream is refused, and so is the main with it.
      let twin = TestClone(location: plex, git: other.git, repository: other.repository)
      try twin.append(1, "other")
      try twin.mergeMain()
      let refused = try await twin.push(main: true)
      let left = try await HermeticGit.runProgramSuccessfully(
        ["find", ".", "-name", "ledger-push-*"], in: hub.path)

      guard case .refused = refused.stream, case .refused = refused.main else {
        Issue.record("\(refused)")
        return
      }
      #expect(left == "")
      #expect(try LedgerRepository(path: hub.path).mainHead() == clone.repository.mainHead())
    }
  }

  @Test func `believes only its own push that a stream is fine`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let tree = try await HermeticGit.run("rev-parse", "main^{tree}", in: hub.path)
      // As git would, so that the hooks' parent is one process; a push of it that was killed left its word.
      let script = """
        move="refs/heads/desk 0000000000000000000000000000000000000000 \(tree)"
        echo "$move" >"ledger-push-$$.fine"
        hooks/pre-receive </dev/null
        hooks/update $move
        echo "ended with $?"
        ls ledger-push-*.fine
        """
      let run = try await HermeticGit.runProgram(
        ["sh", "-c", script], in: hub.path, environment: HermeticGit.environment())

      #expect(run.output == "ended with 1")
      #expect(run.words.contains("it must be a commit"))
    }
  }

  @Test func `clears what a git that was killed has left, once it is old`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let clone = try await hub.clone(desk)
      try clone.append(1)
      try await HermeticGit.runProgramSuccessfully(
        [
          "sh", "-e", "-c",
          """
          for name in old new; do
            mkdir objects/tmp_objdir-incoming-$name && echo x >objects/tmp_objdir-incoming-$name/x
            echo x >objects/pack/tmp_pack_$name && echo x >ledger-push-$name
            echo x >refs/heads/$name.lock
          done
          find . -name '*old*' -exec touch -d '2 days ago' {} +
          """,
        ], in: hub.path)

      #expect(try await clone.push().stream == .landed)

      let left = try await HermeticGit.runProgramSuccessfully(
        ["sh", "-c", "find . -name '*old*' -o -name '*new' -o -name 'new.lock' | sort"],
        in: hub.path)
      #expect(
        left.split(separator: "\n") == [
          "./ledger-push-new", "./objects/pack/tmp_pack_new", "./objects/tmp_objdir-incoming-new",
          "./refs/heads/new.lock",
        ])
    }
  }

  @Test func `lets a key write its own location only`() async throws {
    try await withTemporaryFolder { folder in
      _ = try await hubWithWork(in: folder)
      for (writer, isTaken) in [("plex", false), ("desk", true), ("*", true)] {
        for spec in ["next:refs/heads/desk", "text:refs/ledger/seen/desk"] {
          let run = try await push("+\(spec)", in: folder, as: writer)
          #expect((run.exitStatus == 0) == isTaken, "\(writer) \(spec): \(run.words)")
          #expect(isTaken || run.words.contains("your key may write as plex only"))
        }
      }
    }
  }

  @Test func `looks at four hundred batches without a process for each`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      try await HermeticGit.runProgramSuccessfully(
        ["sh", "-e", "-c", Self.manyBatches, "sh", hub.path], in: folder)

      let run = try await HermeticGit.runProgram(
        [
          "sh", "-c",
          "strace -f --seccomp-bpf -qq -e trace=execve -o trace git push -q \"$1\" desk", "sh",
          hub.path,
        ],
        in: "\(folder)/many", environment: HermeticGit.environment())
      let trace = try await HermeticGit.runProgramSuccessfully(
        ["sh", "-c", "grep -c ' = 0$' trace"], in: "\(folder)/many")

      #expect(run.exitStatus == 0, "\(run.words)")
      #expect((Int(trace) ?? 1000) < 60, "\(trace) programs")
    }
  }

  private static let manyBatches = """
    git clone -q "$1" many && cd many
    first=$(git rev-parse HEAD)
    {
      number=1
      while [ $number -le 400 ]; do
        printf 'commit refs/heads/desk\\ncommitter desk <desk@ledger> 1800000000 +0000\\ndata 1\\nx\\n'
        [ $number -gt 1 ] || echo "from $first"
        printf 'M 100644 inline events/desk/2026-11/23/%012d.jsonl\\ndata 6\\n{}\\n{}\\n\\n' $number
        number=$((number + 1))
      done
    } | git fast-import --quiet
    """

  private let third = "events/desk/2026-11/23/000000000003.jsonl"

  private func push(
    _ spec: String, in folder: String, as writer: String? = nil
  ) async throws -> (exitStatus: Int32, output: String, words: String) {
    try await HermeticGit.runProgram(
      ["git", "push", "origin", spec], in: "\(folder)/work",
      environment: HermeticGit.environment(writer.map { ["LEDGER_LOCATION": $0] } ?? [:]))
  }

  /// A hub with two batches of desk and one of plex, and a working tree with branches, most of which
  /// a hub must not take.
  private func hubWithWork(in folder: String) async throws -> TestHub {
    let hub = try await TestHub(in: folder)
    let (clone, other) = (try await hub.clone(desk), try await hub.clone(plex))
    try clone.append(1)
    try clone.append(2)
    try clone.mergeMain()
    _ = try await clone.push(main: true)
    try other.append(1)
    _ = try await other.push()
    try await HermeticGit.runProgramSuccessfully(
      ["sh", "-e", "-c", Self.work, "sh", hub.path, third], in: folder)
    return hub
  }

  private static let work = """
    git clone -q -b desk "$1" work && cd work
    git tag first "$(git rev-list --max-parents=0 HEAD)"
    day=events/desk/2026-11/23 file=$2
    branch() { git checkout -q -f -b "$1" "${2:-desk}" && git clean -qfdx; }
    commit() { git add . && git commit -q --allow-empty -m "${1:-x}"; }
    branch next && printf '{}\\n{}\\n' >$file && commit
    branch strange && echo x >events/desk/x && commit
    branch changed && echo x >$day/000000000001.jsonl && commit
    branch hidden && echo x >x && commit && git rm -q x && commit
    branch month && mkdir events/desk/2026-13 && cp -r $day events/desk/2026-13/01 && commit
    branch link && ln -s 000000000001.jsonl $file && commit
    branch mode && printf '{}\\n{}\\n' >$file && chmod +x $file && commit
    branch foreign && mkdir events/plex && git mv $day/000000000002.jsonl $day/moved &&
      git reset -q --hard && cp -r events/desk/2026-11 events/plex && commit
    branch gap && printf '{}\\n{}\\n' >$day/000000000004.jsonl && commit
    branch again && mkdir events/desk/2026-11/24 &&
      printf '{}\\n{}\\n' >events/desk/2026-11/24/000000000002.jsonl && commit
    branch two && printf '{}\\n{}\\n' >$file && cp $file $day/000000000004.jsonl && commit
    branch none && commit
    branch header && echo '{}' >$file && commit
    branch binary && printf '{}\\n\\0\\n' >$file && commit
    branch huge && yes '{}' | head -c 17000000 >$file && commit
    branch side first && mkdir -p $day && printf '{}\\n{}\\n' >$file && commit
    branch merged && git merge -q --no-edit side
    git checkout -q --orphan orphan && git rm -rfq . && commit
    git tag big "$(head -c 70000 /dev/zero | git hash-object -w --stdin)"
    git tag text "$(echo '{}' | git hash-object -w --stdin)"
    branch beside origin/main && git merge -q --no-edit --no-ff origin/plex && echo x >x &&
      git add . && git commit -q --amend --no-edit
    branch both origin/main && git merge -q --no-edit --no-ff origin/plex
    branch invented both && printf '{}\\n{}\\n' >$file && git add . && git commit -q --amend --no-edit
    branch unknown both && mkdir -p events/nas && cp -r events/desk/2026-11 events/nas && git add . &&
      git commit -q --amend --no-edit
    tree() { git commit-tree -p origin/main -p origin/plex -m x "$1"; }
    git branch without "$(tree "$(git rev-parse 'origin/main^{tree}')")"
    branch more origin/plex && printf '{}\\n{}\\n' >events/plex/2026-11/23/000000000002.jsonl && commit &&
      git push -q origin HEAD:refs/heads/plex
    git branch dropping "$(git commit-tree -p both -p more -m x "$(git rev-parse 'both^{tree}')")"
    branch single origin/main && printf '{}\\n{}\\n' >$file && commit
    git checkout -q -f desk
    """
}
