import CustomDump
import Foundation
import GRDB
import LedgerTestKit
import Testing

/// Two places with 150 photos each, both synced.
private func twoPlaces(
  _ folder: String, _ body: (Family) async throws -> Void
) async throws {
  let family = Family(in: folder)
  try await family.join([("amazon", "photo"), ("desk", "photo")])
  try await family.shell("for i in {001..150}; do echo photo $i >amazon/$i.jpg; done")
  try await family.sync("amazon")
  try await family.shell("cp -a amazon/*.jpg desk/")
  try await family.sync("desk", "amazon")
  try await body(family)
}

private func live(_ family: Family, _ place: String) async throws -> Int? {
  Int(try await family.shell("find \(place) -name '*.jpg' -not -path '*/.ledger/*' | wc -l"))
}

@Suite struct `A sync that must not act` {
  @Test func `changes nothing anywhere as a dry run, and tells what a run would do`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("rm amazon/001.jpg")
        try await family.sync("amazon")
        try await family.shell("echo new >desk/new.jpg")
        let before = try await family.picture()
        let run = try await family.ledger("sync", "--dry-run", "--json", at: "desk")
        let after = try await family.picture()
        expectNoDifference(after, before)
        let planned = try run.last("planned")
        #expect(planned["action"].text == "trash" && planned["path"].text == "001.jpg")
        #expect(try run.last("recorded")["path"].text == "new.jpg")

        let real = try await family.ledger("sync", "--json", at: "desk")
        #expect(try real.last("planned")["path"].text == "001.jpg")
        #expect(try await family.file("new.jpg", at: "desk")["state"].text == "new")
      }
    }
  }

  @Test func `halts when too much is gone, until a person says yes`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell(
          "rm amazon/0*.jpg amazon/100.jpg amazon/101.jpg; echo x >amazon/new.jpg")
        let halted = try await family.ledger("sync", at: "amazon", status: 7)
        #expect(halted.words.contains("101 files of 150 are gone"))
        #expect(halted.words.contains("ledger sync --allow-deletes 101"))
        #expect(halted.output.contains("added new.jpg"))
        try await family.ledger("sync", at: "amazon", status: 7)
        try await family.ledger("sync", "--allow-deletes", "100", at: "amazon", status: 7)
        try await family.sync("desk")
        #expect(try await live(family, "desk") == 150)
        try await family.ledger("sync", "--allow-deletes", "101", at: "amazon")
        // More at once than the policy lets through.
        let held = try await family.ledger("sync", "--json", at: "desk", status: 3)
        #expect(try held.last("summary")["pending"] == .number(101))
        #expect(try await live(family, "desk") == 150)
        try await family.ledger("reject", "001.jpg", at: "desk")
        try await family.ledger("approve", "--all", at: "desk")
        try await family.sync("desk")
        #expect(try await live(family, "desk") == 50)
        try await family.sync("amazon")
        #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "amazon"))
      }
    }
  }

  @Test func `takes an empty root, another folder or a missing marker for no deletion`()
    async throws
  {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("mv amazon disk; mkdir amazon")
        let unmounted = try await family.ledger("sync", at: "amazon", status: 7)
        #expect(unmounted.words.contains("Mount its disk"))
        try await family.ledger("scan", "-C", family.path("amazon"), status: 7)
        try await family.shell("rmdir amazon")
        try await family.ledger("sync", "-C", family.path("amazon"), status: 7)
        try await family.shell("mkdir amazon; cp -a disk/.ledger amazon/")
        try await family.ledger("sync", at: "amazon", status: 7)
        // The folder is the right one again, but empty but for the marker.
        try await family.shell("rm -r amazon; mv disk amazon; mkdir aside; mv amazon/*.jpg aside/")
        let emptied = try await family.ledger("sync", at: "amazon", status: 7)
        #expect(emptied.words.contains("is the disk mounted?"))
        try await family.sync("desk")
        #expect(try await live(family, "desk") == 150)
        try await family.shell("mv aside/*.jpg amazon/")
        try await family.sync("amazon")
        #expect(
          try await family.ledger("log", "--json", "--type", "deleted", at: "amazon").output == "")
      }
    }
  }

  @Test func `takes a disk that came back from an older copy for no deletion`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("cp -a amazon backup")
        try await family.shell("echo late >amazon/late.jpg")
        try await family.sync("amazon")
        try await family.shell("cp -a amazon/late.jpg desk/")
        try await family.sync("desk")
        try await family.shell("rm -r amazon/* amazon/.ledger; cp -a backup/. amazon/")
        let run = try await family.ledger("sync", at: "amazon", status: 7)
        #expect(run.words.contains("came back from an older copy"))
        try await family.sync("desk")
        #expect(try await live(family, "desk") == 151)
        try await family.shell("cp -a desk/late.jpg amazon/")
        try await family.sync("amazon")
        #expect(try await family.fingerprint(of: "desk") != nil)
      }
    }
  }

  /// What tells that the disk came back is overwritten by whatever records first.
  @Test(arguments: ["an arrival", "a decision", "a take-over"])
  func `takes nothing for deleted, whatever is recorded first on a disk that came back`(
    first: String
  ) async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("cp -a amazon backup; echo late >amazon/late.jpg")
        try await family.sync("amazon")
        try await family.shell("rm -r amazon/* amazon/.ledger; cp -a backup/. amazon/")
        switch first {
        case "an arrival":
          try await family.shell("echo new >amazon/new.jpg")
          try await family.ledger("sync", at: "amazon", status: 7)
        case "a decision":
          try await family.ledger("config", "trash-days", "100", at: "amazon")
        default:
          try await family.shell("rm -r state/ledger/*/amazon")
          try await family.ledger(
            "join", family.hub, "--as", "amazon", "--take-over", "amazon")
        }

        try await family.ledger("sync", at: "amazon", status: 7)
        try await family.sync("desk")
        let file = try await family.file("late.jpg", at: "desk")

        #expect(file["copies"]["amazon"]["state"].text == "present")

        try await family.ledger("sync", "--allow-deletes", "1", at: "amazon")
        try await family.shell("rm amazon/001.jpg")
        try await family.sync("amazon", "desk")
        let deleted = try await family.ledger("ls", "--state", "deleted", at: "desk").output
        #expect(deleted.contains("late.jpg") && deleted.contains("001.jpg"))
      }
    }
  }

  @Test func `takes a machine that came back from an older copy for no deletion`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("cp -a state backup; cp -a cache backup-cache")
        try await family.shell("echo late >amazon/late.jpg")
        try await family.sync("amazon")
        try await family.shell("cp -a amazon/late.jpg desk/")
        try await family.sync("desk")
        try await family.shell(
          """
          cd state/ledger/*/; rm -r amazon; cp -a ../../../backup/ledger/*/amazon .
          cd ../../../cache/ledger/*/; rm -r amazon; cp -a ../../../backup-cache/ledger/*/amazon .
          """)
        try await family.shell("rm amazon/late.jpg amazon/001.jpg")
        try await family.ledger("sync", at: "amazon", status: 7)
        try await family.sync("desk")
        #expect(try await live(family, "desk") == 151)
        try await family.ledger("sync", "--allow-deletes", "2", at: "amazon")
        try await family.sync("desk")
        #expect(try await live(family, "desk") == 149)
      }
    }
  }

  @Test func `reports what can't be read, and records nothing as gone`() async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell(
        "mkdir desk/shut desk/open; echo a >desk/shut/a.jpg; echo b >desk/open/b.jpg; echo c >desk/c.jpg"
      )
      try await family.sync("desk")
      try await family.shell("chmod 0 desk/shut; rm desk/open/b.jpg")
      // Root reads everything, unless it gives that up.
      if geteuid() == 0 {
        family.prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
      }
      let run = try await family.ledger("sync", "--json", at: "desk", status: 6)
      #expect(try run.last("summary")["unknown"] == .number(1))
      #expect(try run.last("summary")["recorded"] == .object([:]))
      #expect(try run.last("attention")["reason"].text == "unreadable")
      #expect(try run.last("attention")["path"].text == "shut")
      try await family.shell("chmod 700 desk/shut")
      let next = try await family.ledger("sync", "--json", at: "desk")
      #expect(try next.last("summary")["recorded"] == .object(["deleted": .number(1)]))
    }
  }

  @Test func `takes a change of ignore rules for no deletion, also where the cache was lost`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell(
        "mkdir $'desk/e\\314\\201'; echo a >$'desk/e\\314\\201/a.jpg'; echo b >desk/b.jpg; echo c >desk/c.jpg"
      )
      try await family.sync("desk")
      try await family.shell(
        "printf 'b.jpg\\n/e*/\\n' >desk/.ledgerignore; rm desk/c.jpg; ln -s b.jpg desk/c.jpg; rm -r cache"
      )
      try await family.sync("desk")
      let listed = try await family.ledger("ls", "-0", at: "desk").output
      #expect(listed.split(separator: "\0").count == 3)
      #expect(
        try await family.ledger("log", "--json", "--type", "deleted", at: "desk").output == "")
    }
  }

  @Test func `hashes a file with a time in the future once`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("echo a >desk/a.jpg; touch -d '2099-01-01' desk/a.jpg")
      try await family.sync("desk", "desk")
      let summary = try await family.ledger("sync", "--json", at: "desk").last("summary")
      #expect(summary["hashed"] == .number(0))
    }
  }
}

@Suite struct `What a run depends on` {
  @Test func `the hub may be away, and hears of everything later`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("mv hub.git away.git; rm amazon/001.jpg")
        let run = try await family.ledger("sync", at: "amazon", status: 5)
        #expect(run.output.contains("deleted 001.jpg"))
        #expect(run.words.contains("goes out with the next sync"))
        try await family.ledger("sync", "--offline", at: "amazon")
        try await family.shell("mv away.git hub.git")
        try await family.sync("amazon", "desk")
        #expect(try await live(family, "desk") == 149)
      }
    }
  }

  @Test func `clocks that are years apart decide nothing, and are told`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("rm amazon/001.jpg")
        try await family.shell(
          "faketime '3 years' \(try Family.program()) sync -C amazon; rm amazon/002.jpg")
        let run = try await family.ledger("sync", "--json", at: "desk")
        #expect(try run.last("attention")["reason"].text == "clock")
        #expect(try await live(family, "desk") == 149)
        try await family.shell("faketime '9 years ago' \(try Family.program()) sync -C amazon")
        try await family.sync("desk")
        #expect(try await live(family, "desk") == 148)
      }
    }
  }

  @Test func `markers and trash that a script brought along are left alone, and told`() async throws
  {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        try await family.shell("rm amazon/001.jpg")
        try await family.sync("amazon", "desk")
        try await family.shell("cp -a desk/. amazon/")
        let run = try await family.ledger("sync", at: "amazon")
        #expect(run.words.contains("brought .ledger of desk here"))
        #expect(try await family.ledger("trash", "list", at: "amazon").output == "")
        let status = try await family.ledger("status", "--json", at: "amazon").last("status")
        #expect(status["location"].text == "amazon")
      }
    }
  }

  @Test func `one run at a time has the lock`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        let program = try Family.program()
        let status = try await family.shell(
          "exec 9<>state/ledger/*/amazon/lock; flock 9; \(program) sync -C amazon 2>words && true; echo $?"
        )
        #expect(status == "4")
        #expect(try await family.shell("cat words").contains("holds the lock"))
        try await family.sync("amazon")
      }
    }
  }

  @Test(arguments: [
    "rm -r cache", "truncate -s 0 cache/ledger/*/*/cache.sqlite",
    "for f in cache/ledger/*/*/cache.sqlite; do head -c 20000 /dev/zero >$f; done",
    "for f in cache/ledger/*/*/cache.sqlite; do truncate -s 40000 $f; done",
    "for f in cache/ledger/*/*/cache.sqlite; do dd if=/dev/zero of=$f bs=4096 seek=5 count=30 conv=notrunc; done",
  ])
  func `the cache may be lost or spoilt, and costs a replay and no event`(
    damage: String
  ) async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        let before = try await family.fingerprint(of: "desk")
        try await family.shell(damage)
        for place in ["amazon", "desk"] {
          let run = try await family.ledger("sync", "--json", at: place).last("summary")
          #expect(run["recorded"] == .object([:]))
          #expect(run["hashed"] == .number(150))
          let again = try await family.ledger("sync", "--json", at: place).last("summary")
          #expect(again["hashed"] == .number(0))
        }
        #expect(try await family.fingerprint(of: "desk") == before)
      }
    }
  }

  @Test func `a cache that differs is told by replay and mended by --rebuild`() async throws {
    try await withTemporaryFolder { folder in
      try await twoPlaces(folder) { family in
        let path = try await family.shell("ls $PWD/cache/ledger/*/amazon/cache.sqlite")
        try await DatabaseQueue(path: path).write { database in
          try database.execute(sql: "DELETE FROM paths WHERE id = (SELECT max(id) FROM paths)")
        }
        let run = try await family.ledger("replay", "--json", at: "amazon", status: 2)
        #expect(try run.last("replay")["cache"].text == "differs")
        try await family.ledger("replay", "--rebuild", at: "amazon")
        #expect(try await family.fingerprint(of: "amazon") != nil)
      }
    }
  }
}
