import LedgerTestKit
import Testing

@Suite struct `A hub that lost something` {
  /// Two places with a photo each, and a copy of the hub from before the last one.
  private func family(in folder: String) async throws -> Family {
    let family = Family(in: folder)
    try await family.join([("desk", "photo"), ("plex", "photo")])
    try await family.shell("echo 1 >desk/a.jpg; echo 2 >plex/b.jpg")
    try await family.sync("desk", "plex")
    try await family.shell("cp -a hub.git old.git; echo 3 >desk/c.jpg")
    try await family.sync("desk", "plex")
    return family
  }

  private func expectWhole(_ family: Family, hub: String = "hub.git") async throws {
    try await family.sync("desk", "plex", "desk")
    let desk = try await family.fingerprint(of: "desk")
    #expect(try await family.fingerprint(of: "plex") == desk)
    #expect(try await family.file("c.jpg", at: "plex")["state"].text == "new")
    try await family.ledger("hub", "check", "\(family.folder)/\(hub)")
    try await HermeticGit.run("fsck", "--strict", in: family.path(hub))
  }

  @Test func `to an older backup is not followed, and gets everything back from a clone`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      try await family.shell("rm -rf hub.git && mv old.git hub.git && rm desk/a.jpg")

      let stopped = try await family.ledger("sync", at: "desk", status: 1)
      #expect(stopped.words.contains("ledger hub repair"))
      let repaired = try await family.ledger("hub", "repair", at: "plex")

      #expect(repaired.output == "pushed desk\npushed main")
      #expect(
        try await family.ledger("hub", "repair", at: "plex").output
          == "The hub has everything that this clone has.")
      try await expectWhole(family)
    }
  }

  @Test func `as its main or its hooks, gets them back too`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      try await family.shell(
        "git -C hub.git update-ref -d refs/heads/main; rm hub.git/hooks/update hub.git/serve")

      try await family.ledger("sync", at: "desk", status: 1)
      let repaired = try await family.ledger("hub", "repair", at: "desk")

      #expect(repaired.output == "pushed main")
      try await expectWhole(family)
    }
  }

  /// Restored from a backup, and pushed to by a clone that had not heard more.
  @Test func `of main alone, which then went another way, is followed by those that knew more`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      try await family.shell(
        """
        cd hub.git && tree=$(git rev-parse 'main^{tree}') && old=$(git rev-parse main~1)
        git update-ref refs/heads/main $(git -c user.name=x -c user.email=x commit-tree \
          -p $old -p $(git rev-parse main^2) -m x $tree)
        """)
      try await family.ledger("sync", at: "desk", status: 1)

      let repaired = try await family.ledger("hub", "repair", at: "desk")

      #expect(repaired.output.contains("which follows it now"), "\(repaired.output)")
      try await family.ledger("hub", "repair", at: "plex")
      try await expectWhole(family)
    }
  }

  @Test func `reads each line of a push where the program is installed`() async throws {
    try await withTemporaryFolder { folder in
      var family = try await family(in: folder)
      let program = try Family.program()
      let path = family.environment["PATH"] ?? ""
      family.environment["PATH"] = "\(program.dropLast("/ledger".count)):\(path)"
      try await family.shell("git clone -q -b desk hub.git work")
      for (line, words) in [
        ("s/desk:3/desk:4/g; s/c.jpg/d.jpg/", "at is not after the batch before it"),
        ("s/desk:3/desk:4/g; s/\"size\":2/\"size\":2.5/", "line 2: "),
      ] {
        let run = try await family.attempt(
          """
          cd work && git reset -q --hard origin/desk && file=$(ls events/desk/*/*/*3.jsonl) &&
          sed '\(line)' $file >${file%3.jsonl}4.jsonl && git add . &&
          git -c user.name=x -c user.email=x commit -qm x && git push -q origin HEAD:refs/heads/desk
          """)
        #expect(run.status == 1 && run.words.contains(words), "\(run.words)")
      }
      try await family.shell("echo 5 >desk/e.jpg")
      try await expectWhole(family)
    }
  }

  @Test func `altogether is made anew, at its place or another`() async throws {
    try await withTemporaryFolder { folder in
      var family = try await family(in: folder)
      try await family.shell("rm -rf hub.git")
      try await family.ledger("sync", at: "desk", status: 5)

      let made = try await family.ledger("hub", "repair", at: "desk")
      #expect(
        made.output == "Made the hub \(folder)/hub.git.\npushed main\npushed desk\npushed plex")
      try await expectWhole(family)
      // A repository that somebody made with git alone is filled as well, and gets its hooks.
      try await family.shell("git init -q --bare new.git")
      for place in ["plex", "desk"] {
        try await family.ledger("hub", "repair", "--hub", "\(folder)/new.git", at: place)
      }
      try await family.shell("rm -rf hub.git; echo 4 >plex/d.jpg")
      try await expectWhole(family, hub: "new.git")
      family.environment["LEDGER_LOCATION"] = "plex"
      let refused = try await family.attempt("git -C new.git push . desk~1:refs/heads/desk")
      #expect(refused.status == 1)
    }
  }

  @Test func `is not mistaken for another ledger's, nor put among the photos`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      try await family.ledger("init", "\(folder)/other.git")
      try await family.shell("git init -q work && git -C work commit -q --allow-empty -m x")
      let before = try await family.shell("cat state/ledger/*/desk/clone.git/config")
      for (hub, words) in [
        ("other.git", "belongs to another ledger"), ("work", "is a git repository but no ledger"),
        ("desk/hub.git", "would be inside"), ("desk", "would be inside"), ("plex", "is not empty"),
      ] {
        let run = try await family.attempt(
          "\(try Family.program()) hub repair -C desk --hub \(folder)/\(hub)")
        #expect([1, 64].contains(run.status) && run.words.contains(words), "\(hub): \(run.words)")
      }
      #expect(try await family.shell("cat state/ledger/*/desk/clone.git/config") == before)
      try await expectWhole(family)
    }
  }

  @Test func `by a rewriting is told with both commits, and nothing is forced`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await family(in: folder)
      try await family.shell(
        """
        cd hub.git && tree=$(git rev-parse 'desk^{tree}') && old=$(git rev-parse desk~1)
        git update-ref refs/heads/desk $(git -c user.name=x -c user.email=x commit-tree -p $old -m x $tree)
        """)
      let heads = try await family.shell("git -C hub.git for-each-ref")

      try await family.ledger("sync", at: "plex", status: 1)
      let repair = try await family.ledger("hub", "repair", at: "plex", status: 1)

      let rewritten = try await family.shell("git -C hub.git rev-parse desk")
      #expect(repair.output.contains("parted desk: the hub has \(rewritten)"), "\(repair.output)")
      #expect(try await family.shell("git -C hub.git for-each-ref") == heads)
    }
  }
}
