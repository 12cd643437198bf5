import LedgerTestKit
import Testing

/// Two places with the say over photos that agree on three.
private func twoPlaces(_ body: (Family, _ program: String) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join([("desk", "photo"), ("plex", "photo")])
    try await family.shell("for n in 1 2 3; do echo $n >desk/$n.jpg; done; cp -p desk/*.jpg plex/")
    try await family.sync("desk", "plex", "desk")
    try await body(family, try Family.program())
  }
}

/// The types of the events about a file that a place wrote, with `*` where one has a cause.
private func types(_ path: String, by place: String, _ family: Family) async throws -> [String] {
  try await family.ledger("log", "--json", "--location", place, path, at: place).lines()
    .compactMap { event in event["type"].text.map { $0 + (event["cause"] == .null ? "" : "*") } }
}

@Suite struct `A script under exec` {
  @Test func `brings arrivals and prunes, also where a person's removal would go everywhere`()
    async throws
  {
    try await twoPlaces { family, _ in
      try await family.shell("echo new >desk/new.jpg; rm desk/3.jpg")
      let run = try await family.ledger(
        "exec", "--at", "../plex", "--", "sh", "-c",
        "cp -p new.jpg ../plex/; rm ../plex/1.jpg 2.jpg",
        at: "desk")
      #expect(
        run.words.contains("desk: 1 pruned.") && run.words.contains("plex: 1 added, 1 pruned."))
      try await family.sync("desk", "plex", "desk")
      #expect(try await types("1.jpg", by: "plex", family) == ["added*", "pruned"])
      #expect(try await types("2.jpg", by: "desk", family) == ["added", "pruned"])
      #expect(try await types("new.jpg", by: "desk", family) == ["added"])
      // A person removed it before the script ran.
      #expect(try await types("3.jpg", by: "desk", family) == ["added", "deleted"])
      #expect(
        try await family.shell("ls desk plex") == "desk:\n1.jpg\nnew.jpg\n\nplex:\n2.jpg\nnew.jpg")
      // Both know of it, so that the copy is an arrival.
      #expect(try await family.file("new.jpg", at: "plex")["state"].text == "synced")
    }
  }

  @Test func `counts as the script where the wrapper was killed`() async throws {
    try await twoPlaces { family, program in
      try await family.shell(
        """
        mkfifo started go
        \(program) exec -C desk -- sh -c ': >../started; cat ../go; rm 1.jpg' 2>words &
        wrapper=$!
        : <started
        kill -9 $wrapper; wait $wrapper || true
        : >go
        \(program) sync --wait -C desk
        """)
      #expect(try await types("1.jpg", by: "desk", family) == ["added", "pruned"])
      // And nothing counts as a script's from then on.
      try await family.shell("rm desk/2.jpg")
      try await family.sync("desk")
      #expect(try await types("2.jpg", by: "desk", family) == ["added", "deleted"])
    }
  }

  @Test func `ends with the command's status, as a shell gives it`() async throws {
    try await twoPlaces { family, program in
      try await family.ledger("exec", "--", "sh", "-c", "exit 42", at: "desk", status: 42)
      try await family.ledger("exec", "--", "sh", "-c", "kill -9 $$", at: "desk", status: 137)
      try await family.ledger("exec", "--", "./no-such-program", at: "desk", status: 127)
      try await family.ledger("exec", "--", "./1.jpg", at: "desk", status: 126)
      try await family.ledger("exec", at: "desk", status: 64)
      let output = try await family.ledger("exec", "--", "cat", "1.jpg", at: "desk").output
      #expect(output == "1")
    }
  }

  @Test(arguments: ["TERM", "INT", "HUP"])
  func `hears the signals that its wrapper gets, and is recorded all the same`(
    signal: String
  ) async throws {
    try await twoPlaces { family, program in
      let status = try await family.shell(
        """
        mkfifo started
        set -m
        \(program) exec -C desk -- bash -c \
          'trap "rm 1.jpg; exit 9" \(signal); echo >../started; for ((i = 0; i < 9999999; i++)); do :; done' 2>words &
        wrapper=$!
        read line <started
        kill -\(signal) $wrapper
        wait $wrapper && echo 0 || echo $?
        """)
      #expect(status == "9")
      #expect(try await types("1.jpg", by: "desk", family) == ["added", "pruned"])
    }
  }

  @Test func `does not begin where removals of before would be taken for its own`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("for i in {001..150}; do echo $i >desk/$i.jpg; done")
      try await family.sync("desk")
      try await family.shell("rm desk/0*.jpg desk/10?.jpg")
      let run = try await family.ledger("exec", "--", "touch", "ran", at: "desk", status: 7)
      #expect(run.words.contains("The command was not run."))
      #expect(try await family.shell("ls desk | wc -l") == "41")
      try await family.ledger("sync", "--allow-deletes", "109", at: "desk")

      // The guard holds for scripts too, and its yes is a yes to what the script did.
      try await family.ledger("config", "guard", "10,1%", at: "desk")
      try await family.ledger("exec", "--", "sh", "-c", "rm 11?.jpg 12?.jpg", at: "desk")
      try await family.ledger("sync", at: "desk", status: 7)
      try await family.ledger("sync", "--allow-deletes", "20", at: "desk", status: 0)
      #expect(try await types("115.jpg", by: "desk", family) == ["added", "pruned"])
    }
  }

  @Test func `takes the locks of several places in one order`() async throws {
    try await twoPlaces { family, program in
      try await family.shell(
        """
        for n in 1 2 3 4 5; do
          \(program) exec --wait -C desk --at "$PWD/plex" -- true 2>>words &
          \(program) exec --wait -C plex --at "$PWD/desk" --at "$PWD/plex" -- true 2>>words &
        done
        for job in $(jobs -p); do wait $job; done
        """)
    }
  }
}
