import LedgerTestKit
import Testing

/// What may be wrong with a hub behind ssh, and how a person hears of it.
private struct Trouble: Sendable, CustomTestStringConvertible {
  /// Text for reports.
  let testDescription: String
  /// What a shell does to the hub, and how it is mended.
  var make = "true"
  var mend = "true"
  /// More words of the command for ssh.
  var ssh = ""
  let status: Int32
  let words: String
}

@Suite struct `Trouble with a hub behind ssh` {
  private static let aside = "mv hub.git aside"
  private static let back = "rm -rf hub.git && mv aside hub.git"
  private static let troubles = [
    Trouble(
      testDescription: "no server", ssh: "-o Port=1", status: 5,
      words: "can't be reached: ssh: connect to host 127.0.0.1 port 1: Connection refused"),
    Trouble(
      testDescription: "a host without an address", ssh: "-o HostName=nowhere.invalid", status: 5,
      words: "can't be reached: ssh: Could not resolve hostname nowhere.invalid"),
    Trouble(
      testDescription: "another host key", ssh: "-o UserKnownHostsFile=other_hosts", status: 5,
      words: "can't be reached: WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!"),
    Trouble(
      testDescription: "a host key that is not known", ssh: "-o UserKnownHostsFile=none", status: 5,
      words: "Host key verification failed"),
    Trouble(
      testDescription: "no repository", make: "\(aside); mkdir hub.git", mend: back, status: 5,
      words: "/hub.git' does not appear to be a git repository"),
    Trouble(
      testDescription: "an empty repository", make: "\(aside); git init -q --bare hub.git",
      mend: back, status: 1, words: "The hub lost or rewrote history of desk, main"),
    Trouble(
      testDescription: "a repository of something else", make: "\(aside); cp -a plain.git hub.git",
      mend: back, status: 1, words: "/hub.git is a git repository but no ledger"),
    Trouble(
      testDescription: "another ledger", make: "\(aside); cp -a other.git hub.git",
      mend: back, status: 1, words: "/hub.git belongs to another ledger"),
    Trouble(
      testDescription: "a hub that lost its objects",
      make: "mv hub.git/objects aside; mkdir hub.git/objects",
      mend: "rm -r hub.git/objects; mv aside hub.git/objects", status: 5,
      words: "remote unpack failed: unpack-objects abnormal exit"),
    Trouble(
      testDescription: "a hook of somebody else that refuses", make: refuse,
      mend: "mv aside hub.git/hooks/pre-receive", status: 1,
      words: "The hub refused the stream of desk: [remote rejected] (pre-receive hook declined)"),
  ]
  private static let refuse = """
    mv hub.git/hooks/pre-receive aside
    printf '#!/bin/sh\\nexit 1\\n' >hub.git/hooks/pre-receive; chmod +x hub.git/hooks/pre-receive
    """

  @Test(arguments: troubles)
  fileprivate func `is told in the words of git and ssh, and the next sync does the rest`(
    _ trouble: Trouble
  ) async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = Family(in: folder, server: server)
        try await family.join([("desk", "photo")])
        try await family.shell(
          """
          git init -q work && git -C work commit -q --allow-empty -m x
          git clone -q --bare work plain.git
          ssh-keygen -q -t ed25519 -N '' -f other
          echo "[127.0.0.1]:\(server.port) $(cut -d' ' -f1,2 other.pub)" >other_hosts
          """)
        // Of another family, which has a place that this one has not.
        try await family.ledger("init", "\(folder)/other.git")
        try await family.shell("mkdir nas")
        try await family.ledger("join", "\(folder)/other.git", "--as", "nas", "nas")
        try await family.shell("echo 1 >desk/a.jpg")
        var troubled = family
        let command = "cd '\(folder)' && \(server.command(.ed25519)) \(trouble.ssh)"
        troubled.environment["GIT_SSH_COMMAND"] = command
        try await family.shell(trouble.make)

        let told = try await troubled.ledger("sync", at: "desk", status: trouble.status)

        #expect(told.words.contains(trouble.words), "\(told.words)")
        if trouble.status == 5 {
          let log = try await family.ledger("log", at: "desk")
          #expect(log.output.contains("a.jpg"), "\(log.output)")
        }
        #expect(try await family.shell("cat desk/a.jpg") == "1")
        try await family.shell(trouble.mend)
        try await family.sync("desk")
        try await expectWhole(family)
      }
    }
  }

  @Test func `that keeps strangers out says so`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = Family(in: folder, server: server)
        try await family.join([("desk", "photo")])
        try await family.shell("echo 1 >desk/a.jpg")
        var stranger = family
        stranger.environment["GIT_SSH_COMMAND"] = try await server.makeKey("stranger").command

        let told = try await stranger.ledger("sync", at: "desk", status: 5)

        #expect(told.words.contains("@127.0.0.1: Permission denied (publickey)"), "\(told.words)")
        try await family.sync("desk")
        try await expectWhole(family)
      }
    }
  }

  @Test func `of a newer format, or without a ledger, is told before anything is made`()
    async throws
  {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = Family(in: folder, server: server)
        try await family.shell(
          #"""
          git init -q -b main work
          echo '{"format":2,"id":"x","name":"x","created":"2026-01-01T00:00:00.000Z"}' >work/ledger.json
          git -C work add . && git -C work commit -q -m x && git clone -q --bare work newer.git
          git init -q work2 && git -C work2 commit -q --allow-empty -m x
          git clone -q --bare work2 plain.git; git init -q --bare empty.git; mkdir desk
          """#)
        for (hub, status, words) in [
          ("newer", 1, "This ledger has format 2; this program knows format 1"),
          ("plain", 1, "is no ledger hub"), ("empty", 1, "is no ledger hub"),
          ("none", 5, "/none.git' does not appear to be a git repository"),
        ] as [(String, Int32, String)] {
          let told = try await family.ledger(
            "join", "\(server.host):\(folder)/\(hub).git", "--as", "desk", "desk", status: status)
          #expect(told.words.contains(words), "\(hub): \(told.words)")
        }
        #expect(try await family.shell("ls -A desk; find state -name '*.git'") == "")
      }
    }
  }

  @Test func `whose git was killed while it moved a ref goes on by itself once the lock is old`()
    async throws
  {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = Family(in: folder, server: server)
        try await family.join([("desk", "photo")])
        try await family.shell(
          """
          echo 1 >desk/a.jpg
          printf '#!/bin/sh\\n[ "$1" != prepared ] || kill -9 $PPID\\n' >hub.git/hooks/reference-transaction
          chmod +x hub.git/hooks/reference-transaction
          """)

        let killed = try await family.ledger("sync", at: "desk", status: 5)
        try await family.shell(
          "rm hub.git/hooks/reference-transaction; ls hub.git/refs/heads/desk.lock")
        let locked = try await family.ledger("sync", at: "desk", status: 5)

        #expect(killed.words.contains("can't be reached: "), "\(killed.words)")
        #expect(killed.words.contains("the remote end hung up unexpectedly"), "\(killed.words)")
        let words = "could not write what is new: cannot lock ref 'refs/heads/desk'"
        #expect(locked.words.contains(words), "\(locked.words)")
        #expect(try await family.ledger("log", at: "desk").output.contains("a.jpg"))
        try await family.shell("touch -d '1 hour ago' hub.git/refs/heads/desk.lock")
        try await family.sync("desk")
        try await expectWhole(family)
        #expect(try await family.shell("find hub.git -name '*.lock'") == "")
      }
    }
  }

  private func expectWhole(_ family: Family) async throws {
    let heads = try await family.shell(
      "git -C hub.git rev-parse desk; git -C state/ledger/*/desk/clone.git rev-parse desk")
    #expect(Set(heads.split(separator: "\n")).count == 1)
    let files = try await family.shell("git -C hub.git ls-tree -r --name-only main events")
    let batches = try await family.shell("git -C hub.git rev-list --count main..desk; true")
    #expect(files != "" && batches == "0", "main has the batch of the photo")
    #expect(
      try await family.shell("git -C hub.git grep -c a.jpg desk -- events | wc -l") == "1")
    try await HermeticGit.run("fsck", "--strict", in: family.hubPath)
    try await family.ledger("hub", "check", family.hubPath)
  }
}
