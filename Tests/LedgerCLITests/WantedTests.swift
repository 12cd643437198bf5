import LedgerTestKit
import Testing

/// Two places that agree on three photos, of which plex lacks the last; plex keeps no videos. A third one
/// has nothing yet.
private func places(_ body: (Family, _ program: String) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join([("desk", "photo,video"), ("plex", "photo"), ("google", "none")])
    try await family.ledger("location", "set", "plex", "keeps", "photo", at: "plex")
    try await family.shell(
      "for n in 1 2 3; do echo $n >desk/$n.jpg; done; cp -p desk/[12].jpg plex/")
    try await family.sync("desk", "plex", "desk")
    try await body(family, try Family.program())
  }
}

@Suite struct `What a location lacks and should have` {
  @Test func `is neither deleted, pruned, in conflict nor of a type that it does not keep`()
    async throws
  {
    try await places { family, _ in
      func wanted(_ place: String = "desk") async throws -> String {
        try await family.ledger("ls", "--wanted-at", "plex", at: place).output
      }
      #expect(try await wanted() == "3.jpg")
      try await family.shell(
        """
        cd desk; for n in clip.mov new.jpg deleted.jpg both.jpg pruned.jpg; do echo $n >$n; done
        cp -p deleted.jpg pruned.jpg ../plex/; echo other >../plex/both.jpg
        """)
      try await family.sync("desk")
      for place in ["plex", "desk"] { try await family.ledger("sync", at: place, status: 3) }
      try await family.ledger("exec", "--", "rm", "pruned.jpg", at: "plex")
      try await family.ledger("sync", at: "plex", status: 3)
      try await family.shell("rm desk/deleted.jpg; echo edited >desk/1.jpg")
      try await family.ledger("sync", at: "desk", status: 3)
      // The deletion waits for plex to carry it out; an older version counts as lacking.
      #expect(try await wanted() == "1.jpg\n3.jpg\nnew.jpg")
      try await family.ledger("sync", at: "plex", status: 3)
      #expect(try await wanted("plex") == "1.jpg\n3.jpg\nnew.jpg")
      #expect(
        try await family.ledger("ls", "--wanted-at", "plex", "--location", "plex", at: "desk")
          .output
          == "")
      let lines = try await family.ledger("ls", "--wanted-at", "plex", "--json", at: "desk").lines()
      #expect(lines.map { $0["path"].text } == ["1.jpg", "3.jpg", "new.jpg"])
      try await family.ledger("ls", "--wanted-at", "nas", at: "desk", status: 1)
      try await family.ledger("ls", "--wanted-at", "plex", "--state", "new", at: "desk", status: 64)
    }
  }

  @Test func `is told with a NUL where a name has a line break`() async throws {
    try await places { family, _ in
      try await family.shell("cd desk; echo x >$'a\\nb.jpg'; echo y >'#c.jpg'")
      try await family.sync("desk")
      let run = try await family.ledger("ls", "--wanted-at", "plex", at: "desk")
      #expect(run.output == "3.jpg" && run.words.contains("2 files left out"))
      #expect(
        try await family.ledger("ls", "--wanted-at", "plex", "-0", at: "desk").output
          == "#c.jpg\u{0}3.jpg\u{0}a\nb.jpg\u{0}")
    }
  }

  @Test(
    arguments: [
      "ledger ls --wanted-at plex | rclone --config /dev/null copy --files-from-raw - . ../plex",
      "ledger ls --wanted-at plex -0 | rsync -a -0 --files-from=- ./ ../plex/",
    ])
  func `is what a copy script brings, and never what was deleted`(script: String) async throws {
    try await places { family, program in
      // Plex deleted a photo that desk still has, as every deletion waits for a person.
      try await family.ledger("config", "deletions", "always", at: "desk")
      try await family.shell(
        "mkdir 'desk/2026 a'; echo new >\"desk/2026 a/it's  new.jpg\"; echo clip >desk/c.mov; rm plex/2.jpg"
      )
      try await family.sync("desk", "plex")
      try await family.ledger("sync", at: "desk", status: 3)
      try await family.ledger(
        "exec", "--at", "../plex", "--", "bash", "-euo", "pipefail", "-c",
        "ledger() { \(program) \"$@\"; }; \(script)", at: "desk")
      #expect(
        try await family.shell(
          "cd plex; find . -name '*.*' -type f -not -path './.ledger/*' | sort")
          == "./1.jpg\n./2026 a/it's  new.jpg\n./3.jpg")
      let events = try await family.ledger("log", "--json", "--location", "plex", at: "plex")
        .lines()
      let arrivals = events.filter { $0["type"].text == "added" && $0["cause"] != .null }
      #expect(
        arrivals.compactMap { $0["path"].text }.sorted() == [
          "1.jpg", "2.jpg", "2026 a/it's  new.jpg", "3.jpg",
        ])
    }
  }
}
