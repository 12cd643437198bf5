import Foundation
import LedgerTestKit
import Testing

/// Six photos, of which amazon deleted all in `a`, and desk has them in its trash.
private func trashed(_ body: (Family) async throws -> Void) async throws {
  try await sixPhotos { family in
    try await family.shell("rm amazon/a/?.jpg")
    try await family.sync("amazon", "desk")
    #expect(try await family.shell("ls desk/a") == "")
    try await body(family)
  }
}

@Suite struct `Restoring` {
  @Test func `by deletion, location, batch and time brings back just that`() async throws {
    try await trashed { family in
      let ids = try await family.ledger("log", "--json", "--type", "deleted", at: "amazon").lines()
        .compactMap { $0["id"].text }
      try await family.ledger("restore", "--deletion", ids[1], "--yes", at: "desk")
      #expect(try await family.shell("ls desk/a") == "2.jpg")
      // Everything given has to fit.
      for filter in [["--by", "desk"], ["--since", "2100-01-01"], ["--deletion", "amazon:1"]] {
        let run = try await family.ledger(
          "restore", filter[0], filter[1], "--yes", at: "desk", status: 1)
        #expect(run.words.contains("Nothing in the trash of desk is what was asked for"))
      }
      let both = try await family.ledger(
        "restore", "a/1.jpg", "--since", "2100-01-01T00:00:00Z", "--yes", at: "desk", status: 1)
      #expect(both.words.contains("or not of what was asked for"))
      try await family.ledger("restore", "a/1.jpg", "--since", "1h", "--yes", at: "desk")
      #expect(try await family.shell("ls desk/a") == "1.jpg\n2.jpg")
      try await family.ledger(
        "restore", "--by", "amazon", "--since", "2020-01-01", "--yes", at: "desk")
      #expect(try await family.shell("cat desk/a/?.jpg") == "a1\na2\na3")
      try await family.sync("desk")
      try await family.ledger("status", "--check", at: "desk")
    }
  }

  @Test func `previews with sizes, for programs too, and changes nothing unless told to`()
    async throws
  {
    try await trashed { family in
      let preview = try await family.ledger("restore", "a", at: "desk").output
      #expect(preview.contains("would restore a/1.jpg (3 B, trashed 20"))
      let lines = try await family.ledger("restore", "a", "--json", at: "desk").lines()
      #expect(lines.map { $0["path"].text } == ["a/1.jpg", "a/2.jpg", "a/3.jpg"])
      #expect(lines.first?.keys == ["action", "cause", "kind", "path"])
      #expect(try await family.shell("ls desk/a") == "")
    }
  }

  @Test func `never puts other bytes back than were recorded`() async throws {
    try await trashed { family in
      let entry = try #require(
        try await family.ledger("trash", "list", "--json", at: "desk").lines()
          .first { $0["path"].text == "a/1.jpg" }?["file"].text)
      try await family.shell("chmod u+w '\(entry)'; printf 'A1\\n' >'\(entry)'")
      let run = try await family.ledger("restore", "a", "--yes", at: "desk", status: 3)
      #expect(run.words.contains("the trashed bytes are not what was recorded"))
      #expect(try await family.shell("ls desk/a; cat '\(entry)'") == "2.jpg\n3.jpg\nA1")
    }
  }

  @Test func `says where a file is that is not in this trash`() async throws {
    try await trashed { family in
      try await family.shell("rm desk/b/1.jpg")
      try await family.sync("desk")
      let pruned = try await family.ledger("restore", "b/1.jpg", "--yes", at: "desk", status: 1)
      #expect(pruned.words.contains("It is at amazon; copy it from there."))
      try await family.shell("echo other >desk/a/1.jpg")
      let taken = try await family.ledger("restore", "a/1.jpg", "--yes", at: "desk", status: 3)
      #expect(taken.words.contains("another file has its name here, and nothing is replaced"))
      #expect(try await family.shell("cat desk/a/1.jpg") == "other")
    }
  }
}
