import LedgerTestKit
import Testing

/// Two places that share three photos; the second has the bytes that a script brought.
private func sharedPhotos(_ folder: String) async throws -> Family {
  let family = Family(in: folder)
  try await family.join([("desk", "photo"), ("plex", "photo")])
  try await family.shell(
    "for n in 1 2 3; do head -c 4000 /dev/urandom >desk/$n.jpg; done; cp -p desk/*.jpg plex/")
  try await family.sync("desk", "plex", "desk")
  return family
}

@Suite struct `A file that a disk damaged` {
  @Test func `is found by verify, told with who has the right bytes, and no version`() async throws
  {
    try await withTemporaryFolder { folder in
      let family = try await sharedPhotos(folder)
      try await damage("2.jpg", in: family)

      let run = try await family.ledger("verify", at: "desk", status: 2)

      #expect(run.words.contains("damaged: 2.jpg"))
      #expect(run.words.contains("The right bytes are at plex."))
      let file = try await family.file("2.jpg", at: "desk")
      #expect(file["state"].text == "partial")
      try await family.sync("desk", "plex")
      let log = try await family.ledger("log", "2.jpg", at: "plex").output
      #expect(log.contains("damaged") && !log.contains("changed"))
      #expect(
        try await family.file("2.jpg", at: "plex")["copies"]["plex"]["state"].text == "present")
    }
  }

  @Test func `is no edit, also where the cache was lost`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await sharedPhotos(folder)
      try await damage("2.jpg", in: family)
      try await family.ledger("verify", at: "desk", status: 2)

      try await family.shell("rm -r cache")
      let run = try await family.ledger("sync", "--json", at: "desk")

      #expect(try run.last("summary")["recorded"] == .object([:]))
      #expect(try await family.ledger("verify", at: "desk", status: 0).output.contains("3 whole"))
    }
  }

  @Test func `is whole again once its right bytes are back`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await sharedPhotos(folder)
      try await damage("2.jpg", in: family)
      try await family.ledger("verify", at: "desk", status: 2)

      try await family.shell("cp plex/2.jpg desk/2.jpg")
      try await family.sync("desk")

      #expect(try await family.file("2.jpg", at: "desk")["state"].text == "synced")
      try await family.ledger("verify", at: "desk")
    }
  }

  @Test(arguments: ["plex", "copy"])
  func `gets its right bytes from another place or folder, and goes to the trash`(from: String)
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = try await sharedPhotos(folder)
      try await family.shell("cp -r plex copy; rm -r copy/.ledger; stat -c %y desk/2.jpg >time")
      try await damage("2.jpg", in: family)
      let source = from == "plex" ? from : "../copy"
      #expect(
        try await family.ledger("restore", "--from", source, "--yes", at: "desk").output
          .contains("No file is known to be damaged"))
      try await family.ledger("verify", at: "desk", status: 2)

      let run = try await family.ledger("restore", "--from", source, "--yes", at: "desk")

      #expect(run.output.contains("1 file whole again"))
      try await family.shell(
        "cmp desk/2.jpg plex/2.jpg; ! cmp -s desk/.ledger/trash/desk/*/file plex/2.jpg")
      try await family.ledger("verify", at: "desk")
      try await family.sync("desk", "plex")
      #expect(try await family.file("2.jpg", at: "plex")["state"].text == "synced")
      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "plex"))
    }
  }

  @Test func `stays where it is while nobody has its right bytes`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await sharedPhotos(folder)
      try await damage("2.jpg", in: family)
      try await family.ledger("verify", at: "desk", status: 2)
      let before = try await family.shell(
        "sha256sum desk/2.jpg; ls -A desk/.ledger/trash 2>/dev/null || true")
      try await family.shell("mkdir other; cp desk/2.jpg other/2.jpg")

      for source in ["../other", "../nowhere"] {
        let run = try await family.ledger(
          "restore", "--from", source, "--yes", at: "desk", status: source == "../other" ? 3 : 1)
        #expect(run.words.contains(source == "../other" ? "right bytes" : "no folder"))
      }
      try await family.shell("rm other/2.jpg")
      try await family.ledger("restore", "--from", "../other", "--yes", at: "desk", status: 3)

      let after = try await family.shell(
        "sha256sum desk/2.jpg; ls -A desk/.ledger/trash/desk")
      #expect(after == before)
    }
  }

  @Test func `is read oldest first, and a limit is gone on from`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await sharedPhotos(folder)
      // The check of 2.jpg is the oldest: two runs of one file each must not come back to the first.
      try await damage("2.jpg", in: family)
      var statuses: [Int32] = []
      for run in 0..<3 {
        let prefix = ["env", "NO_FAKE_STAT=1", "faketime", "-f", "+\(run + 1)h"]
        var later = family
        later.prefix = prefix
        let run = try await later.ledger(
          "verify", "--limit", "5k", at: "desk", status: run == 2 ? 2 : 0)
        statuses.append(run.status)
        #expect(run.output.contains("read 1 file "))
        #expect(run.output.contains("2 files left"))
      }
      #expect(statuses == [0, 0, 2])
      #expect(
        try await family.ledger("verify", "--older-than", "1d", at: "desk").output
          .contains("read 0 files"))
      try await family.ledger("verify", "--limit", "five", at: "desk", status: 64)
      try await family.ledger("verify", "nowhere.jpg", at: "desk", status: 1)
    }
  }

  @Test func `is told as damaged where it is read for further digests`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await sharedPhotos(folder)
      try await damage("2.jpg", in: family)
      try await family.ledger("config", "digests", "sha256,md5", at: "desk")

      let run = try await family.ledger("sync", "--json", at: "desk")

      let recorded = try run.last("summary")["recorded"]
      #expect(recorded == .object(["damaged": .number(1), "identified": .number(2)]))
      #expect(try await family.file("2.jpg", at: "desk")["state"].text == "partial")
    }
  }

  // The stamp of a file that was written to tells it; so the known stamp is made to fit, as a disk's
  // own doing leaves it.
  private func damage(_ name: String, in family: Family) async throws {
    try await family.shell(
      """
      printf X | dd of=desk/\(name) bs=1 seek=100 conv=notrunc status=none
      python3 - cache/ledger/*/desk/cache.sqlite desk/\(name) \(name) <<'END'
      import os, sqlite3, sys
      cache, file, name = sys.argv[1:]
      s = os.stat(file)
      db = sqlite3.connect(cache)
      db.execute(
        "UPDATE files SET modified=?, modifiedNanos=?, changed=?, changedNanos=?, hashed=? WHERE path=?",
        (s.st_mtime_ns // 10**9, s.st_mtime_ns % 10**9, s.st_ctime_ns // 10**9,
         s.st_ctime_ns % 10**9, s.st_ctime_ns // 10**9 + 60, name.encode()))
      assert db.total_changes == 1
      db.commit()
      END
      """)
  }
}
