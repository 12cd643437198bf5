import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `The user's environment` {
  @Test func `is kept but for what points git elsewhere`() {
    let cleaned = GitEnvironment(cleaning: [
      "PATH": "/bin", "HOME": "/home/ann", "SSH_AUTH_SOCK": "/tmp/agent",
      "GIT_SSH_COMMAND": "ssh -v", "GIT_DIR": "/elsewhere", "GIT_INDEX_FILE": "x",
      "GIT_CONFIG_COUNT": "1", "LC_ALL": "de_DE",
    ])
    #expect(
      cleaned.variables == [
        "PATH": "/bin", "HOME": "/home/ann", "SSH_AUTH_SOCK": "/tmp/agent",
        "GIT_SSH_COMMAND": "ssh -v", "LC_ALL": "C", "LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0",
      ])
  }

  @Test func `leaks neither hooks nor pruning nor a foreign repository`() async throws {
    try await withTemporaryFolder { folder in
      try await HermeticGit.runProgramSuccessfully(
        [
          "sh", "-e", "-c",
          """
          mkdir hooks template template/hooks
          for hook in pre-push reference-transaction post-update; do
            printf '#!/bin/sh\\ntouch %s/leaked\\n' "$PWD" >hooks/$hook
          done
          chmod +x hooks/*
          cp hooks/* template/hooks
          git config -f config core.hooksPath "$PWD/hooks"
          git config -f config init.templateDir "$PWD/template"
          git config -f config fetch.prune true
          git config -f config fetch.showForcedUpdates false
          git config -f config push.gpgSign true
          git config -f config push.followTags true
          """,
        ], in: folder)
      // The hub gets the hooks of the user who pushes there by its path: git runs as that user.
      let hub = try await TestHub(in: folder)
      let user = HermeticGit.environment([
        "GIT_CONFIG_GLOBAL": "\(folder)/config", "GIT_DIR": "\(folder)/nowhere",
        "GIT_OBJECT_DIRECTORY": "\(folder)/nowhere",
      ])
      try await HermeticGit.run("config", "core.hooksPath", "\(hub.path)/hooks", in: hub.path)
      let path = "\(folder)/clone"
      let git = try await GitProgram.clone(
        hub: hub.address, into: path, environment: GitEnvironment(cleaning: user))
      let clone = TestClone(location: desk, git: git, repository: try LedgerRepository(path: path))
      try clone.append(1)

      let first = try clone.append(2)
      #expect(try await clone.push().stream == .landed)
      try clone.mergeMain()
      #expect(try await clone.push(main: true).main == .landed)
      try await HermeticGit.run("update-ref", "-d", "refs/heads/desk", in: hub.path)
      let root = try clone.repository.rootCommit()
      try await HermeticGit.run("update-ref", "refs/heads/main", root.hex, in: hub.path)
      let fetched = try await git.fetch()

      guard case .rewound(let branches) = fetched else {
        Issue.record("the lost stream was not noticed: \(fetched)")
        return
      }
      #expect(branches.map(\.name) == ["desk", "main"])
      #expect(try clone.repository.hubHead(of: desk) == first)
      let left = try await HermeticGit.runProgramSuccessfully(["ls"], in: folder)
      #expect(!left.contains("leaked") && !left.contains("nowhere"))
    }
  }

  @Test func `without git is told apart from a hub that is away`() async throws {
    let error = await #expect(throws: GitProgramError.self) {
      try await GitProgram.checkVersion(in: GitEnvironment(cleaning: ["PATH": "/nonexistent"]))
    }
    #expect(error?.kind == .unusable)
    #expect(error?.words == "there is no program `git` in PATH")
  }

  @Test func `with an old git is refused`() async throws {
    try await withTemporaryFolder { folder in
      try await HermeticGit.runProgramSuccessfully(
        ["sh", "-c", "printf '#!/bin/sh\\necho git version 2.30.1\\n' >git; chmod +x git"],
        in: folder)
      let error = await #expect(throws: GitProgramError.self) {
        try await GitProgram.checkVersion(in: GitEnvironment(cleaning: ["PATH": folder]))
      }
      #expect(error?.words == "git 2.30 is too old; ledger needs 2.36 or newer")
    }
  }

  @Test func `finds git behind what is no program`() async throws {
    try await withTemporaryFolder { folder in
      try await HermeticGit.runProgramSuccessfully(
        ["sh", "-e", "-c", "mkdir -p one/git two empty; echo >two/git"], in: folder)
      var variables = HermeticGit.environment([:])
      let path = try #require(variables["PATH"])
      variables["PATH"] = "relative:\(folder)/one:\(folder)/two:\(folder)/none:\(path)"
      try await GitProgram.checkVersion(in: GitEnvironment(cleaning: variables))

      variables["PATH"] = "\(folder)/one:\(folder)/two:\(folder)/empty"
      let error = await #expect(throws: GitProgramError.self) {
        try await GitProgram.checkVersion(in: GitEnvironment(cleaning: variables))
      }
      #expect(error?.kind == .unusable)
    }
  }
}
