import Foundation
import LedgerTestKit
import Testing

/// One place with the say over everything, with `count` photos of 10 bytes in `photos/`, synced, whose
/// guard allows five files and a tenth.
private func onePlace(
  _ folder: String, photos count: Int = 100, more: String = "", guarded: String = "5,10%",
  _ body: (Family) async throws -> Void
) async throws {
  let family = Family(in: folder)
  try await family.join([("desk", "photo,video,sidecar,other")])
  try await family.ledger("location", "set", "desk", "guard", guarded, at: "desk")
  try await family.shell(
    "mkdir desk/photos; for i in {1001..\(1000 + count)}; do echo photo$i >desk/photos/$i.jpg; done"
  )
  try await family.shell(more)
  try await family.sync("desk")
  try await body(family)
}

/// The command after "If that is meant: ", as a person copies it from the screen.
private func printedYes(_ run: Family.Run) throws -> String {
  let words = run.words.split(separator: "\n").first { $0.contains("If that is meant: ") }
  let end = try #require(words?.range(of: "If that is meant: ")).upperBound
  return String(try #require(words)[end...])
}

@Suite struct `The guard` {
  @Test(arguments: ["100[1-5]", "100[1-9]"])
  func `lets through what is not over the count, or not over the share`(names: String)
    async throws
  {
    try await withTemporaryFolder { folder in
      try await onePlace(folder) { family in
        let gone = try await family.shell(
          "ls desk/photos/\(names).jpg | wc -l; rm desk/photos/\(names).jpg")
        let run = try await family.ledger("sync", "--json", at: "desk")
        let count = try #require(Double(gone))
        #expect(try run.last("summary")["recorded"] == .object(["deleted": .number(count)]))
      }
    }
  }

  @Test func `takes many small removals of a day for one, until a person has said yes`()
    async throws
  {
    try await withTemporaryFolder { folder in
      try await onePlace(folder) { family in
        try await family.shell("rm desk/photos/100[1-9].jpg")
        // Nine are no more than the guard allows, and to nine nobody has said yes.
        try await family.ledger("sync", "--allow-deletes", "3", at: "desk")
        try await family.shell("rm desk/photos/101[1-2].jpg")
        let run = try await family.ledger("sync", at: "desk", status: 7)
        #expect(run.words.contains("2 files of 91 are gone, after 9 within a day"), "\(run.words)")
        #expect(try printedYes(run) == "ledger sync --allow-deletes 2")
        try await family.ledger("sync", "--allow-deletes", "2", at: "desk")

        try await family.shell("rm desk/photos/102[1-5].jpg")
        try await family.sync("desk")
      }
    }
  }

  @Test func `takes many small deletions of another place for one, until a person has approved`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("amazon", "photo"), ("desk", "photo")])
      try await family.shell(
        "for i in {10..60}; do echo photo$i >amazon/$i.jpg; done; cp -p amazon/* desk/")
      try await family.sync("amazon", "desk", "amazon")
      try await family.ledger("config", "deletions", "over:3", at: "desk")
      try await family.ledger("location", "set", "desk", "guard", "3,10%", at: "desk")
      try await family.sync("desk", "amazon")
      for round in 1...2 {
        try await family.shell("rm amazon/\(round)[1-3].jpg")
        try await family.sync("amazon")
        try await family.ledger("sync", at: "desk", status: round == 1 ? 0 : 3)
      }
      let word = try await family.ledger("sync", at: "desk", status: 3)
      #expect(try await family.shell("ls desk | wc -l") == "48", "\(word.words)")
      try await family.ledger("approve", "--all", at: "desk")
      try await family.sync("desk")
      #expect(try await family.shell("ls desk | wc -l") == "45")
    }
  }

  @Test func `counts bytes too, as ten long videos may be most of a library`() async throws {
    try await withTemporaryFolder { folder in
      let film =
        "mkdir desk/films; for i in {1..70}; do head -c 9000 /dev/urandom >desk/films/$i.jpg; done"
      try await onePlace(folder, more: film) { family in
        // 17 of 170 files are no more than a tenth, but they have most of the bytes.
        try await family.shell("rm desk/films/{1..17}.jpg")
        let run = try await family.ledger("sync", at: "desk", status: 7)
        #expect(run.words.contains("17 files of 170 are gone"), "\(run.words)")
        #expect(run.words.contains("films (17)"))
      }
    }
  }

  @Test func `looks at each media type alone`() async throws {
    try await withTemporaryFolder { folder in
      let videos = "mkdir desk/v; for i in {1..8}; do echo video$i >desk/v/$i.mp4; done"
      try await onePlace(folder, more: videos) { family in
        try await family.shell("rm desk/v/[1-6].mp4")
        let run = try await family.ledger("sync", at: "desk", status: 7)
        #expect(run.words.contains("6 files of 108 are gone (too many of the type video)"))
      }
    }
  }

  @Test func `counts nothing that was only renamed, not even a folder of 500 files`() async throws {
    try await withTemporaryFolder { folder in
      try await onePlace(folder, photos: 500) { family in
        try await family.shell(
          "mkdir desk/2026; mv desk/photos desk/2026/summer; rm desk/2026/summer/1001.jpg")
        let run = try await family.ledger("sync", "--json", at: "desk")
        #expect(
          try run.last("summary")["recorded"]
            == .object(["renamed": .number(499), "deleted": .number(1)]))
      }
    }
  }

  @Test func `stays tripped over further runs and arrivals, until the printed command says yes`()
    async throws
  {
    try await withTemporaryFolder { folder in
      try await onePlace(folder) { family in
        try await family.shell("rm desk/photos/10[1-4]?.jpg")
        for round in 1...3 {
          try await family.shell("for i in {1..9}; do echo $i >desk/new\(round)-$i.jpg; done")
          let run = try await family.ledger("sync", "--json", at: "desk", status: 7)
          #expect(try run.last("summary")["recorded"] == .object(["added": .number(9)]))
        }
        let word = try await family.ledger("sync", at: "desk", status: 7)
        #expect(try await family.ledger("ls", "--state", "deleted", at: "desk").output == "")

        let program = try Family.program()
        let yes = try printedYes(word)
        #expect(yes == "ledger sync --allow-deletes 40")
        // One more is gone by now, to which nobody has said yes.
        try await family.shell("mv desk/photos/1050.jpg aside.jpg")
        let path = "cd desk; PATH=\(program.dropLast("/ledger".count)):$PATH"
        #expect(try await family.shell("\(path); \(yes) 2>&1 >/dev/null || echo $?").hasSuffix("7"))
        try await family.shell("mv aside.jpg desk/photos/1050.jpg")
        try await family.shell("\(path); \(yes)")
        let deleted = try await family.ledger("ls", "--state", "deleted", "-0", at: "desk").output
        #expect(deleted.split(separator: "\0").count == 40)
      }
    }
  }

  @Test func `is over when the files are back`() async throws {
    try await withTemporaryFolder { folder in
      try await onePlace(folder) { family in
        try await family.shell("mv desk/photos aside")
        try await family.shell("echo x >desk/x.jpg")
        try await family.ledger("sync", at: "desk", status: 7)
        try await family.shell("mv aside desk/photos")
        let run = try await family.ledger("sync", "--json", at: "desk")
        #expect(try run.last("summary")["recorded"] == .object([:]))
      }
    }
  }

  @Test func `holds back changes of half the library, as ransomware makes them, and its new names`()
    async throws
  {
    try await withTemporaryFolder { folder in
      try await onePlace(folder, photos: 150) { family in
        try await family.shell("cp -a desk/photos aside")
        try await family.shell("for f in desk/photos/*; do echo encrypted $f >$f; done")
        let changed = try await family.ledger("sync", at: "desk", status: 7)
        #expect(changed.words.contains("150 files of 150 changed at once"))
        #expect(try printedYes(changed) == "ledger sync --allow-deletes 150")
        let file = try await family.file("photos/1001.jpg", at: "desk")
        #expect(file["size"] == .number(10))

        try await family.shell("for f in desk/photos/*; do mv $f $f.locked; done")
        let renamed = try await family.ledger("sync", at: "desk", status: 7)
        #expect(renamed.words.contains("150 files of 150 are gone"))
        // The new names were recorded as files that came; without them all is as before.
        try await family.shell("rm -r desk/photos; cp -a aside desk/photos")
        let yes = try await family.ledger("sync", at: "desk", status: 7)
        #expect(try printedYes(yes) == "ledger sync --allow-deletes 150")
        try await family.ledger("sync", "--allow-deletes", "150", at: "desk")
        let restored = try await family.file("photos/1150.jpg", at: "desk")
        #expect(restored["size"] == .number(10))
        #expect(
          try await family.ledger("log", "--json", "--type", "changed", at: "desk").output == "")
        let deleted = try await family.ledger("log", "--json", "--type", "deleted", at: "desk")
        #expect(try deleted.lines().allSatisfy { $0["path"].text?.hasSuffix(".locked") == true })
      }
    }
  }

  @Test(arguments: [("0", 1, 7), ("0", 0, 0), ("off", 60, 0)])
  func `allows none where it is 0, and all where it is off`(
    setting: String, count: Int, status: Int32
  ) async throws {
    try await withTemporaryFolder { folder in
      try await onePlace(folder, guarded: setting) { family in
        try await family.shell(
          "for i in {1001..1100}; do [ $i -gt \(1000 + count) ] || rm desk/photos/$i.jpg; done")
        try await family.ledger("sync", at: "desk", status: status)
      }
    }
  }
}
