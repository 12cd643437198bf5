import Foundation
import LedgerTestKit
import Testing

@Suite struct `A location's ssh key` {
  @Test func `writes as its location and no other, on one hub, without a shell`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let owner = Family(in: folder, server: server)
        try await owner.ledger("init", owner.hub)
        try await owner.ledger("init", "\(server.host):\(folder)/other's.git")
        let key = try await server.makeKey("desk")
        try await owner.ledger(
          "hub", "allow", "desk", key.publicKey, "--hub", owner.hub, "--install")
        try await owner.ledger(
          "hub", "allow", "desk", key.publicKey, "--hub", owner.hub, "--install")
        let listed = try await owner.ledger("hub", "list", "--hub", owner.hub, "--json")
        #expect(try listed.lines().map { $0["location"].text } == ["desk"])

        var desk = owner
        desk.environment["GIT_SSH_COMMAND"] = key.command
        try await desk.shell("mkdir desk plex && echo 1 >desk/a.jpg")
        try await desk.ledger("join", desk.hub, "--as", "desk", "--authoritative", "photo", "desk")
        try await desk.sync("desk")
        let foreign = try await desk.ledger(
          "join", desk.hub, "--as", "plex", "--authoritative", "photo", "plex", status: 1)
        #expect(foreign.words.contains("your key may write as desk only"), "\(foreign.words)")
        for (command, words) in [
          ("\(key.command) hub true", "this key is for git fetch and git push"),
          ("\(key.command) hub", "this key is for git fetch and git push"),
          ("\(key.command) hub \"git-upload-pack 'x'; touch \(folder)/escaped\"", "refused"),
          ("\(key.command) hub \"git-upload-archive '\(folder)/hub.git'\"", "refused"),
          ("git ls-remote \"hub:\(folder)/other's.git\"", "this key opens \(folder)/hub.git only"),
          ("git ls-remote hub:/nowhere.git", "this key opens \(folder)/hub.git only"),
        ] {
          let run = try await desk.attempt(command)
          #expect(run.status != 0 && run.words.contains(words), "\(command): \(run.words)")
        }
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/escaped"))

        try await owner.ledger("hub", "revoke", "desk", "--hub", owner.hub)
        let out = try await desk.ledger("sync", at: "desk", status: 5)
        #expect(out.words.contains("Permission denied"), "\(out.words)")
        try await owner.ledger("hub", "revoke", "desk", "--hub", owner.hub, status: 1)
      }
    }
  }

  @Test func `opens a hub whose name has spaces and quotes`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let owner = Family(in: folder, server: server)
        let hub = "\(server.host):\(folder)/it's the hub!.git"
        let key = try await server.makeKey("desk")
        try await owner.ledger("init", hub)
        try await owner.ledger("hub", "allow", "desk", key.publicKey, "--hub", hub, "--install")
        var desk = owner
        desk.environment["GIT_SSH_COMMAND"] = key.command
        try await desk.shell("mkdir desk && echo 1 >desk/a.jpg")
        try await desk.ledger("join", hub, "--as", "desk", "--authoritative", "photo", "desk")

        try await desk.sync("desk")

        #expect(try await desk.ledger("hub", "check", hub.replacing("hub:", with: "")).status == 0)
      }
    }
  }

  @Test func `is added to the file of keys and taken out, and other lines stay as they are`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub)
      try await family.shell(
        """
        mkdir -p home/.ssh && printf '# mine\\nssh-ed25519 AAAA other' >home/.ssh/authorized_keys
        for name in desk plex all; do ssh-keygen -q -t ed25519 -N '' -C "my $name" -f $name; done
        """)
      for (name, key) in [("desk", "desk"), ("plex", "plex"), ("*", "all")] {
        try await family.ledger(
          "hub", "allow", name, "\(key).pub", "--hub", family.hub, "--install")
      }
      let keys = try await family.ledger("hub", "list", "--hub", family.hub)
      #expect(keys.output.split(separator: "\n").map { $0.prefix(4) } == ["desk", "plex", "*\tss"])

      try await family.ledger("hub", "revoke", "desk", "--hub", family.hub)

      let lines = try await family.shell("cat home/.ssh/authorized_keys").split(separator: "\n")
      #expect(lines.prefix(2) == ["# mine", "ssh-ed25519 AAAA other"])
      #expect(lines.count == 4 && lines[2].hasSuffix("my plex") && lines[3].hasSuffix("my all"))
      #expect(
        lines[2].hasPrefix("restrict,command=\"'\(folder)/hub.git/serve' 'plex'\" ssh-ed25519 "))
      #expect(try await family.shell("stat -c %a home/.ssh/authorized_keys") == "600")
    }
  }

  @Test func `must be a public key, for a location that could be`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub)
      try await family.shell("ssh-keygen -q -t ed25519 -N '' -f key; echo x >text")
      for (name, key, words) in [
        ("desk", "key", "no line like"), ("desk", "text", "no line like"),
        ("desk", "none", "There is no file"), ("main", "key.pub", "no name for a location"),
        ("desk", "command=\"x\" ssh-ed25519 AAAA", "no kind of public ssh key"),
        ("desk", "ssh-ed25519 AAAAC3Nz", "cut short"),
      ] {
        let run = try await family.ledger(
          "hub", "allow", name, key, "--hub", family.hub, "--install", status: 64)
        #expect(run.words.contains(words), "\(run.words)")
        #expect(!run.words.contains("WorkflowError"), "\(run.words)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/home/.ssh"))
    }
  }
}

extension Family {
  /// Runs a shell command that may fail.
  func attempt(_ command: String) async throws -> Run {
    let run = try await HermeticGit.runProgram(
      ["bash", "-c", command], in: folder, environment: environment)
    return Run(status: run.exitStatus, output: run.output, words: run.words)
  }
}
