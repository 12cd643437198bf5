import CustomDump
import LedgerGit
import Testing

@Suite struct `Git's output` {
  @Test func `of a push is read line by line`() {
    let text = """
      To /srv/photos.git
      =\trefs/heads/main:refs/heads/main\t[up to date]
      *\trefs/heads/new:refs/heads/new\t[new branch]
       \trefs/heads/desk:refs/heads/desk\t837197b..d8871f3
      +\trefs/ledger/seen/desk:refs/ledger/seen/desk\t45b983b...9c1f2d0 (forced update)
      !\trefs/heads/plex:refs/heads/plex\t[rejected] (non-fast-forward)
      !\trefs/heads/nas:refs/heads/nas\t[remote rejected] (hook declined)
      Done
      """
    expectNoDifference(
      GitOutput.pushResults(porcelain: text),
      [
        "refs/heads/main": .upToDate, "refs/heads/new": .landed, "refs/heads/desk": .landed,
        "refs/ledger/seen/desk": .landed,
        "refs/heads/plex": .refused("[rejected] (non-fast-forward)"),
        "refs/heads/nas": .refused("[remote rejected] (hook declined)"),
      ])
  }

  @Test(arguments: [
    ("[rejected] (non-fast-forward)", true), ("[remote rejected] (hook declined)", true),
    ("[remote rejected] (unpacker error)", false),
    ("[remote rejected] (failed to update ref)", false),
    ("[remote rejected] (unable to migrate objects to permanent storage)", false),
  ])
  func `of a refusal tells a judgement from a hub that could not write`(
    reason: String, isJudgement: Bool
  ) {
    #expect(GitOutput.isJudgement(reason) == isJudgement)
  }

  @Test(arguments: [
    (
      """
      remote: error: cannot lock ref 'refs/heads/desk': Unable to create 'desk.lock': File exists.  \("")
      remote:       \("")
      remote: Another git process seems to be running in this repository, e.g.       \("")
      remote: an editor opened by 'git commit'. Please make sure all processes       \("")
      remote: are terminated then try again. If it still fails, a git process        \("")
      remote: may have crashed in this repository earlier:        \("")
      remote: remove the file manually to continue.        \("")
      error: failed to push some refs to 'hub:/srv/hub.git'
      """, "cannot lock ref 'refs/heads/desk': Unable to create 'desk.lock': File exists"
    ),
    (
      """
      @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
      @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
      @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
      Host key verification failed.
      fatal: Could not read from remote repository.

      Please make sure you have the correct access rights
      and the repository exists.
      """, "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!; Host key verification failed"
    ),
    ("fatal: Could not read from remote repository.", "Could not read from remote repository"),
    ("root@nas: Permission denied (publickey).", "root@nas: Permission denied (publickey)"),
  ])
  func `of a failure is told in one line without frames and general advice`(
    words: String, brief: String
  ) {
    let error = GitProgramError(arguments: ["git"], exitStatus: 1, words: words, kind: .other)
    #expect(error.brief == brief)
  }

  @Test func `of a fetch names what the hub offered`() throws {
    let id = try #require(CommitID("837197b9ee2c6a94652dcf79a00f72427fa63851"))
    let text = """
      \(id)\tnot-for-merge\tbranch 'desk' of /srv/it's of/photos.git
      \(id)\t\tbranch 'main' of nas:photos.git
      \(id)\tnot-for-merge\t'refs/ledger/seen/desk' of nas:photos.git
      \(id)\tnot-for-merge\tbranch without an end
      short\tnot-for-merge\tbranch 'plex' of nas:photos.git
      """
    expectNoDifference(GitOutput.offeredBranches(fetchHead: text), ["desk": id, "main": id])
  }

  @Test(
    arguments: [
      ("git version 2.39.5", GitVersion(major: 2, minor: 39)),
      ("git version 2.39.5 (Apple Git-154)\n", GitVersion(major: 2, minor: 39)),
      ("git version 3.0.rc1", GitVersion(major: 3, minor: 0)),
      ("hub version 2.14", nil), ("git version x.y", nil), ("", nil),
    ] as [(String, GitVersion?)])
  func `names its version`(text: String, version: GitVersion?) {
    #expect(GitOutput.version(text) == version)
  }

  @Test func `says whether the hub was reached`() {
    let gone =
      "ssh: connect to host nas port 22: Connection refused\n"
      + "fatal: Could not read from remote repository."
    #expect(GitOutput.kind(exitStatus: 128, words: gone) == .unreachable)
    #expect(GitOutput.kind(exitStatus: 128, words: "fatal: early EOF") == .unreachable)
    let first = "fatal: the remote end hung up upon initial contact"
    #expect(GitOutput.kind(exitStatus: 128, words: first) == .unreachable)
    // By SIGPIPE: ssh had ended.
    #expect(GitOutput.kind(exitStatus: 141, words: "") == .unreachable)
    #expect(GitOutput.kind(exitStatus: 128, words: "fatal: bad object") == .other)
    #expect(GitOutput.kind(exitStatus: 1, words: "error: failed to push") == .rejected)
  }
}

@Suite struct `A commit's name` {
  @Test func `is the same as bytes and as hex`() throws {
    let hex = "837197b9ee2c6a94652dcf79a00f72427fa63851"
    let id = try #require(CommitID(hex))
    #expect(id.hex == hex)
    #expect(CommitID(bytes: id.bytes) == id)
    #expect(CommitID(hex.uppercased()) == nil)
    #expect(CommitID(hex.dropLast()) == nil)
  }
}
