import LedgerTestKit
import Testing

/// Six photos at two places, with a hook of each kind at desk that keeps what it read.
private func hooked(_ body: (Family, _ hooks: String) async throws -> Void) async throws {
  try await sixPhotos { family in
    let status = try await family.ledger("status", "--json", at: "desk").last("status")
    let hooks = try #require(status["paths"]["hooks"].text)
    try await family.shell(
      """
      mkdir \(hooks)
      for name in after-apply after-sync; do
        printf '#!/bin/sh\\ncat >>"%s/%s.log"\\necho a word\\n' "$PWD" $name >\(hooks)/$name
        chmod 755 \(hooks)/$name
      done
      """)
    try await body(family, hooks)
  }
}

private func heard(_ name: String, _ family: Family) async throws -> [JSON] {
  try JSON.lines(try await family.shell("cat \(name).log 2>/dev/null || true"))
}

@Suite struct `Hooks` {
  @Test func `hear what was done, after-apply only where something was`() async throws {
    try await hooked { family, _ in
      let quiet = try await family.ledger("sync", at: "desk")
      #expect(quiet.words == "a word" && !quiet.output.contains("a word"))
      #expect(try await heard("after-apply", family).isEmpty)
      let sync = try #require(try await heard("after-sync", family).first)
      #expect(sync["hook"].text == "after-sync" && sync["location"].text == "desk")
      #expect(sync["changed"] == .array([]) && sync["summary"]["scanned"] == .number(7))

      try await family.shell("rm amazon/a/1.jpg; mv amazon/b/2.jpg amazon/b/new.jpg")
      try await family.sync("amazon")
      try await family.ledger("sync", "--dry-run", at: "desk")
      try await family.ledger("scan", at: "desk")
      #expect(try await heard("after-sync", family).count == 1)
      try await family.sync("desk")
      let apply = try #require(try await heard("after-apply", family).first)
      #expect(apply["home"].text == family.path("desk"))
      #expect(
        apply["changed"].elements.map { [$0["action"].text, $0["path"].text, $0["from"].text] }
          == [["rename", "b/new.jpg", "b/2.jpg"], ["trash", "a/1.jpg", nil]])
      #expect(apply["summary"]["applied"]["trash"] == .number(1))
      #expect(try await heard("after-sync", family).count == 2)
    }
  }

  @Test func `that fail or take too long are told, and change nothing`() async throws {
    try await hooked { family, hooks in
      try await family.shell(
        """
        printf '#!/bin/sh\\nexit 3\\n' >\(hooks)/after-apply; mkfifo never
        printf '#!/bin/sh\\ncat %s/never\\n' "$PWD" >\(hooks)/after-sync; rm amazon/a/1.jpg
        """)
      try await family.sync("amazon")
      var short = family
      short.environment["LEDGER_HOOK_SECONDS"] = "0.2"
      let run = try await short.ledger("sync", "--json", at: "desk")
      let told = try run.lines().filter { $0["reason"].text == "hook" }.compactMap(
        \.["detail"].text)
      #expect(
        told == [
          "\(hooks)/after-apply ended with status 3",
          "\(hooks)/after-sync was ended, as it took longer than 0.2 seconds",
        ])
      #expect(try await family.shell("ls desk/a") == "2.jpg\n3.jpg")
    }
  }

  @Test(
    arguments: [
      ("chmod 775 $1", "others may write to"), ("chmod 644 $1", "it is not executable"),
      ("chmod 777 ${1%/*}", "others may write to"), ("chown 12345 $1", "belongs to another user"),
    ])
  func `that others could have written are not run`(change: String, why: String) async throws {
    try await hooked { family, hooks in
      try await family.shell("set -- \(hooks)/after-sync; \(change)")
      let run = try await family.ledger("sync", at: "desk")
      #expect(run.words.contains("after-sync was not run: ") && run.words.contains(why))
      #expect(try await heard("after-sync", family).isEmpty)
    }
  }

  @Test func `find the lock free, and run none themselves; none comes with the library`()
    async throws
  {
    try await hooked { family, hooks in
      try await family.shell(
        """
        cp -r \(hooks) desk/.ledger/hooks; cp -r \(hooks) desk/hooks; rm \(hooks)/after-apply
        printf '#!/bin/sh\\n%s sync >"%s/inner" 2>&1\\n' \(try Family.program()) "$PWD" >\(hooks)/after-sync
        """)
      let run = try await family.ledger("sync", at: "desk")
      #expect(run.words == "")
      #expect(try await family.shell("cat inner").contains("desk: 9 files, nothing new"))
      #expect(try await heard("after-sync", family).isEmpty)
    }
  }
}
