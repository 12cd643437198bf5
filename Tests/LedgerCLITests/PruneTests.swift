import LedgerTestKit
import Testing

/// Three places that agree on two videos, a Live Photo and a photo; plex has the say over videos.
private func library(_ body: (Family) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join([("amazon", "photo,video"), ("desk", "none"), ("plex", "video")])
    try await family.shell(
      """
      mkdir amazon/2019; for name in a.mov b.mp4 L.heic L.mov c.jpg; do
        echo $name >amazon/2019/$name; done
      """)
    try await family.sync("amazon")
    try await family.shell("cp -a amazon/2019 desk/; cp -a amazon/2019 plex/")
    try await family.sync("desk", "plex", "amazon", "desk", "plex")
    try await body(family)
  }
}

private func later(_ family: Family, days: Int) -> Family {
  var later = family
  later.prefix = ["env", "NO_FAKE_STAT=1", "faketime", "-f", "+\(days)d"]
  return later
}

private func files(_ family: Family, at place: String = "plex") async throws -> String {
  try await family.shell("cd \(place)/2019 && ls | tr '\\n' ' '")
}

/// The types of the events that plex wrote about a path.
private func types(_ path: String, _ family: Family) async throws -> [String] {
  try await family.ledger("log", "--json", "--location", "plex", path, at: "plex").lines()
    .compactMap(\.["type"].text)
}

@Suite struct `Pruning at the command line` {
  @Test func `shows what would go, and does it only when asked to`() async throws {
    try await library { family in
      let before = try await files(family)
      let preview = try await family.ledger("prune", "--media", "video", at: "plex")
      #expect(preview.output.contains("would prune 2019/a.mov (6 B; also at amazon, desk)"))
      #expect(preview.output.contains("stays: 2019/L.mov: belongs to 2019/L.heic, which stays"))
      #expect(preview.output.contains("Nothing was removed. Add --yes to do it."))
      #expect(try await files(family) == before)

      let run = try await family.ledger("prune", "--media", "video", "--yes", at: "plex")
      #expect(run.output.contains("Pruned 2 files (12 B)."))
      #expect(try await files(family) == "L.heic L.mov c.jpg ")
      // It has the say over videos, and yet nothing is deleted anywhere, nor is anything new.
      try await family.sync("amazon", "desk", "plex")
      #expect(try await files(family, at: "amazon") == before)
      #expect(try await types("2019/a.mov", family) == ["added", "pruned"])
      #expect(try await family.file("2019/a.mov", at: "desk")["state"].text == "synced")
      let again = try await family.ledger("sync", "--json", at: "plex").last("summary")
      #expect(again["recorded"] == .object([:]) && again["attention"] == .number(0))
      #expect(try await family.fingerprint(of: "plex") == family.fingerprint(of: "desk"))
    }
  }

  @Test func `takes a photo with its companion, and both come back`() async throws {
    try await library { family in
      try await family.ledger("prune", "2019/L.heic", "--yes", at: "plex")
      #expect(try await files(family) == "a.mov b.mp4 c.jpg ")
      try await family.ledger("restore", "2019/L.heic", "--yes", at: "plex")
      #expect(try await files(family) == "L.heic L.mov a.mov b.mp4 c.jpg ")
      try await family.sync("plex", "desk")
      #expect(try await family.file("2019/L.mov", at: "desk")["state"].text == "synced")
    }
  }

  @Test func `keeps what too few places hold, as the hub knows just now`() async throws {
    try await library { family in
      try await family.shell("rm desk/2019/a.mov")
      try await family.sync("desk")
      let run = try await family.ledger("prune", "2019/a.mov", "--yes", at: "plex")
      #expect(
        run.output.contains(
          "stays: 2019/a.mov: only amazon was seen to hold it whole, 2 wanted"))
      try await family.shell("mv hub.git away")
      let away = try await family.ledger("prune", "2019/b.mp4", "--yes", at: "plex", status: 5)
      #expect(away.words.contains("so nothing was removed"))
      try await family.shell("mv away hub.git")
      #expect(try await files(family) == "L.heic L.mov a.mov b.mp4 c.jpg ")
    }
  }

  @Test func `does not count a place that has not looked for long`() async throws {
    try await library { family in
      let month = later(family, days: 40)
      let run = try await month.ledger("prune", "2019/a.mov", "--yes", at: "plex")
      #expect(run.output.contains("amazon, desk may have it too, but did not say so for long"))
      try await month.sync("amazon", "desk")
      let seen = try await month.ledger("prune", "2019/a.mov", "--yes", at: "plex")
      #expect(seen.output.contains("Pruned 1 file"))
    }
  }

  @Test func `does not count a place whose scan was halted`() async throws {
    try await library { family in
      try await family.ledger("config", "guard", "1,1%", at: "plex")
      try await family.sync("plex")
      let month = later(family, days: 40)
      try await family.shell("mkdir gone; mv amazon/2019/*.m* gone/")
      try await month.ledger("sync", at: "amazon", status: 7)
      try await month.sync("desk")
      let run = try await month.ledger("prune", "2019/a.mov", "--yes", at: "plex")
      #expect(run.output.contains("only desk was seen to hold it whole"))
    }
  }

  @Test func `leaves other bytes than the ledger's alone`() async throws {
    try await library { family in
      try await family.shell("echo edit >plex/2019/a.mov; ln plex/2019/b.mp4 plex/2019/b2.mp4")
      let run = try await family.ledger("prune", "2019", "--free", "900T", "--yes", at: "plex")
      #expect(try await types("2019/a.mov", family) == ["added", "changed"])
      #expect(run.output.contains("2019/b.mp4: has a further name on this disk"))
      #expect(try await files(family) == "a.mov b.mp4 b2.mp4 ")
    }
  }

  @Test func `records as pruned what a script removed, and nothing else`() async throws {
    try await library { family in
      try await family.shell("rm plex/2019/a.mov plex/2019/L.mov")
      let there = try await family.ledger(
        "prune", "--record-only", "2019/a.mov", "2019/b.mp4", at: "plex", status: 1)
      #expect(there.words.contains("\"2019/b.mp4\" is still there. Nothing was recorded."))
      try await family.ledger("prune", "--record-only", "2019/a.mov", at: "plex")
      try await family.ledger("prune", "--record-only", "2019/a.mov", at: "plex")
      #expect(try await types("2019/a.mov", family) == ["added", "pruned"])
      #expect(try await types("2019/L.mov", family) == ["added"])
      try await family.sync("plex")
      #expect(try await types("2019/L.mov", family) == ["added", "deleted"])
      try await family.shell("mv plex away; mkdir plex")
      try await family.ledger("prune", "--record-only", "2019/b.mp4", at: "plex", status: 7)
    }
  }

  @Test func `makes room only while enough other places hold the bytes`() async throws {
    try await library { family in
      try await family.ledger("prune", "--media", "video", "--yes", at: "plex")
      // Nobody was seen to have them since.
      let unseen = try await family.ledger("trash", "empty", "--pruned", "--yes", at: "plex")
      #expect(unseen.output.contains("2 files stay"))
      try await family.shell(
        "mv desk/2019/a.mov desk/a.mov; rm desk/2019/b.mp4; echo new >amazon/new.txt")
      try await family.sync("desk", "amazon")
      let waits = try await family.ledger("trash", "empty", "--yes", "--json", at: "plex")
      #expect(try waits.last("summary")["kept"]["retention"] == .number(2))
      let run = try await family.ledger("trash", "empty", "--pruned", "--yes", at: "plex")
      #expect(run.output.contains("destroyed 2019/a.mov (6 B, trashed 20"))
      #expect(run.output.contains("1 file stays: fewer other locations than were wanted"))
      // Of what was never told to the hub nothing goes.
      try await family.ledger("prune", "2019/c.jpg", "--yes", at: "plex")
      try await family.shell("echo x >plex/x.jpg")
      try await family.ledger("scan", at: "plex")
      let unsent = try await family.ledger(
        "trash", "empty", "--pruned", "--yes", "--json", at: "plex")
      #expect(try unsent.last("summary")["kept"]["undecided"] == .number(2))
    }
  }

  @Test func `does not count what a place ignores now, for nobody looks there`() async throws {
    try await library { family in
      func lastScan() async throws -> String? {
        try await family.ledger("status", "--json", at: "desk").last("status")["locations"].elements
          .first { $0["name"].text == "desk" }?["lastScan"].text
      }
      let before = try await lastScan()
      try await family.shell("echo 2019/ >desk/.ledgerignore; rm desk/2019/a.mov")
      try await later(family, days: 1).sync("desk")
      #expect(try await lastScan() == before)
      try await family.shell("rm desk/.ledgerignore; cp -p amazon/2019/a.mov desk/2019/")
      try await later(family, days: 1).sync("desk")
      #expect(try await lastScan() != before)
    }
  }

  @Test func `of two places that had not heard of each other destroys nothing at either`()
    async throws
  {
    try await library { family in
      let hook = "hub.git/hooks/pre-receive"
      try await family.shell(
        "mv \(hook) hook; printf '#!/bin/sh\\nexit 1\\n' >\(hook); chmod +x \(hook)")
      try await family.ledger("prune", "2019/a.mov", "--yes", at: "plex", status: 1)
      try await family.shell("mv hook \(hook)")
      let run = try await family.ledger("prune", "2019/a.mov", "--yes", at: "desk")
      #expect(run.output.contains("Pruned 1 file"))
      try await family.sync("plex", "desk")
      for place in ["plex", "desk"] {
        let empty = try await family.ledger(
          "trash", "empty", "--pruned", "--yes", "--json", at: place)
        #expect(try empty.last("summary")["kept"]["few-copies"] == .number(1))
      }
    }
  }

  @Test func `is done by every sync where the location has such a rule`() async throws {
    try await library { family in
      let rule = "video,older-than=30d,min-copies=2"
      try await family.ledger("location", "set", "plex", "prune", "films", at: "desk", status: 64)
      try await family.ledger("location", "set", "plex", "prune", rule, at: "desk")
      try await family.sync("desk", "plex")
      #expect(try await files(family) == "L.heic L.mov a.mov b.mp4 c.jpg ")
      #expect(
        try await family.ledger("location", "show", "plex", at: "plex").output
          .hasSuffix("prune=\(rule)"))

      let month = later(family, days: 31)
      try await month.sync("amazon", "desk")
      let dry = try await month.ledger("sync", "--dry-run", "--json", at: "plex").lines()
      #expect(
        dry.filter { $0["action"].text == "prune" }.map { $0["path"].text }
          == ["2019/a.mov", "2019/b.mp4"])
      // Never without the hub's word.
      try await month.ledger("sync", "--offline", at: "plex")
      #expect(try await files(family) == "L.heic L.mov a.mov b.mp4 c.jpg ")
      let summary = try await month.ledger("sync", "--json", at: "plex").last("summary")
      #expect(summary["applied"]["prune"] == .number(2))
      #expect(try await files(family) == "L.heic L.mov c.jpg ")
      try await month.sync("amazon", "desk", "plex")
      #expect(try await files(family, at: "amazon") == "L.heic L.mov a.mov b.mp4 c.jpg ")
    }
  }
}
