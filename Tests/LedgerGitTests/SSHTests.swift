import CustomDump
import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `A hub behind ssh` {
  @Test(arguments: SSHServer.Key.allCases)
  func `is made and used with either kind of key`(key: SSHServer.Key) async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let hub = try await TestHub(
          in: folder, address: "\(server.host):\(folder)/it's a \"hub\".git",
          environment: HermeticGit.environment(["GIT_SSH_COMMAND": server.command(key)]))
        let clone = try await hub.clone(desk)
        #expect(try clone.repository.description() == ledgerJSON)
        let before = try await server.connections()

        #expect(try await clone.git.fetch() == .done)
        #expect(try await server.connections() == before + 1)
        try clone.append(1)
        try clone.mergeMain()
        let pushed = try await clone.push(main: true)

        #expect(pushed.stream == .landed && pushed.main == .landed)
        #expect(try await server.connections() == before + 2)
        try await HermeticGit.run("fsck", "--strict", in: hub.path)
      }
    }
  }

  @Test func `is the same repository as one made on this machine`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let environment = HermeticGit.environment(["GIT_SSH_COMMAND": server.command(.ed25519)])
        let here = try await TestHub(in: folder, name: "here.git")
        let there = try await TestHub(
          in: folder, address: "ssh://\(server.host)\(folder)/there.git", environment: environment)

        let difference = try await HermeticGit.runProgram(
          ["diff", "-r", "--exclude=logs", "--exclude=branches", here.path, there.path],
          in: folder, environment: HermeticGit.environment())
        #expect(difference.output == "")
        #expect(
          try LedgerRepository(path: here.path).rootCommit()
            == LedgerRepository(path: there.path).rootCommit())
      }
    }
  }

  @Test func `is not made where something stands`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let environment = HermeticGit.environment(["GIT_SSH_COMMAND": server.command(.ed25519)])
        _ = try await TestHub(in: folder)
        try await HermeticGit.run("init", "-q", "--bare", "plain.git", in: folder)
        try await HermeticGit.run("init", "-q", "work", in: folder)
        try await HermeticGit.runProgramSuccessfully(
          ["sh", "-c", "mkdir full empty && touch full/x file"], in: folder)

        for (name, kind) in [
          ("hub.git", .isLedger), ("plain.git", .isRepository), ("work", .isRepository),
          ("full", .isNotEmpty), ("file", .isFile), ("missing/hub.git", .hasNoParent),
        ] as [(String, HubProblem.Kind)] {
          let address = "\(server.host):\(folder)/\(name)"
          let error = await #expect(throws: HubProblem.self) {
            _ = try await TestHub(in: folder, address: address, environment: environment)
          }
          #expect(error?.kind == kind, "\(name)")
        }
        _ = try await TestHub(
          in: folder, address: "\(server.host):\(folder)/empty", environment: environment)
      }
    }
  }

  @Test func `takes eight locations that push at once, all at the first try`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let hub = try await TestHub(
          in: folder, address: "\(server.host):\(folder)/hub.git",
          environment: HermeticGit.environment(["GIT_SSH_COMMAND": server.command(.ed25519)]))
        try await pushAllAtOnce(hub)
      }
    }
  }

  // Debian's ssh waits five minutes of itself in batch mode, and for ever in none.
  @Test(arguments: [" -o BatchMode=no", " -o ServerAliveInterval=7 -o ConnectTimeout=8"])
  func `is waited for a minute at most, unless the user has said how long`(setting: String)
    async throws
  {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        var user = try await notingSSH(server.command(.ed25519) + setting, in: folder)
        let address = "\(server.host):\(folder)/hub.git"
        let hub = try await TestHub(in: folder, address: address, environment: user)
        let clone = try await hub.clone(desk)
        try clone.append(1)
        #expect(try await clone.push().stream == .landed)

        let calls = try await notedCalls(in: folder).filter { !$0.hasPrefix("-G") }
        #expect(calls.count == 3)
        for call in calls {
          for option in [
            "-o ServerAliveInterval=15 -o ServerAliveCountMax=4", "-o ConnectTimeout=30",
          ] {
            #expect(call.contains(option) == setting.contains("Batch"), "\(call)")
          }
        }
        // A command of the user's own is called as it is.
        try await HermeticGit.runProgramSuccessfully(
          ["git", "config", "-f", "config", "core.sshCommand", "ssh -q"], in: folder)
        user["GIT_CONFIG_GLOBAL"] = "\(folder)/config"
        let git = GitProgram(
          gitDirectory: clone.repository.path, environment: GitEnvironment(cleaning: user))
        #expect(try await git.fetch() == .done)
        let last = try #require(try await notedCalls(in: folder).last)
        #expect(last.hasPrefix("-q ") && !last.contains("ServerAlive"), "\(last)")
      }
    }
  }

  /// An environment whose `ssh` is `command`, and notes what it is called with.
  private func notingSSH(_ command: String, in folder: String) async throws -> [String: String] {
    let environment = HermeticGit.environment()
    let path = environment["PATH"] ?? ""
    try await HermeticGit.runProgramSuccessfully(
      [
        "sh", "-e", "-c", #"mkdir bin && printf '%s\n' "$1" >bin/ssh && chmod +x bin/ssh"#, "sh",
        """
        #!/bin/sh
        printf '%s\\n' "$*" >>'\(folder)/calls'
        PATH='\(path)'
        exec \(command) "$@"
        """,
      ], in: folder)
    return HermeticGit.environment(["PATH": "\(folder)/bin:\(path)"])
  }

  private func notedCalls(in folder: String) async throws -> [String] {
    try await HermeticGit.runProgramSuccessfully(["cat", "calls"], in: folder)
      .split(separator: "\n").map(String.init)
  }

  @Test func `that is away is called unreachable, in ssh's own words`() async throws {
    let command = try await SSHServer.run { server in server.command(.ed25519) }
    try await withTemporaryFolder { folder in
      let environment = HermeticGit.environment([
        "GIT_SSH_COMMAND": "ssh -F /dev/null -o HostName=127.0.0.1 -o Port=1 -o BatchMode=yes"
      ])
      let local = try await TestHub(in: folder)
      let clone = try await local.clone(desk)
      try await HermeticGit.run("config", "remote.hub.url", "hub:x", in: clone.repository.path)
      let git = GitProgram(
        gitDirectory: clone.repository.path, environment: GitEnvironment(cleaning: environment))

      let fetched = await #expect(throws: GitProgramError.self) { try await git.fetch() }
      let made = await #expect(throws: GitProgramError.self) {
        _ = try await TestHub(in: folder, address: "hub:x.git", environment: environment)
      }

      for error in [fetched, made] {
        #expect(error?.kind == .unreachable)
        #expect(error?.words.contains("ssh: connect to host 127.0.0.1 port 1") == true)
      }
      #expect(command.hasPrefix("ssh -F "))
    }
  }
}
