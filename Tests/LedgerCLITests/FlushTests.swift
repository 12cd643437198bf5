import LedgerTestKit
import Testing

@Suite struct `Bytes that the log names` {
  /// The order of the calls of a run that write the file system or move the own stream's ref.
  private func calls(_ family: Family, _ arguments: String...) async throws -> [String] {
    var traced = family
    traced.prefix = [
      "strace", "-f", "-qq", "-o", "\(family.folder)/trace", "-e",
      "trace=syncfs,?rename,renameat,renameat2",
    ]
    let run = try await HermeticGit.runProgram(
      traced.prefix + [try Family.program()] + arguments, in: family.path("desk"),
      environment: family.environment)
    #expect(run.exitStatus == 0, "\(run.output) \(run.words)")
    return try await family.shell("cat trace").split(separator: "\n").compactMap { line in
      if line.contains("syncfs(") { return "flush" }
      return line.contains("clone.git/refs/heads/desk.lock") ? "commit" : nil
    }
  }

  @Test func `are on the disk before it does, and nothing is flushed where it names none`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("echo a >desk/a.jpg; echo b >desk/b.jpg")
      #expect(try await calls(family, "sync") == ["flush", "commit"])

      #expect(try await calls(family, "sync") == [])
      #expect(try await calls(family, "config", "deletions", "always") == ["commit"])
      try await family.shell("rm desk/b.jpg")
      #expect(try await calls(family, "sync") == ["commit"])
      try await family.shell("echo more >>desk/a.jpg")
      #expect(try await calls(family, "sync", "--offline") == ["flush", "commit"])
    }
  }

  /// The kernel tells once, by `syncfs`, that what some program wrote before never reached the disk.
  @Test func `that the disk did not take are not recorded, and are told`() async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("echo a >desk/a.jpg")

      family.prefix = [
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=syncfs", "-e",
        "inject=syncfs:error=EIO",
      ]
      let run = try await family.ledger("sync", at: "desk", status: 7)
      family.prefix = []

      #expect(run.words.contains("Input/output error"))
      #expect(try await family.ledger("ls", at: "desk").output == "")
      try await family.sync("desk")
      #expect(try await family.file("a.jpg", at: "desk")["state"].text == "synced")
    }
  }
}
