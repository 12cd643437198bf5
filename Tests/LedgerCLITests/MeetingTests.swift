import Foundation
import LedgerTestKit
import Testing

/// Two places that agree on one photo; one of them has a note too, as an emptied root is no deletion.
private func onePhoto(_ body: (Family) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join([("amazon", "photo"), ("desk", "photo")])
    try await family.shell(
      "mkdir amazon/2026; echo photo >amazon/2026/a.jpg; echo note >amazon/note.txt")
    try await family.sync("amazon")
    try await family.shell("cp -a amazon/2026 desk/")
    try await family.sync("desk", "amazon", "desk")
    try await body(family)
  }
}

private func reasons(_ run: Family.Run) throws -> [String?] {
  try run.lines().filter { $0["kind"].text == "attention" }.map { $0["reason"].text }
}

@Suite struct `When events meet` {
  @Test func `a rename goes to the other place, and reads no file there but that one`() async throws
  {
    try await onePhoto { family in
      try await family.shell("mkdir amazon/trips; mv amazon/2026/a.jpg amazon/trips/b.jpg")
      let here = try await family.ledger("sync", "--json", at: "amazon").last("summary")
      #expect(here["recorded"] == .object(["renamed": .number(1)]))
      let there = try await family.ledger("sync", "--json", at: "desk").last("summary")
      #expect(there["applied"] == .object(["rename": .number(1)]))
      #expect(try await family.shell("find desk -name '*.jpg'") == "desk/trips/b.jpg")
      #expect(try await family.ledger("trash", "list", at: "desk").output == "")
    }
  }

  @Test func `a rename never takes the place of another file`() async throws {
    try await onePhoto { family in
      try await family.shell("mv amazon/2026/a.jpg amazon/2026/b.jpg; echo other >desk/2026/b.jpg")
      try await family.sync("amazon")
      let run = try await family.ledger("sync", "--json", at: "desk", status: 3)
      #expect(try reasons(run).contains("rename-blocked"))
      #expect(try await family.shell("cat desk/2026/a.jpg desk/2026/b.jpg") == "photo\nother")
    }
  }

  @Test func `an edit that a deletion had not seen is kept and told`() async throws {
    try await onePhoto { family in
      try await family.shell("rm amazon/2026/a.jpg; echo edited >desk/2026/a.jpg")
      try await family.sync("amazon")
      let run = try await family.ledger("sync", "--json", at: "desk")
      #expect(try reasons(run).contains("edited-after-delete"))
      try await family.sync("amazon", "desk")
      #expect(try await family.shell("cat desk/2026/a.jpg") == "edited")
      #expect(try await family.file("2026/a.jpg", at: "amazon")["state"].text == "partial")
    }
  }

  @Test func `bytes that no scan has read are kept, also where the time looks old`() async throws {
    try await onePhoto { family in
      try await family.shell("rm amazon/2026/a.jpg")
      try await family.sync("amazon")
      try await family.shell(
        "stamp=$(stat -c %y desk/2026/a.jpg); printf 'PHOTO\\n' >desk/2026/a.jpg; touch -d \"$stamp\" desk/2026/a.jpg"
      )
      try await family.ledger("sync", at: "desk")
      #expect(try await family.shell("cat desk/2026/a.jpg") == "PHOTO")
    }
  }

  @Test func `a copy that a deletion had not seen waits for a person`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("amazon", "photo"), ("desk", "photo")])
      try await family.shell("echo photo | tee amazon/a.jpg desk/a.jpg; echo note >amazon/note.txt")
      // Both add it on their own; amazon deletes it before it has heard of desk's.
      try await family.ledger("sync", "--offline", at: "desk")
      try await family.sync("amazon")
      try await family.shell("rm amazon/a.jpg")
      try await family.sync("amazon")
      let run = try await family.ledger("sync", "--json", at: "desk", status: 3)
      #expect(try reasons(run).contains("unseen"))
      #expect(try await family.shell("cat desk/a.jpg") == "photo")
      try await family.ledger("status", "--check", at: "desk", status: 3)
      try await family.ledger("approve", "a.jpg", at: "desk")
      try await family.sync("desk")
      #expect(try await family.shell("ls desk") == "")
      #expect(try await family.ledger("trash", "list", at: "desk").output.contains("a.jpg"))
    }
  }

  @Test func `a copy that comes late for its deletion goes too`() async throws {
    try await onePhoto { family in
      try await family.shell("echo late >amazon/2026/late.jpg")
      try await family.sync("amazon")
      try await family.shell("cp -a amazon/2026/late.jpg desk/2026/; rm amazon/2026/late.jpg")
      try await family.sync("amazon", "desk")
      #expect(try await family.shell("ls desk/2026") == "a.jpg")
    }
  }

  @Test func `what policy holds waits for approve, and reject brings it back`() async throws {
    try await onePhoto { family in
      try await family.ledger("config", "deletions", "always", at: "amazon")
      try await family.shell("echo two >amazon/2026/b.jpg")
      try await family.sync("amazon")
      try await family.shell("cp -a amazon/2026/b.jpg desk/2026/")
      try await family.sync("desk", "amazon")
      try await family.shell("rm amazon/2026/?.jpg")
      try await family.sync("amazon")
      let held = try await family.ledger("sync", at: "desk", status: 3)
      #expect(held.words.contains("ledger approve"))
      try await family.ledger("approve", "2026/a.jpg", at: "desk")
      // Still one that nobody decided.
      try await family.ledger("sync", at: "desk", status: 3)
      try await family.ledger("reject", "--all", at: "desk")
      try await family.sync("desk")
      #expect(try await family.shell("ls desk/2026") == "b.jpg")
      let rejected = try await family.ledger("log", "--json", "--type", "rejected", at: "desk")
      #expect(try rejected.lines().count == 1)
    }
  }

  @Test func `a place whose say is taken away while its deletion waits deletes nothing`()
    async throws
  {
    try await onePhoto { family in
      try await family.shell("rm amazon/2026/a.jpg")
      try await family.sync("amazon")
      try await family.ledger("location", "set", "amazon", "authoritative", "none", at: "amazon")
      try await family.sync("amazon")
      try await family.ledger("sync", at: "desk", status: 3)
      #expect(try await family.shell("cat desk/2026/a.jpg") == "photo")
    }
  }

  @Test func `a new file at a deleted one's path can be deleted by a person as well`() async throws
  {
    try await onePhoto { family in
      try await family.shell("rm amazon/2026/a.jpg")
      try await family.sync("amazon", "desk")
      try await family.shell("echo new >desk/2026/a.jpg")
      try await family.sync("desk")
      try await family.shell("cp -a desk/2026/a.jpg amazon/2026/; echo note >desk/note.txt")
      try await family.sync("amazon", "desk")
      try await family.shell("rm desk/2026/a.jpg")
      try await family.sync("desk", "amazon")
      #expect(try await family.shell("ls amazon/2026") == "")
    }
  }

  @Test func `two edits diverge until a person keeps one, and nobody's file is touched`()
    async throws
  {
    try await onePhoto { family in
      try await family.shell("echo one >amazon/2026/a.jpg; echo two >desk/2026/a.jpg")
      try await family.sync("amazon")
      let run = try await family.ledger("sync", "--json", at: "desk", status: 3)
      #expect(try reasons(run).contains("diverged"))
      let why = try await family.ledger("explain", "2026/a.jpg", at: "desk").output
      #expect(why.contains("in conflict: a person has to decide"))
      #expect(why.contains("it was changed at desk") && why.contains("ledger resolve"))
      try await family.ledger("resolve", "2026/a.jpg", "--keep", "desk", at: "amazon")
      try await family.sync("amazon", "desk")
      #expect(try await family.shell("cat amazon/2026/a.jpg desk/2026/a.jpg") == "one\ntwo")
      let file = try await family.file("2026/a.jpg", at: "desk")
      #expect(file["copies"]["amazon"]["state"].text == "behind")
      #expect(file["state"].text == "partial")
    }
  }

  @Test func `the past can be looked at, and a batch restored as a whole`() async throws {
    try await onePhoto { family in
      try await family.shell("echo b >amazon/2026/b.jpg")
      try await family.sync("amazon")
      try await family.shell("cp -a amazon/2026/b.jpg desk/2026/")
      try await family.sync("desk", "amazon")
      let before = try await family.shell("git -C hub.git rev-parse main")
      try await family.shell("rm amazon/2026/?.jpg")
      try await family.sync("amazon", "desk")
      #expect(try await family.ledger("ls", at: "desk").output.contains("2026/a.jpg") == false)
      #expect(
        try await family.ledger("ls", "--at", before, at: "desk").output.contains("2026/a.jpg"))
      #expect(
        try await family.ledger("status", "--at", before, at: "desk").output.contains("synced: 2"))
      let deleted = try await family.ledger("log", "--json", "--type", "deleted", at: "amazon")
      let id = try #require(try deleted.lines().first?["id"].text)
      let told = try await family.ledger("explain", "2026/a.jpg", at: "desk").output
      #expect(told.contains("a person deleted it at amazon, which has the say"))
      #expect(told.contains("it went to the trash of desk"))
      try await family.ledger("restore", "--batch", id, "--yes", at: "desk")
      #expect(try await family.shell("ls desk/2026") == "a.jpg\nb.jpg")
    }
  }

  @Test func `a place that is retired has no copies, and its deletions wait`() async throws {
    try await onePhoto { family in
      try await family.shell("rm amazon/2026/a.jpg")
      try await family.sync("amazon")
      try await family.ledger("location", "retire", "amazon", at: "desk")
      try await family.ledger("sync", at: "desk", status: 3)
      #expect(try await family.shell("cat desk/2026/a.jpg") == "photo")
      let copies = try await family.file("2026/a.jpg", at: "desk")["copies"]
      #expect(copies.keys == ["desk"])
    }
  }

  @Test func `what a place only proposes waits, and is told, until a person decides`() async throws
  {
    try await onePhoto { family in
      for (key, types) in [("authoritative", "none"), ("asks", "photo")] {
        try await family.ledger("location", "set", "amazon", key, types, at: "desk")
      }
      try await family.sync("desk")
      try await family.shell("rm amazon/2026/a.jpg")
      try await family.ledger("sync", at: "amazon")
      let sync = try await family.ledger("sync", at: "desk", status: 3)
      #expect((sync.output + sync.words).contains("waits: amazon:"))
      #expect(try await family.shell("cat desk/2026/a.jpg") == "photo")
      for place in ["amazon", "desk"] {
        let status = try await family.ledger("status", at: place).output
        #expect(status.hasPrefix("1 deletion waits for you."))
      }
      try await family.ledger("approve", "2026/", at: "desk")
      try await family.sync("desk")
      #expect(try await family.shell("ls desk/2026") == "")
      try await family.ledger("restore", "2026/", "--yes", at: "desk")
      #expect(try await family.shell("cat desk/2026/a.jpg") == "photo")
    }
  }

  @Test func `restore asks first, and never replaces a file`() async throws {
    try await onePhoto { family in
      try await family.shell("rm amazon/2026/a.jpg")
      try await family.sync("amazon", "desk")
      let preview = try await family.ledger("restore", "2026", at: "desk")
      #expect(preview.output.contains("would restore 2026/a.jpg"))
      #expect(try await family.shell("ls desk/2026") == "")
      try await family.shell("echo other >desk/2026/a.jpg")
      try await family.ledger("restore", "2026/a.jpg", "--yes", at: "desk", status: 3)
      #expect(try await family.shell("cat desk/2026/a.jpg") == "other")
      #expect(try await family.ledger("trash", "list", at: "desk").output.contains("2026/a.jpg"))
    }
  }
}

@Suite struct `What programs read` {
  @Test func `has the keys of the command line's page`() async throws {
    try await onePhoto { family in
      try await family.shell("rm amazon/2026/a.jpg")
      let scan = try await family.ledger("scan", "--json", at: "amazon")
      #expect(try scan.last("recorded").keys == ["id", "kind", "path", "type"])
      #expect(
        try scan.last("summary").keys == [
          "applied", "attention", "bytesHashed", "hashed", "heads", "kind", "location", "pending",
          "pushed", "recorded", "scanned", "seconds", "unknown",
        ])
      try await family.sync("amazon")
      let plan = try await family.ledger("sync", "--dry-run", "--json", at: "desk")
      #expect(try plan.last("planned").keys == ["action", "cause", "kind", "path"])
      let status = try await family.ledger("status", "--json", at: "desk").last("status")
      #expect(
        status.keys == [
          "attention", "counts", "heads", "kind", "ledger", "location", "locations", "overdue",
          "paths", "pending",
        ])
      #expect(
        status["counts"].keys == [
          "conflict", "deleted", "deleting", "lost", "new", "partial", "synced",
        ])
      #expect(status["paths"].keys == ["cache", "clone", "home", "hooks", "trash"])
      #expect(
        status["locations"].elements.first?.keys == [
          "authoritative", "bytes", "files", "heard", "keeps", "lastEvent", "lastScan", "name",
          "retired", "unheard",
        ])
      let file = try await family.file("2026/a.jpg", at: "desk")
      #expect(
        file.keys == ["content", "copies", "kind", "media", "overdue", "path", "size", "state"])
      let event = try await family.ledger("log", "--json", "2026/a.jpg", at: "desk").last("event")
      for key in ["id", "at", "type", "path", "media", "size", "content"] {
        #expect(event[key] != .null, "\(key)")
      }
      let replay = try await family.ledger("replay", "--json", at: "desk").last("replay")
      #expect(
        replay.keys == [
          "cache", "differences", "events", "fingerprint", "heads", "kind", "paths", "seconds",
        ])
    }
  }

  @Test func `is the dump whose hash is the fingerprint`() async throws {
    try await onePhoto { family in
      let output = try await family.ledger("replay", "--dump", at: "desk").output
      let lines = output.split(separator: "\n").map(String.init)
      let dump = lines.filter { $0.hasPrefix("[\"2026") }
      #expect(dump.count == 1)
      let content = "sha256:" + (try await family.shell("sha256sum <desk/2026/a.jpg")).prefix(64)
      #expect(
        dump.first
          == #"["2026/a.jpg","synced",["\#(content)"],[],[["amazon","present","\#(content)"],["desk","present","\#(content)"]]]"#
      )
      let hash = try await family.shell(
        "\(try Family.program()) replay --dump -C desk | grep '^\\[' | sha256sum")
      #expect(lines.last == "sha256:" + hash.prefix(64))
    }
  }

  @Test func `is what locations and settings are`() async throws {
    try await onePhoto { family in
      try await family.ledger("config", "guard", "50,5%", at: "desk")
      #expect(try await family.ledger("config", "guard", at: "desk").output.contains("50,5%"))
      try await family.ledger("location", "set", "amazon", "keeps", "photo", at: "desk")
      try await family.sync("desk", "amazon")
      let list = try await family.ledger("location", "list", "--json", at: "amazon").lines()
      #expect(list.map { $0["name"].text } == ["amazon", "desk"])
      #expect(list.first?["keeps"] == .array([.string("photo")]))
    }
  }
}

@Suite struct `A photo with companions` {
  /// A Live Photo with sidecars, a RAW beside its JPEG, and a video of its own.
  private static func library(_ body: (Family) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("amazon", "photo"), ("desk", "none")])
      try await family.shell(
        """
        cd amazon; mkdir 2026; for name in IMG_1.HEIC IMG_1.MOV IMG_1.AAE IMG_1.HEIC.xmp \
        R_1.jpg R_1.dng R_1.xmp trip.mov trip.xmp; do echo $name >2026/$name; done
        """)
      try await family.sync("amazon")
      try await family.shell("cp -a amazon/2026 desk/")
      try await family.sync("desk", "amazon", "desk")
      try await body(family)
    }
  }

  @Test func `takes them along when it is deleted, here and elsewhere, and brings them back`()
    async throws
  {
    try await Self.library { family in
      try await family.shell("rm amazon/2026/IMG_1.HEIC")
      let run = try await family.ledger("sync", "--json", at: "amazon").last("summary")
      #expect(run["recorded"] == .object(["deleted": .number(4)]))
      #expect(try await family.shell("ls amazon/2026/IMG* 2>/dev/null || true") == "")
      try await family.sync("desk")
      #expect(try await family.shell("ls desk/2026/IMG* 2>/dev/null || true") == "")
      try await family.ledger("restore", "2026/IMG_1.HEIC", "--yes", at: "desk")
      #expect(
        try await family.shell("cd desk/2026; ls IMG*")
          == "IMG_1.AAE\nIMG_1.HEIC\nIMG_1.HEIC.xmp\nIMG_1.MOV")
      try await family.sync("desk", "amazon", "desk")
      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "amazon"))
      // Amazon's own trash had the companions.
      #expect(
        try await family.shell("cd amazon/2026; ls IMG*") == "IMG_1.AAE\nIMG_1.HEIC.xmp\nIMG_1.MOV")
    }
  }

  @Test func `takes them along when it is renamed`() async throws {
    try await Self.library { family in
      try await family.shell("mkdir amazon/trips; mv amazon/2026/IMG_1.HEIC amazon/trips/x.HEIC")
      let run = try await family.ledger("sync", "--json", at: "amazon").last("summary")
      #expect(run["recorded"] == .object(["renamed": .number(4)]))
      try await family.sync("desk")
      for place in ["amazon", "desk"] {
        #expect(
          try await family.shell("ls \(place)/trips") == "x.AAE\nx.HEIC\nx.HEIC.xmp\nx.MOV")
      }
    }
  }

  @Test func `shares them with another of its stem, and a companion alone goes alone`() async throws
  {
    try await Self.library { family in
      try await family.shell("rm amazon/2026/R_1.jpg amazon/2026/trip.mov amazon/2026/IMG_1.AAE")
      try await family.sync("amazon", "desk")
      #expect(
        try await family.shell("cd desk/2026; ls R* trip* IMG*")
          == "IMG_1.AAE\nIMG_1.HEIC\nIMG_1.HEIC.xmp\nIMG_1.MOV\nR_1.dng\nR_1.xmp\ntrip.mov\ntrip.xmp"
      )
      #expect(try await family.shell("cd amazon/2026; ls trip* R*") == "R_1.dng\nR_1.xmp\ntrip.xmp")
    }
  }

  @Test func `is followed by a later sync where only a scan saw it go`() async throws {
    try await Self.library { family in
      try await family.shell("rm amazon/2026/IMG_1.HEIC")
      try await family.ledger("scan", at: "amazon")
      #expect(try await family.shell("ls amazon/2026/IMG_1.MOV") != "")
      try await family.sync("amazon", "desk")
      #expect(try await family.shell("ls desk/2026/IMG* 2>/dev/null || true") == "")
    }
  }
}
