import LedgerTestKit
import Testing

/// Six photos, of which amazon deleted three in `a`, and desk has them in its trash; the bytes of the
/// first are also at amazon under another name.
private func trashed(
  days: Int, _ body: (Family) async throws -> Void
) async throws {
  try await sixPhotos { family in
    try await family.ledger("config", "trash-days", "\(days)", at: "amazon")
    try await family.shell("cp amazon/a/1.jpg amazon/again.jpg")
    try await family.sync("amazon")
    try await family.shell("rm amazon/a/?.jpg")
    try await family.sync("amazon", "desk")
    try await body(family)
  }
}

private func inTrash(_ family: Family) async throws -> String {
  let entries = try await family.ledger("trash", "list", "--json", at: "desk").lines()
  return entries.compactMap { $0["path"].text }.sorted().joined(separator: " ")
}

/// The file in desk's trash that was at a path.
private func file(_ path: String, _ family: Family) async throws -> String {
  try #require(
    try await family.ledger("trash", "list", "--json", at: "desk").lines()
      .first { $0["path"].text == path }?["file"].text)
}

private func later(_ family: Family, days: Int) -> Family {
  var later = family
  later.prefix = ["env", "NO_FAKE_STAT=1", "faketime", "-f", "+\(days)d"]
  return later
}

@Suite struct `Emptying the trash` {
  @Test func `waits for the clock and for as many days on which ledger ran`() async throws {
    try await trashed(days: 2) { family in
      let young = try await family.ledger("trash", "empty", "--yes", "--json", at: "desk")
      #expect(try young.last("summary")["kept"]["retention"] == .number(3))
      // A clock that is ten days ahead for one run makes one day, not ten.
      let ahead = later(family, days: 10)
      for _ in 0..<2 {
        let run = try await ahead.ledger("trash", "empty", "--yes", "--json", at: "desk")
        #expect(try run.last("summary")["kept"]["retention"] == .number(3))
      }
      try await later(family, days: 11).sync("desk")

      // Days enough, but by the clock it is today.
      let back = try await family.ledger("trash", "empty", "--yes", "--json", at: "desk")
      #expect(try back.last("summary")["kept"]["retention"] == .number(3))
      let preview = try await later(family, days: 11).ledger("trash", "empty", at: "desk")
      #expect(preview.output.contains("would destroy a/1.jpg (3 B, trashed 20"))
      #expect(preview.output.contains("Nothing was removed. Add --yes to do it."))
      #expect(try await inTrash(family) == "a/1.jpg a/2.jpg a/3.jpg")
      // What this machine knew of days may be lost: then they are counted anew.
      try await family.shell("mv state/ledger/*/desk/days.json aside")
      let anew = try await later(family, days: 11).ledger("trash", "empty", "--json", at: "desk")
      #expect(try anew.last("summary")["kept"]["retention"] == .number(3))
      try await family.shell("mv aside state/ledger/*/desk/days.json")
      let run = try await later(family, days: 11).ledger(
        "trash", "empty", "--yes", "--json", at: "desk")
      #expect(try run.last("destroyed")["path"].text == "a/1.jpg")
    }
  }

  @Test func `keeps the last known copy of a content unless told so`() async throws {
    try await trashed(days: 0) { family in
      let run = try await family.ledger("trash", "empty", "--yes", at: "desk")
      #expect(run.output.contains("destroyed a/1.jpg"))
      #expect(run.output.contains("2 files stay: no other location is known to hold these bytes"))
      #expect(try await inTrash(family) == "a/2.jpg a/3.jpg")
      try await family.ledger("trash", "empty", "--last-copies", "--yes", at: "desk")
      #expect(try await inTrash(family) == "")
      #expect(try await family.shell("find desk/.ledger/trash/desk -mindepth 1") == "")
      try await family.sync("desk", "amazon")
      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "amazon"))
    }
  }

  @Test func `takes nothing early, whatever age is asked for`() async throws {
    try await trashed(days: 2) { family in
      let now = try await family.ledger(
        "trash", "empty", "--older-than", "0d", "--yes", "--json", at: "desk")
      #expect(try now.last("summary")["kept"]["retention"] == .number(3))
      try await family.ledger("config", "trash-days", "0", at: "desk")
      let old = try await family.ledger(
        "trash", "empty", "--older-than", "1d", "--yes", "--json", at: "desk")
      #expect(try old.last("summary")["kept"]["younger"] == .number(3))
      #expect(try await inTrash(family) == "a/1.jpg a/2.jpg a/3.jpg")
    }
  }

  @Test func `keeps what is to come back, and asks the hub before`() async throws {
    try await trashed(days: 0) { family in
      let empty = ["trash", "empty", "--last-copies", "--yes"]
      try await family.shell("mv hub.git away.git")
      let unreached = try await family.ledger(
        empty[0], empty[1], empty[2], empty[3], at: "desk", status: 5)
      #expect(unreached.words.contains("nothing was removed."))
      try await family.shell("mv away.git hub.git")
      let id = try #require(
        try await family.ledger("log", "--json", "--type", "deleted", "a/2.jpg", at: "amazon")
          .lines().first?["id"].text)
      try await family.ledger("reject", id, at: "amazon")
      try await family.sync("amazon")

      let run = try await family.ledger(empty[0], empty[1], empty[2], empty[3], at: "desk")

      #expect(run.output.contains("1 file stays: the deletion is not recorded yet, is over"))
      #expect(try await inTrash(family) == "a/2.jpg")
      try await family.sync("desk")
      #expect(try await family.shell("cat desk/a/2.jpg") == "a2")
    }
  }

  @Test func `destroys no bytes but those recorded, and none that are written to`() async throws {
    try await trashed(days: 0) { family in
      let (first, second, third) = (
        try await file("a/1.jpg", family), try await file("a/2.jpg", family),
        try await file("a/3.jpg", family)
      )
      let program = try Family.program()
      try await family.shell(
        """
        chmod u+w '\(first)' '\(second)'
        printf 'A1\\n' >'\(first)'
        echo mine >"$(dirname '\(third)')/mine.txt"
        exec 9<>'\(second)'
        \(program) trash empty --last-copies --yes -C desk >out 2>words && false || [ $? = 6 ]
        """)
      #expect(
        try await family.shell("sort words")
          == "stays: a/1.jpg: its bytes are not those that were recorded\n"
          + "stays: a/2.jpg: another program has it open for writing")
      #expect(try await family.shell("cat '\(first)' '\(second)'") == "A1\na2")
      // What a person put there stays, and its folder with it.
      #expect(try await family.shell("ls \"$(dirname '\(third)')\"") == "mine.txt")
      try await family.shell("ln -f desk/b/1.jpg other; ln -sf ../../../../../other '\(second)'")
      try await family.ledger("trash", "empty", "--last-copies", "--yes", at: "desk", status: 6)
      #expect(try await family.shell("cat other") == "b1")
    }
  }
}
