import LedgerTestKit
import Testing

/// With so little memory that a replay holds five events at a time, and reads the log again for each of
/// its parts.
@Suite struct `A log that is larger than the memory` {
  @Test func `is replayed to the same, of now and then, and fills the same cache`() async throws {
    try await sixPhotos { family in
      var small = family
      small.environment["LEDGER_MEMORY"] = "6000"
      let then = try await family.shell("git -C hub.git rev-parse main")
      try await family.shell(
        "mv amazon/a/1.jpg amazon/c.jpg; rm amazon/b/2.jpg; echo new >amazon/b/3.jpg")
      try await family.sync("amazon", "desk", "amazon")

      for question in [
        ["replay", "--dump"], ["replay", "--dump", "--at", then], ["status", "--at", then],
        ["ls", "--json", "--at", then], ["replay", "--repo", family.hubPath],
      ] {
        let asked = try await small.ask(question, at: "desk")
        #expect(try await asked == family.ask(question, at: "desk"))
        #expect(asked.split(separator: "\n").count > 1)
      }
      #expect(
        try await small.ledger("hub", "check", family.hubPath, at: "desk").output
          == family.ledger("hub", "check", family.hubPath, at: "desk").output)

      // A cache that was filled in parts, by a location that is there and by one that joins.
      try await family.shell("rm cache/ledger/*/desk/cache.sqlite*")
      try await small.ledger("status", at: "desk")
      try await family.shell("mkdir plex")
      try await small.ledger("join", family.hub, "--as", "plex", "plex")
      for place in ["desk", "plex"] {
        #expect(try await family.fingerprint(of: place) != nil)
        #expect(try await small.fingerprint(of: place) == family.fingerprint(of: place))
        let files = try await family.ask(["ls", "--json"], at: place)
        let events = try await family.ask(["log", "--json"], at: place)
        try await family.shell("rm cache/ledger/*/\(place)/cache.sqlite*")
        #expect(try await files == family.ask(["ls", "--json"], at: place))
        #expect(try await events == family.ask(["log", "--json"], at: place))
      }
    }
  }

  @Test func `tells a terminal how far it is, and leaves nothing there`() async throws {
    try await sixPhotos { family in
      let command = "python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' \(try Family.program())"
      let shown = try await family.shell("\(command) replay -C desk </dev/null")
      #expect(shown.contains(/\r\u{1b}\[Kreading the log …(\r\u{1b}\[K)+replaying the log,/))
      #expect(shown.contains(/%(, 0 s left)?\r\u{1b}\[K[0-9]+ events/))
      try await family.shell("rm cache/ledger/*/desk/cache.sqlite*")
      let filling = try await family.shell("\(command) status -C desk </dev/null")
      #expect(filling.contains(/filling the cache, [0-9]+ %(, 0 s left)?\r\u{1b}\[KAll 7 files/))
    }
  }

  @Test(arguments: ["1G", "", "0", "-1", "99999999999999999999"])
  func `is not replayed with a memory that is no number of bytes`(memory: String) async throws {
    try await sixPhotos { family in
      var small = family
      small.environment["LEDGER_MEMORY"] = memory
      let run = try await small.ledger("replay", at: "desk", status: 64)
      #expect(run.words.contains("no number of bytes. Nothing was done."))
    }
  }

  /// A hub takes a push batch by batch, and what is wrong with one it tells as ever.
  @Test func `is told apart where a batch of it is void`() async throws {
    try await sixPhotos { family in
      var small = family
      small.environment["LEDGER_MEMORY"] = "6000"
      try await family.shell(
        """
        git clone -q -b amazon hub.git clone; cd clone
        git config user.name x; git config user.email x
        file=$(git ls-files 'events/amazon/*' | tail -n 1)
        sed -i '2s/"type":"[a-z]*"/"type":7/' "$file"
        git commit -qam void
        git -C ../hub.git fetch -q ../clone +HEAD:refs/heads/amazon
        """)

      let asked = try await small.ledger("replay", "--repo", family.hubPath)

      let whole = try await family.ledger("replay", "--repo", family.hubPath)
      #expect(asked.output == whole.output && asked.words == whole.words)
      #expect(asked.words.contains("problem:"))
    }
  }
}

extension Family {
  fileprivate func ask(_ question: [String], at place: String) async throws -> String {
    let run = try await HermeticGit.runProgram(
      [try Self.program()] + question, in: path(place), environment: environment)
    #expect(run.exitStatus == 0, "\(question): \(run.words)")
    return run.output + "\n" + run.words
  }
}
