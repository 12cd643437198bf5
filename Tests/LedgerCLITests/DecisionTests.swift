import Foundation
import LedgerTestKit
import Testing

@Suite struct `Deciding on deletions` {
  @Test func `a policy of never lets all through, and over a number holds all of that sync`()
    async throws
  {
    try await sixPhotos { family in
      try await family.ledger("config", "deletions", "over:2", at: "amazon")
      try await family.shell("rm amazon/a/1.jpg amazon/a/2.jpg")
      try await family.sync("amazon", "desk")
      #expect(try await family.shell("ls desk/a") == "3.jpg")

      try await family.shell("rm amazon/b/?.jpg")
      try await family.sync("amazon")
      try await family.ledger("sync", at: "desk", status: 3)
      #expect(try await family.shell("ls desk/b") == "1.jpg\n2.jpg\n3.jpg")

      // However few are left, what was held stays held, also under a policy that asks no more.
      try await family.ledger("approve", "b/1.jpg", "b/2.jpg", at: "desk")
      try await family.ledger("config", "deletions", "never", at: "desk")
      try await family.ledger("sync", at: "desk", status: 3)
      #expect(try await family.shell("ls desk/b") == "3.jpg")
      try await family.ledger("status", "--check", at: "desk", status: 3)

      try await family.shell("rm amazon/a/3.jpg")
      try await family.sync("amazon")
      try await family.ledger("sync", at: "desk", status: 3)
      #expect(try await family.shell("ls desk/a; ls desk/b") == "3.jpg")
      try await family.ledger("reject", "--all", at: "desk")
      try await family.sync("desk")
      try await family.ledger("status", "--check", at: "desk")
    }
  }

  @Test func `on a first sync every deletion waits, and any place may decide`() async throws {
    try await sixPhotos { family in
      try await family.ledger("config", "deletions", "never", at: "amazon")
      try await family.shell("mkdir plex; cp -a amazon/a amazon/b amazon/note.txt plex/")
      try await family.ledger("join", family.hub, "--as", "plex", "plex")
      // Plex's copies come from before the deletion; its first catalogue does not know that.
      try await family.ledger("scan", at: "plex")
      try await family.sync("amazon")
      try await family.shell("rm amazon/a/1.jpg amazon/b/1.jpg")
      try await family.sync("amazon", "desk")
      #expect(try await family.shell("ls desk/a") == "2.jpg\n3.jpg")
      let held = try await family.ledger("sync", at: "plex", status: 3)
      #expect(held.words.contains("waits: amazon:") || held.words.contains("unseen"))
      #expect(try await family.shell("ls plex/a") == "1.jpg\n2.jpg\n3.jpg")

      try await family.ledger("approve", "a/1.jpg", at: "desk")
      try await family.ledger("reject", "b/", at: "amazon")
      try await family.sync("desk", "amazon", "plex", "desk", "amazon")
      #expect(try await family.shell("ls plex/a") == "2.jpg\n3.jpg")
      // Desk had trashed b/1.jpg and puts it back; amazon's person removed it with rm.
      for place in ["plex", "desk"] {
        #expect(try await family.shell("cat \(place)/b/1.jpg") == "b1")
      }
      #expect(try await family.shell("ls amazon/b") == "2.jpg\n3.jpg")
    }
  }

  @Test func `all means what waits here, and what only is on its way is named`() async throws {
    try await sixPhotos { family in
      try await family.shell("rm amazon/a/1.jpg")
      try await family.sync("amazon")
      let none = try await family.ledger("approve", "--all", at: "amazon")
      #expect(none.output.contains("Nothing waits here"))
      #expect(none.output.contains("1 deletion is on the way"))
      try await family.ledger("reject", "a", at: "amazon")
      try await family.sync("amazon", "desk")
      #expect(try await family.shell("ls desk/a") == "1.jpg\n2.jpg\n3.jpg")
    }
  }

  @Test func `what was carried out everywhere is taken back by its id, at any place`() async throws
  {
    try await sixPhotos(["desk", "plex"]) { family in
      try await family.shell("rm amazon/a/1.jpg")
      try await family.sync("amazon", "desk", "plex", "amazon")
      let id = try #require(
        try await family.ledger("log", "--json", "a/1.jpg", "--type", "deleted", at: "amazon")
          .lines().first?["id"].text)
      let refused = try await family.ledger("reject", "a/1.jpg", at: "amazon", status: 1)
      #expect(refused.words.contains("ledger reject \(id)"))
      let notHere = try await family.ledger("restore", "a/1.jpg", "--yes", at: "amazon", status: 1)
      #expect(notHere.words.contains("in the trash of desk and plex"))
      #expect(notHere.words.contains("ledger reject \(id)"))

      try await family.ledger("reject", id, at: "amazon")
      let again = try await family.ledger("reject", id, at: "amazon", status: 1)
      #expect(again.words.contains("was rejected already"))
      let next = try await family.ledger("explain", "a/1.jpg", at: "amazon").output
      #expect(next.contains("The next sync at desk puts it back from its trash"))
      try await family.sync("amazon", "desk", "plex", "desk", "amazon")
      for place in ["desk", "plex"] {
        #expect(try await family.shell("cat \(place)/a/1.jpg") == "a1")
      }
      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "amazon"))
    }
  }

  @Test func `a rejected deletion never replaces a file that took the name`() async throws {
    try await sixPhotos { family in
      try await family.shell("rm amazon/a/1.jpg")
      try await family.sync("amazon", "desk")
      let id = try #require(
        try await family.ledger("log", "--json", "--type", "deleted", at: "desk")
          .lines().first?["id"].text)
      try await family.shell("echo other >desk/a/1.jpg")
      try await family.ledger("reject", id, at: "desk")
      _ = try await family.ledger("sync", at: "desk")
      #expect(try await family.shell("cat desk/a/1.jpg") == "other")
      #expect(try await family.ledger("trash", "list", at: "desk").output.contains("a/1.jpg"))
    }
  }

  @Test func `names may be absolute, by way of a link, or begin with a dash`() async throws {
    try await sixPhotos { family in
      try await family.shell("ln -s desk link; echo dash >amazon/-x.jpg")
      try await family.sync("amazon")
      try await family.shell("cp -a amazon/-x.jpg desk/")
      try await family.sync("desk", "amazon")
      try await family.ledger("config", "deletions", "always", at: "amazon")
      try await family.shell("rm amazon/-x.jpg amazon/a/1.jpg")
      try await family.sync("amazon")
      try await family.ledger("sync", at: "desk", status: 3)
      let explained = try await family.ledger(
        "explain", "\(family.path("link"))/a/1.jpg", at: "desk")
      #expect(explained.output.contains("waits for a person"))
      try await family.ledger("approve", family.path("desk/a/1.jpg"), "./-x.jpg", at: "desk")
      try await family.sync("desk")
      #expect(try await family.shell("find desk -name '*.jpg' | sort | head -1") == "desk/a/2.jpg")
    }
  }

  @Test func `of two who did not hear of each other the one who keeps it wins, and that is told`()
    async throws
  {
    try await sixPhotos(["desk", "plex"]) { family in
      try await family.ledger("config", "deletions", "always", at: "amazon")
      try await family.shell("rm amazon/a/1.jpg")
      try await family.sync("amazon")
      for place in ["desk", "plex"] { try await family.ledger("sync", at: place, status: 3) }
      try await family.ledger("approve", "a/1.jpg", at: "desk")
      try await family.ledger("reject", "a/1.jpg", at: "plex")
      try await family.sync("desk", "plex", "desk", "plex")
      for place in ["desk", "plex"] {
        #expect(try await family.shell("cat \(place)/a/1.jpg") == "a1")
        let told = try await family.ledger("explain", "a/1.jpg", at: place).output
        let status = try await family.ledger("status", "--json", at: place).last("status")
        #expect(
          status["attention"].elements.contains { $0["reason"].text == "opposed-decisions" })
        #expect(told.contains("people decided differently on its deletion (amazon:"))
      }
      // Whoever has heard of both decides anew.
      let id = try #require(
        try await family.ledger("log", "--json", "--type", "deleted", at: "plex").lines()
          .first?["id"].text)
      try await family.ledger("approve", id, at: "plex")
      try await family.sync("plex", "desk")
      #expect(try await family.shell("ls desk/a; ls plex/a") == "2.jpg\n3.jpg\n2.jpg\n3.jpg")
    }
  }
}
