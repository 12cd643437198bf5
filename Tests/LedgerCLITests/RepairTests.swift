import LedgerTestKit
import Testing

@Suite struct `A clone that is spoilt` {
  /// Desk, whose last batches the hub has not got.
  private func family(in folder: String) async throws -> Family {
    let family = Family(in: folder)
    try await family.join([("desk", "photo"), ("plex", "photo")])
    try await family.shell("echo 1 >desk/a.jpg; echo 2 >desk/b.jpg; cp desk/?.jpg plex")
    try await family.sync("desk", "plex", "desk")
    try await family.shell("rm desk/a.jpg")
    try await family.ledger("sync", "--offline", at: "desk")
    try await family.shell("echo 3 >desk/c.jpg")
    try await family.ledger("sync", "--offline", at: "desk")
    return family
  }

  private static let clone = "cd state/ledger/*/desk/clone.git"

  private static let object = "file=objects/${object%${object#??}}/${object#??}"

  @Test(arguments: [
    ("cd state/ledger/*/desk && rm -rf clone.git", true),
    ("\(clone) && git gc -q && for p in objects/pack/*.pack; do truncate -s -40 $p; done", true),
    ("\(clone) && object=$(git rev-parse hub/desk:events/desk) && \(object) && rm $file", false),
    ("\(clone) && object=$(git rev-parse hub/desk) && \(object) && rm $file && : >$file", false),
    ("\(clone) && rm HEAD", false), ("\(clone) && echo x >config", false),
    ("\(clone) && rm -rf refs packed-refs objects/info logs", true),
  ])
  func `is fetched again, and the old one kept`(damage: String, isLost: Bool) async throws {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      let before = try await family.ledger("replay", "--dump", at: "desk").output
      try await family.shell(damage)

      let repaired = try await family.ledger("doctor", "--repair", at: "desk")

      #expect(repaired.output.contains("Fetched the clone again."))
      try await family.ledger("sync", at: "desk", status: isLost ? 7 : 0)
      // What was in the clone alone goes with it: a deletion is recorded again when a person says so,
      // and a file is found again.
      #expect(repaired.words.contains("Never pushed, and lost: 2 events.") == isLost)
      let after = try await family.ledger("replay", "--dump", at: "desk").output
      #expect((after == before) == !isLost)
      #expect(
        repaired.output.contains("The old one is \(folder)/state") == !damage.contains("-rf clone"))
      #expect(try await family.shell("cat plex/a.jpg") == "1")
      #expect(try await family.file("c.jpg", at: "desk")["state"].text == "new")
      try await HermeticGit.run("fsck", "--strict", in: family.hubPath)
      if isLost {
        try await family.ledger("sync", "--allow-deletes", "1", at: "desk")
      }
      try await family.ledger("doctor", at: "desk")
    }
  }

  @Test func `that is whole is left as it is, and one whose hub is away as well`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      let before = try await family.shell("ls state/ledger/*/desk")
      #expect(
        try await family.ledger("doctor", "--repair", at: "desk").output
          == "The clone is whole: nothing to repair.")
      try await family.shell("mv hub.git away && \(Self.clone) && rm HEAD")

      try await family.ledger("doctor", "--repair", at: "desk", status: 5)

      #expect(try await family.shell("ls state/ledger/*/desk") == before)
      try await family.shell("mv away hub.git")
      try await family.ledger("doctor", "--repair", at: "desk")
      try await family.sync("desk")
      try await family.ledger("doctor", at: "desk")
    }
  }

  @Test func `whose location another machine wrote as takes none of its files for deleted`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      // The other machine's clone is from before; what it brings is at its own disk alone.
      try await family.shell(
        """
        cp -a state kept; cp -a cache kept.cache; cp -a desk kept.desk; rm desk/c.jpg
        git -C state/ledger/*/desk/clone.git update-ref refs/heads/desk refs/remotes/hub/desk
        sed -i 's/"last":[0-9]*/"last":3/' desk/.ledger/desk.json
        rm -r cache; echo twin >desk/t.jpg; echo 1 >desk/a.jpg
        """)
      try await family.sync("desk")
      try await family.shell(
        """
        rm -r state cache && mv kept state && mv kept.cache cache && rm desk/t.jpg desk/a.jpg
        cp kept.desk/c.jpg desk && cp kept.desk/.ledger/desk.json desk/.ledger
        \(Self.clone) && rm HEAD
        """)

      let repaired = try await family.ledger("doctor", "--repair", at: "desk")
      let sync = try await family.ledger("sync", at: "desk", status: 7)

      #expect(repaired.output.contains("under new numbers"), "\(repaired.output)")
      #expect(sync.words.contains("--allow-deletes"), "\(sync.words)")
      let log = try await family.ledger("log", "--json", "t.jpg", at: "desk").lines()
      #expect(log.map { $0["type"].text } == ["added"])
    }
  }

  @Test(arguments: [
    "cp -a clone.git clone.git.old1; printf %s $PWD/clone.git.old1 >carry; rm -rf clone.git",
    "cp -a clone.git clone.git.old1; printf %s $PWD/clone.git.old1 >carry; \(fresh)",
    "printf %s $PWD/clone.git.old1 >carry",
  ])
  func `whose repair was killed is not gone on with, and the repair begins anew`(killed: String)
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      let before = try await family.ledger("replay", "--dump", at: "desk").output
      try await family.shell("cd state/ledger/*/desk && \(killed)")

      let refused = try await family.ledger("sync", at: "desk", status: 1)
      #expect(refused.words.contains("ledger doctor --repair -C \(folder)/desk"))
      try await family.ledger("doctor", "--repair", at: "desk")

      #expect(try await family.ledger("replay", "--dump", at: "desk").output == before)
      try await family.sync("desk")
      #expect(
        try await family.ledger("doctor", "--repair", at: "desk").output
          == "The clone is whole: nothing to repair.")
    }
  }

  // As it is before anything was carried over: without the own stream's last two batches.
  private static let fresh =
    "git -C clone.git update-ref refs/heads/desk refs/remotes/hub/desk; rm -rf clone.git/logs"

  @Test func `in what it alone had loses no file, and takes none for deleted`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      try await family.shell(
        """
        \(Self.clone) && object=$(git rev-parse desk) &&
        rm -f objects/${object%${object#??}}/${object#??}
        """)

      let repaired = try await family.ledger("doctor", "--repair", "--json", at: "desk")
      let sync = try await family.ledger("sync", at: "desk", status: 7)

      #expect(try repaired.lines().first?["lost"] == .number(2))
      #expect(sync.output.contains("added c.jpg") && sync.words.contains("--allow-deletes 1"))
      #expect(try await family.file("a.jpg", at: "plex")["state"].text == "synced")
    }
  }
}

@Suite struct `Ten years of batches` {
  @Test func `are packed by hand, in a clone and in a hub, and say the same`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      for number in 1...3 {
        try await family.shell("echo \(number) >desk/\(number).jpg")
        try await family.sync("desk")
      }
      let before = try await family.fingerprint(of: "desk")

      for arguments in [["maintain"], ["maintain", family.hub]] {
        let run = try await HermeticGit.runProgram(
          [try Family.program()] + arguments, in: family.path("desk"),
          environment: family.environment)
        #expect(run.exitStatus == 0, "\(run.words)")
      }

      let loose = try await family.shell(
        "find hub.git/objects/?? state/ledger/*/desk/clone.git/objects/?? -type f 2>/dev/null | wc -l"
      )
      #expect(
        Int(loose.filter(\.isNumber)) ?? 99 < 12, "unreachable ones alone are loose: \(loose)")
      try await family.shell("echo 4 >desk/4.jpg")
      try await family.sync("desk")
      try await family.ledger("replay", at: "desk")
      try await family.ledger("hub", "check", family.hub)
      #expect(before != nil)
    }
  }

  @Test func `are packed in the background, by a sync and by the hub after a push`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      // As many loose objects as git takes for seven thousand: it counts one folder of 256.
      try await family.shell(
        """
        cat >loose.py <<'END'
        import hashlib, os, sys, zlib
        made = number = 0
        while made < 30:
            data = b"blob %d\\0%d" % (len(str(number)), number)
            name = hashlib.sha1(data).hexdigest()
            if name.startswith("17"):
                os.makedirs(sys.argv[1] + "/objects/17", exist_ok=True)
                open(sys.argv[1] + "/objects/17/" + name[2:], "wb").write(zlib.compress(data))
                made += 1
            number += 1
        END
        for repository in hub.git state/ledger/*/desk/clone.git; do python3 loose.py $repository; done
        echo 1 >desk/1.jpg
        """)

      try await family.sync("desk")

      // Nobody waits for it, so this does.
      try await family.shell(
        """
        for repository in hub.git state/ledger/*/desk/clone.git; do
          until ls $repository/objects/pack/*.idx && [ ! -e $repository/gc.pid ]; do sleep 0.05; done
        done >/dev/null 2>&1
        """)
      try await family.ledger("hub", "check", family.hub)
      try await family.ledger("doctor", at: "desk")
    }
  }
}
