import Foundation
import LedgerTestKit
import Testing

@Suite struct `Status` {
  @Test func `leads with a verdict, and has numbers that people can read`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("amazon", "photo")])
      let nothing = try await family.ledger("status", at: "amazon").output
      #expect(nothing.hasPrefix("Nothing is recorded yet: run ledger sync."))
      try await family.shell("cd amazon; seq 1234 | split -l 1 -a 4 --additional-suffix=.jpg")
      try await family.sync("amazon")
      let all = try await family.ledger("status", at: "amazon").output.split(separator: "\n")
      #expect(all.first == "All 1,234 files are where they should be.")
      #expect(all.contains("  synced: 1,234"))
      #expect(all.contains { $0.hasPrefix("  at amazon: 1,234 files, ") })
      #expect(all.contains { $0.contains("last scan just now, has the say over photo") })
    }
  }

  @Test func `groups what waits by reason and folder, with the exact commands`() async throws {
    try await sixPhotos { family in
      try await family.ledger("config", "deletions", "always", at: "amazon")
      try await family.shell(
        "cp -a amazon/a 'amazon/a trip'; cp -a amazon/a/1.jpg 'amazon/a trip/4.jpg'")
      try await family.sync("amazon")
      try await family.shell("cp -a 'amazon/a trip' desk/")
      try await family.sync("desk", "amazon")
      try await family.shell("rm amazon/b/1.jpg 'amazon/a trip'/*.jpg")
      try await family.sync("amazon")
      // Where every deletion waits, also the place that made it knows.
      let early = try await family.ledger("status", at: "amazon").output
      #expect(early.hasPrefix("5 deletions wait for you.\n"))
      let sync = try await family.ledger("sync", at: "desk", status: 3)
      #expect(sync.output.hasSuffix("nothing new, 5 deletions wait."))
      let status = try await family.ledger("status", at: "desk").output
      #expect(status.hasPrefix("5 deletions wait for you.\n"))
      #expect(
        status.contains(
          "wait: 4 deletions by amazon in a trip: every deletion waits for approval"))
      // One folder, one command, as a shell takes it.
      #expect(status.contains("\n  ledger approve 'a trip'\n  ledger reject 'a trip'\n"))
      let command = try #require(
        status.split(separator: "\n").first { $0.contains("ledger approve amazon:") })
      try await family.shell(
        """
        cd desk; ledger() { '\(try Family.program())' "$@"; }
        ledger approve 'a trip'; \(command)
        """)
      try await family.sync("desk")
      #expect(try await family.shell("ls 'desk/a trip'; ls desk/b") == "2.jpg\n3.jpg")
    }
  }

  @Test func `tells what a place only proposes at every place, with both answers`() async throws {
    try await sixPhotos(["desk", "plex"]) { family in
      try await family.ledger("location", "set", "plex", "asks", "photo", at: "amazon")
      try await family.sync("amazon", "plex")
      try await family.shell("rm plex/a/1.jpg plex/b/1.jpg")
      try await family.ledger("sync", at: "plex")
      for place in ["amazon", "desk"] { try await family.ledger("sync", at: place, status: 3) }
      let ids = try await family.ledger("log", "--json", "--type", "deleted", at: "desk").lines()
        .compactMap { $0["id"].text }
      #expect(ids.count == 2)
      for place in ["amazon", "desk", "plex"] {
        let status = try await family.ledger("status", at: place).output
        #expect(status.hasPrefix("2 deletions wait for you."))
        #expect(status.contains("its location only proposes"))
        for id in ids {
          #expect(status.contains("ledger approve \(id)") && status.contains("ledger reject \(id)"))
        }
        try await family.ledger("status", "--check", at: place, status: 3)
      }
      try await family.ledger("approve", ids[0], at: "desk")
      try await family.ledger("reject", ids[1], at: "desk")
      try await family.sync("desk", "amazon", "plex")
      #expect(
        try await family.shell("ls amazon/a desk/a; ls amazon/b") == """
          amazon/a:
          2.jpg
          3.jpg

          desk/a:
          2.jpg
          3.jpg
          1.jpg
          2.jpg
          3.jpg
          """)
      for place in ["amazon", "desk", "plex"] {
        try await family.ledger("status", "--check", at: place)
      }
      // What was rejected made room at plex only: no fault.
      let copies = try await family.file("b/1.jpg", at: "desk")
      #expect(copies["copies"]["plex"]["state"].text == "pruned")
      #expect(copies["state"].text == "synced")
    }
  }

  @Test func `a pruned copy never reads as a fault`() async throws {
    try await sixPhotos { family in
      try await family.shell("rm desk/a/1.jpg")
      try await family.sync("desk", "amazon")
      for place in ["amazon", "desk"] {
        let status = try await family.ledger("status", "--check", at: place).output
        #expect(status.hasPrefix("All 7 files are where they should be."))
      }
      let told = try await family.ledger("explain", "a/1.jpg", at: "desk").output
      #expect(told.hasPrefix("a/1.jpg is where it should be."))
      #expect(told.contains("desk: removed it there only, which is in order"))
      let alone = try await family.ledger("ls", "--copies-under", "2", at: "desk").output
      #expect(alone.hasPrefix("synced\ta/1.jpg\t") && !alone.contains("\n"))
    }
  }

  @Test func `tells conflicts with what decides them, for a whole folder where it can`()
    async throws
  {
    try await sixPhotos { family in
      try await family.shell(
        """
        for i in a/1 a/2 a/3 b/1; do echo x >amazon/$i.jpg; echo y >desk/$i.jpg; done
        """)
      try await family.sync("amazon")
      try await family.ledger("sync", at: "desk", status: 3)
      let status = try await family.ledger("status", at: "desk").output
      #expect(status.hasPrefix("4 conflicts wait for you."))
      #expect(status.contains("diverged: 3 files in a\n"))
      #expect(
        status.contains("\n  ledger resolve a --keep amazon\n  ledger resolve a --keep desk\n"))
      #expect(status.contains("ledger resolve b/1.jpg --keep amazon"))
      // Each content is at one place only.
      let alone = try await family.ledger("ls", "-0", "--copies-under", "2", at: "desk").output
      #expect(alone == "a/1.jpg\0a/2.jpg\0a/3.jpg\0b/1.jpg\0")
      try await family.ledger("resolve", "a", "--keep", "amazon", at: "desk")
      let rest = try await family.ledger("status", at: "desk").output
      #expect(rest.hasPrefix("1 conflict waits for you."))
    }
  }

  @Test func `tells which files are not everywhere after the ledger's patience`() async throws {
    try await sixPhotos { family in
      try await family.shell("echo new >amazon/a/4.jpg; echo new >desk/note2.txt")
      try await family.sync("amazon", "desk", "amazon")
      let now = try await family.ledger("status", at: "amazon").output
      #expect(now.hasPrefix("2 files are on their way.") && !now.contains("overdue"))
      #expect(try await family.ledger("ls", "--state", "overdue", at: "amazon").output == "")

      var later = family
      later.prefix = ["faketime", "4 days"]
      // Where nobody else has had them they are new, and late only once another place has.
      try await family.shell("mkdir plex")
      try await family.ledger("join", family.hub, "--as", "plex", "plex")
      try await family.shell("cp -a amazon/a desk/")
      try await family.sync("desk", "amazon")
      let overdue = try await later.ledger("status", at: "amazon").output
      #expect(overdue.contains("of them for longer than 3 days."))
      #expect(overdue.contains("ledger ls --state overdue"))
      #expect(overdue.contains("The last scan here was 4 days ago"))
      let list = try await later.ledger("ls", "--json", "--state", "overdue", at: "amazon").lines()
      #expect(list.contains { $0["path"].text == "a/4.jpg" && $0["overdue"] == .bool(true) })

      try await family.ledger("config", "patience", "10d", at: "amazon")
      #expect(try await later.ledger("ls", "--state", "overdue", at: "amazon").output == "")
    }
  }

  @Test func `remembers what the last run found, until a run finds it no more`() async throws {
    try await sixPhotos { family in
      try await family.ledger("config", "guard", "1", at: "amazon")
      try await family.shell("mv amazon/a away")
      try await family.ledger("sync", at: "amazon", status: 7)
      let status = try await family.ledger("status", "--check", at: "amazon", status: 3)
      #expect(status.output.hasPrefix("1 problem waits for you."))
      #expect(status.output.contains("guard: 3 files of 7 are gone"))
      #expect(status.output.contains("ledger sync --allow-deletes 3"))
      try await family.shell("mv away amazon/a")
      try await family.sync("amazon")
      try await family.ledger("status", "--check", at: "amazon")
    }
  }

  @Test func `says that the hub has not heard of everything`() async throws {
    try await sixPhotos { family in
      try await family.shell("rm amazon/a/1.jpg")
      try await family.ledger("sync", "--offline", at: "amazon")
      let before = try await family.ledger("status", at: "amazon").output
      #expect(before.contains("is not at the hub yet; ledger sync sends it"))
      try await family.sync("amazon")
      #expect(try await !family.ledger("status", at: "amazon").output.contains("at the hub"))
    }
  }

  @Test func `and ls and replay tell the past, by a commit or a time, of this clone or the hub`()
    async throws
  {
    try await sixPhotos { family in
      let before = try await family.shell("git -C hub.git rev-parse main")
      let then = try await family.ledger("replay", "--json", at: "amazon").last("replay")
      let last = try await family.ledger("log", "--json", "-n", "1", at: "amazon").last("event")
      let moment = try #require(last["at"].text)
      try await family.shell("echo late >amazon/late.jpg; rm amazon/a/1.jpg")
      try await family.sync("amazon")
      for point in [before, String(before.prefix(10)), moment] {
        let status = try await family.ledger("status", "--at", point, at: "amazon").output
        #expect(status.hasPrefix("As of \(moment):\nAll 7 files are where they should be."))
        let list = try await family.ledger("ls", "--at", point, at: "amazon").output
        #expect(list.contains("a/1.jpg") && !list.contains("late.jpg"))
        let replay = try await family.ledger("replay", "--json", "--at", point, at: "amazon")
        #expect(try replay.last("replay")["fingerprint"] == then["fingerprint"])
        let hub = try await family.ledger(
          "replay", "--json", "--repo", family.hubPath, "--at", point)
        #expect(try hub.last("replay")["fingerprint"] == then["fingerprint"])
      }
      let first = try await family.ledger("status", "--at", "2020-01-01", at: "amazon").output
      #expect(first == "As of 2020-01-01T00:00:00.000Z:\nNothing was recorded yet.")
      let none = try await family.ledger(
        "ls", "--at", String(repeating: "0", count: 40), at: "amazon", status: 1)
      #expect(none.words.contains("no commit"))
    }
  }
}
