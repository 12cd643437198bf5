import LedgerTestKit
import Testing

/// Two places that agree on a photo each.
func onePhotoEach(_ body: (Family) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join([("desk", "photo"), ("plex", "photo")])
    try await family.shell("echo one >desk/1.jpg; echo two >plex/2.jpg")
    try await family.sync("desk", "plex", "desk")
    try await body(family)
  }
}

/// Makes the cache of desk lie about its paths.
let lyingCache = """
  python3 - cache/ledger/*/desk/cache.sqlite <<'END'
  import sqlite3, sys
  db = sqlite3.connect(sys.argv[1])
  db.execute("UPDATE paths SET dump = X'5b5d' WHERE path = CAST('1.jpg' AS BLOB)")
  assert db.total_changes == 1
  db.commit()
  END
  """

@Suite struct `The doctor` {
  @Test func `finds all well, and changes nothing`() async throws {
    try await onePhotoEach { family in
      let before = try await family.picture()
      let run = try await family.ledger("doctor", at: "desk")
      #expect(try await family.picture() == before)
      #expect(run.output.hasSuffix("All is well.") && !run.output.contains("WRONG"))
      let lines = try await family.ledger("doctor", "--json", at: "desk").lines()
      #expect(
        lines.compactMap { $0["subject"].text } == [
          "lock", "state", "place", "marker", "clone", "hub", "cache", "clock", "space",
          "space for state", "trash",
        ])
      #expect(lines.allSatisfy { $0["kind"].text == "check" && $0["ok"] == .bool(true) })
    }
  }

  /// What is broken, what is wrong then, and what the doctor says to run.
  @Test(arguments: [
    ("mv hub.git away", "hub", "can't be reached"),
    ("echo x >desk/3.jpg; \"$LEDGER\" scan -C desk", "hub", "ledger sync"),
    ("rm -rf clone; mv state/ledger/*/desk/clone.git clone", "state", "doctor --repair"),
    ("mv desk away; mkdir desk", "place", "--take-over"),
    ("mv desk away; cp -r away desk", "place", "Mount its disk"),
    (lyingCache, "cache", "ledger replay --rebuild"),
    (
      "sed -i 's/\"last\":[0-9]*/\"last\":0/' desk/.ledger/desk.json", "marker",
      "until the files are back"
    ),
    (
      "f=$(find state/ledger/*/desk/clone.git/objects -type f | sort | head -1); chmod u+w $f; "
        + "truncate -s 20 $f", "clone", "doctor --repair"
    ),
    (
      "faketime -f +3d \"$LEDGER\" config -C plex patience 4d; "
        + "faketime -f +3d \"$LEDGER\" sync -C plex; \"$LEDGER\" sync -C desk",
      "clock", "Check the clocks"
    ),
  ])
  func `names what is wrong, and what to run`(
    damage: String, subject: String, says: String
  ) async throws {
    try await onePhotoEach { family in
      try await family.shell("LEDGER='\(try Family.program())'; \(damage)")
      let run = try await family.ledger(
        "doctor", "--json", "-C", family.path("desk"), status: 1)
      let wrong = try run.lines().filter { $0["ok"] == .bool(false) }
      let found = try #require(wrong.first { $0["subject"].text == subject }, "\(run.output)")
      let text = (found["detail"].text ?? "") + " " + (found["hint"].text ?? "")
      #expect(text.contains(says), "\(text)")
    }
  }
}
