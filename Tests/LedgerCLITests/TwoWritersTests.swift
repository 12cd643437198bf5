import LedgerTestKit
import Testing

@Suite struct `Two machines that write as one location` {
  /// A desk whose state was copied to a second machine before the first one recorded `t.jpg`; the
  /// second recorded offline that `m.jpg` came, `k.jpg` went and `a.jpg` was changed.
  private func parted(in folder: String) async throws -> Family {
    let first = Family(in: folder)
    var second = first
    try await first.join([("desk", "photo"), ("plex", "photo")])
    try await first.shell("echo a >desk/a.jpg; echo k >desk/k.jpg; cp desk/?.jpg plex")
    try await first.sync("desk", "plex", "desk")
    try await first.shell(
      "cp -a state state2; cp -a cache cache2; cp desk/.ledger/desk.json marker")
    try await first.shell("echo t >desk/t.jpg")
    try await first.sync("desk")
    try await first.shell("mv desk/t.jpg . && cp marker desk/.ledger/desk.json")
    second.environment["XDG_STATE_HOME"] = "\(folder)/state2"
    second.environment["XDG_CACHE_HOME"] = "\(folder)/cache2"
    try await second.shell("echo m >desk/m.jpg; rm desk/k.jpg; echo edited >desk/a.jpg")
    try await second.ledger("sync", "--offline", at: "desk")
    return second
  }

  @Test func `are both named, with what they wrote and when, and nothing is touched`() async throws
  {
    try await withTemporaryFolder { folder in
      let second = try await parted(in: folder)
      let heads = try await second.shell("git -C hub.git for-each-ref")

      let told = try await second.ledger("sync", "--json", at: "desk", status: 1)

      let error = try #require(try JSON.lines(told.words).last)
      let message = error["message"].text ?? ""
      #expect(error["code"].text == "two-writers")
      #expect(message.contains("events 4 to 4") && message.contains("events 4 to 6"), "\(message)")
      #expect(error["hint"].text?.contains("--take-over \(folder)/desk") == true)
      #expect(try await second.shell("git -C hub.git for-each-ref") == heads)
      #expect(try await second.shell("ls desk") == "a.jpg\nm.jpg")
    }
  }

  @Test func `lose nothing by a take-over: one goes on behind the other, and deletions only ask`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let second = try await parted(in: folder)
      let joined = try await second.ledger(
        "join", second.hub, "--as", "desk", "--take-over", "desk", "--json")
      #expect(try joined.last("joined")["carried"] == .number(3))

      let run = try await second.ledger("sync", at: "desk", status: 7)
      #expect(run.words.contains("--allow-deletes 1"), "\(run.words)")
      // Until somebody has looked, no byte goes anywhere.
      try await second.shell("rm -rf state && mv state2 state && rm -rf cache && mv cache2 cache")
      var family = second
      family.environment["XDG_STATE_HOME"] = "\(folder)/state"
      family.environment["XDG_CACHE_HOME"] = "\(folder)/cache"
      try await family.ledger("sync", at: "plex", status: 3)
      #expect(try await family.shell("cat plex/k.jpg plex/a.jpg") == "k\na")
      #expect(try await family.file("t.jpg", at: "plex")["state"].text == "new")
      #expect(try await family.file("m.jpg", at: "plex")["state"].text == "new")
      let pending = try await family.ledger("status", "--json", at: "plex").last("status")
      #expect(pending["pending"].elements.map { $0["path"].text } == ["k.jpg"])
      let replay = try await family.ledger("replay", at: "desk")
      #expect(!replay.output.contains("malformed"))
      try await family.ledger("hub", "check", family.hub)

      try await family.ledger("approve", "--all", at: "plex")
      try await family.ledger("sync", at: "plex", status: 3)
      #expect(try await family.shell("ls plex") == "a.jpg")
      #expect(try await family.shell("cat plex/.ledger/trash/plex/*/file") == "k")
    }
  }

  @Test func `are kept apart where a disk was cloned: the state knows its machine`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      func machine(_ id: Character) -> Family {
        var machine = family
        // A machine of its own, in a mount namespace of its own.
        machine.prefix = [
          "unshare", "-m", "sh", "-e", "-c",
          """
          mkdir -p "$1" && mount -t tmpfs none "$1" && cp -a /etc/. "$1" && echo "$2" >"$1/machine-id"
          mount --bind "$1" /etc && shift 2 && exec "$@"
          """, "sh", "\(folder)/etc", String(repeating: id, count: 32),
        ]
        return machine
      }
      let (mine, copy) = (machine("a"), machine("b"))
      try await mine.join([("desk", "photo")])
      try await mine.shell("echo a >desk/a.jpg")
      try await mine.sync("desk")
      let head = try await family.shell("git -C hub.git rev-parse desk; rm desk/a.jpg")

      for command in ["sync", "scan"] {
        let refused = try await copy.ledger(command, at: "desk", status: 1)
        #expect(refused.words.contains("was made on another machine"), "\(refused.words)")
      }
      try await copy.ledger("status", at: "desk")
      #expect(try await family.shell("git -C hub.git rev-parse desk") == head)
      try await copy.ledger("join", copy.hub, "--as", "desk", "--take-over", "desk")
      try await copy.ledger("sync", at: "desk", status: 7)
      try await mine.ledger("sync", at: "desk", status: 1)
    }
  }
}
