import Foundation
import LedgerTestKit
import Testing

extension Family {
  /// Kills a scan of `desk` at the first effect of a kind, as a scan of `other`, which is alike, has it.
  fileprivate func killScan(_ side: String, _ effect: String) async throws {
    var family = self
    family.environment["LEDGER_FAIL_LOG"] = path("effects")
    try await family.ledger("scan", at: "other")
    let effects = try String(contentsOfFile: path("effects"), encoding: .utf8)
      .split(separator: "\n")
    let first = try #require(effects.firstIndex { $0.contains(effect) })
    family.environment = environment
    family.environment["LEDGER_FAIL_AT"] = "\(first + 1):\(side)"
    try await family.ledger("scan", at: "desk", status: 128 + SIGKILL)
  }
}

@Suite struct `A first catalogue` {
  @Test func `that is killed goes on where it was`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo"), ("other", "photo")])
      try await family.shell(
        """
        for place in desk other; do
          seq 5000 | split -l 1 -a 4 - $place/
          find $place -type f -name '????' -exec touch -d '2020-01-01' {} +
        done
        """)
      try await family.killScan("after", "keep what is known of files")

      let summary = try await family.ledger("scan", "--json", at: "desk").last("summary")

      #expect(summary["scanned"] == .number(5000), "\(summary)")
      // What was kept before is not read again.
      #expect(summary["hashed"] == .number(904), "\(summary)")
      let replay = try await family.ledger("replay", "--json", at: "desk").last("replay")
      #expect(replay["paths"] == .number(5000) && replay["cache"].text == "matches", "\(replay)")
    }
  }
  @Test func `is looked at again part by part, and what went at the borders is seen`() async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "other")])
      try await family.shell(
        """
        seq 8200 | split -l 1 -a 4 - desk/
        find desk -type f -name '????' -exec touch -d '2020-01-01' {} +
        """)
      try await family.sync("desk")

      let quiet = try await family.ledger("scan", "--json", at: "desk").last("summary")
      // What is expected is read 4096 at a time.
      try await family.shell(
        """
        cd desk; ls | sed -n '1p;4096p;4097p;8192p;8193p' | xargs rm
        mv "$(ls | tail -1)" zzzz
        """)
      let news = try await family.ledger("scan", "--json", at: "desk").last("summary")

      #expect(quiet["scanned"] == .number(8200) && quiet["hashed"] == .number(0), "\(quiet)")
      #expect(
        news["recorded"] == .object(["deleted": .number(5), "renamed": .number(1)]), "\(news)")
      #expect(news["scanned"] == .number(8195), "\(news)")
    }
  }
  @Test func `shows a terminal how fast it is, also within the first second`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "video")])
      // Holes, so that they take time to read and no room.
      let shown = try await family.shell(
        """
        for i in {1..8}; do truncate -s 200M desk/$i.mov; touch -d '2020-01-01' desk/$i.mov; done
        python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' \(try Family.program()) scan -C desk </dev/null
        """)
      // `2 of 8 files, 419.4 MB of 1.7 GB, 1.2 GB/s, 1 s left`: no machine reads 100 GB a second.
      let rates = shown.matches(of: /([0-9.]+) ([kMGT]?B)\/s, [0-9]+ s left/)
      #expect(!rates.isEmpty, "\(shown)")
      for rate in rates {
        let number = try #require(Double(rate.1))
        #expect(rate.2 != "TB" && (rate.2 != "GB" || number < 100), "\(rate.0)")
      }
    }
  }
  @Test func `says how many files are too new and wait for the next run`() async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("echo 1 >desk/1.jpg; echo 2 >desk/2.jpg")
      family.environment["LEDGER_SETTLE_SECONDS"] = "100000"
      let early = try await family.ledger("sync", at: "desk")
      #expect(
        early.output == """
          2 files are too new to be sure of; the next run records them.
          desk: 0 files, nothing new.
          """)
      family.environment["LEDGER_SETTLE_SECONDS"] = "0"
      let late = try await family.ledger("sync", at: "desk")
      #expect(late.output.hasSuffix("desk: 2 files, 2 recorded, 0 applied."), "\(late.output)")
    }
  }
  @Test
  func `of several batches is recorded whole, also where it is killed before the cache has any`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo"), ("other", "photo")])
      // A batch has 8 MiB at most, and these paths nearly 4,000 bytes.
      try await family.shell(
        """
        part=$(printf '%0240d' 0); deep=$part; for i in {1..15}; do deep=$deep/$part; done
        for place in desk other; do
          mkdir -p $place/$deep; cd $place/$deep; seq 2100 | split -l 1 -a 4 -; cd -
        done
        """)
      try await family.killScan("before", "extend the cache")

      try await family.sync("desk")

      let log = try await family.shell(
        "git -C hub.git log --format=%s desk | sed 's/.*: //' | head -3")
      #expect(log.split(separator: "\n").count == 3, "\(log)")
      let replay = try await family.ledger("replay", "--json", at: "desk").last("replay")
      #expect(replay["paths"] == .number(2100) && replay["cache"].text == "matches", "\(replay)")
      #expect(replay["events"] == .number(2102), "\(replay)")
    }
  }
}
