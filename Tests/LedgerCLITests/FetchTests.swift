import LedgerTestKit
import Testing

/// Two places, of which the second fetches from the first.
private func twoPlaces(_ folder: String, server: SSHServer? = nil) async throws -> Family {
  let family = Family(in: folder, server: server)
  try await family.join([("desk", "photo,video")])
  try await family.shell("mkdir plex")
  try await family.ledger(
    "join", family.hub, "--as", "plex", "--fetch-from", "desk", "plex")
  return family
}

@Suite struct `A location that fetches` {
  @Test func `brings what it lacks, with its times, and records it as an arrival`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await twoPlaces(folder)
      try await family.shell(
        """
        mkdir -p desk/2024/trip; echo one >desk/2024/a.jpg; head -c 9000000 /dev/urandom >desk/b.mov
        echo odd >"desk/2024/trip/a name ' with"$'\\n'"odd [signs] é.jpg"; touch -d 2001-02-03 desk/b.mov
        """)
      try await family.sync("desk")

      let plan = try await family.ledger("sync", "--dry-run", "--json", at: "plex").lines()
      #expect(plan.filter { $0["action"].text == "fetch" }.count == 3)
      let run = try await family.ledger("sync", "--json", at: "plex")

      let summary = try run.last("summary")
      #expect(summary["applied"] == .object(["fetch": .number(3)]))
      #expect(summary["recorded"] == .object(["added": .number(3)]))
      try await family.shell(
        """
        diff -r --exclude .ledger desk plex; [ "$(stat -c %Y desk/b.mov)" = "$(stat -c %Y plex/b.mov)" ]
        [ -z "$(find plex/.ledger/fetch/plex/files -type f)" ]
        """)
      #expect(try await family.file("b.mov", at: "plex")["state"].text == "synced")
      let event = try await family.ledger("log", "--json", "b.mov", at: "plex").lines()
      #expect(event.last?["cause"].text == event.first?["id"].text)

      // Nothing is read again, and nothing new is told.
      try await family.sync("desk")
      let quiet = try await family.ledger("sync", "--json", at: "plex").last("summary")
      #expect(quiet["recorded"] == .object([:]) && quiet["applied"] == .object([:]))
    }
  }

  @Test func `brings back nothing that was deleted or that it pruned, and only what it keeps`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = try await twoPlaces(folder)
      try await family.shell("for n in 1 2 3; do echo $n >desk/$n.jpg; done; echo v >desk/v.mov")
      try await family.sync("desk")
      try await family.ledger("location", "set", "plex", "keeps", "photo", at: "plex")
      try await family.sync("plex")
      try await family.shell("[ ! -e plex/v.mov ]; rm plex/1.jpg desk/2.jpg")
      try await family.sync("plex", "desk")

      let run = try await family.ledger("sync", "--json", at: "plex").last("summary")

      #expect(run["applied"] == .object(["trash": .number(1)]))
      try await family.shell("[ ! -e plex/1.jpg -a ! -e plex/2.jpg -a -e plex/3.jpg ]")
      #expect(try await family.file("1.jpg", at: "plex")["state"].text == "synced")
      #expect(try await family.file("v.mov", at: "plex")["state"].text == "synced")
    }
  }

  @Test func `renames what was renamed, and brings only what is new`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await twoPlaces(folder)
      try await family.shell("echo z >desk/z.jpg")
      try await family.sync("desk", "plex", "desk")
      try await family.shell("mv desk/z.jpg desk/a.jpg; echo new >desk/z.jpg")
      try await family.sync("desk")

      let run = try await family.ledger("sync", "--json", at: "plex").last("summary")

      #expect(run["applied"] == .object(["rename": .number(1)]))
      let next = try await family.ledger("sync", "--json", at: "plex").last("summary")
      #expect(next["applied"] == .object(["fetch": .number(1)]))
      try await family.shell("diff -r --exclude .ledger desk plex")
    }
  }

  @Test func `throws other bytes away, and asks the next location`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await twoPlaces(folder)
      try await family.shell(
        "mkdir nas; echo right >desk/1.jpg; echo other >desk/2.jpg; cp -p desk/1.jpg nas/")
      try await family.ledger("join", family.hub, "--as", "nas", "nas")
      try await family.sync("desk", "nas")
      try await family.ledger("location", "set", "plex", "fetch-from", "desk,nas", at: "plex")
      // Since desk's last sync its files have become others.
      try await family.shell("echo wrong >desk/1.jpg; echo wrong >desk/2.jpg")

      let run = try await family.ledger("sync", "--json", at: "plex")

      #expect(try run.last("summary")["applied"] == .object(["fetch": .number(1)]))
      let told = try run.lines().filter { $0["reason"].text == "fetch-blocked" }
      #expect(told.map { $0["path"].text } == ["2.jpg"])
      #expect(told[0]["detail"].text?.contains("desk gave other bytes") == true)
      try await family.shell(
        "[ \"$(cat plex/1.jpg)\" = right ]; [ -z \"$(find plex/.ledger/fetch/plex/files -type f)\" ]"
      )
    }
  }

  @Test func `replaces nothing that has the name`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await twoPlaces(folder)
      try await family.shell("echo photo >desk/1.jpg; mkdir desk/d; echo photo >desk/d/1.jpg")
      try await family.sync("desk")
      // No scan sees a link, so its name seems free.
      try await family.shell("ln -s nowhere plex/1.jpg; echo >elsewhere; ln -s .. plex/d")

      let run = try await family.ledger("sync", "--json", at: "plex", status: 3)

      let told = try run.lines().filter { $0["reason"].text == "fetch-blocked" }
      #expect(told.map { $0["path"].text } == ["1.jpg", "d/1.jpg"])
      #expect(told[0]["detail"].text?.contains("nothing was replaced") == true)
      #expect(told[1]["detail"].text?.contains("symbolic link") == true)
      try await family.shell("[ \"$(readlink plex/1.jpg)\" = nowhere ]; [ ! -e 1.jpg ]")
    }
  }

  @Test func `tells a location that it can't reach, and goes on with the rest`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await twoPlaces(folder)
      try await family.shell("echo photo >desk/1.jpg")
      try await family.sync("desk")
      try await family.ledger("location", "set", "desk", "address", "/nowhere", at: "plex")

      let run = try await family.ledger("sync", at: "plex", status: 3)

      #expect(run.words.contains("desk gave nothing: open /nowhere: No such file or directory"))
      try await family.ledger("location", "set", "desk", "address", "", at: "plex")
      try await family.sync("plex")
      try await family.shell("diff desk/1.jpg plex/1.jpg")
    }
  }

  @Test func `refuses an address that would run something`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await twoPlaces(folder)
      for address in [
        "rclone::sftp,ssh=evil:", "-e evil:/x", "host::module", "rclone:a,b=c:", "a b:/",
      ] {
        try await family.ledger(
          "location", "set", "--", "desk", "address", address, at: "plex", status: 64)
      }
    }
  }
}
