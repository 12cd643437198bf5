import LedgerTestKit
import Testing

@Suite struct `A ledger that wants md5 as well` {
  @Test func `is told it of old files, a share each run, once for each content`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo"), ("plex", "none")])
      try await family.shell(
        "for n in 1 2 3; do echo photo $n >desk/$n.jpg; done; cp desk/3.jpg desk/again.jpg")
      try await family.sync("desk")
      try await family.shell("cp desk/1.jpg plex/")
      try await family.sync("plex")
      try await family.ledger("config", "digests", "sha256,md5", at: "desk")
      // No byte is allowed, so that each run reads one content.
      try await family.ledger("config", "digests-share", "1", at: "desk")

      var runs: [Int] = []
      for _ in 0..<5 {
        let run = try await family.ledger("sync", "--json", at: "desk")
        runs.append(Int(try run.last("summary")["recorded"]["identified"].number ?? 0))
      }
      #expect(runs == [1, 1, 1, 0, 0])

      let expected = try await family.shell(
        "for n in 1 2 3; do md5sum <desk/$n.jpg | cut -c-32; done"
      ).split(separator: "\n")
      let log = try await family.ledger("log", "--json", "--type", "identified", at: "desk").lines()
      #expect(
        Set(log.compactMap { $0["also"].elements.first?.text })
          == Set(expected.map { "md5:\($0)" }))

      // What another place has said needs no second saying; new files come with both digests.
      try await family.shell("echo new >plex/new.jpg")
      let run = try await family.ledger("sync", "--json", at: "plex")
      #expect(
        try run.last("summary")["recorded"] == .object(["added": .number(1)]))
      let new = try await family.ledger("log", "--json", "new.jpg", at: "plex").last("event")
      #expect(new["also"].elements.first?.text?.hasPrefix("md5:") == true)
      #expect(try await family.fingerprint(of: "plex") != nil)
    }
  }
}
