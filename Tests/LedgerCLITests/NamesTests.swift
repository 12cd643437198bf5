import Foundation
import LedgerTestKit
import Testing

/// Names as `printf` of a shell spells them: spaces, quotes, a line break, a tab, an emoji, a leading
/// dash, NFC and NFD accents, a shell's own characters, and bytes that are not UTF-8.
private let names = [
  #"with space.jpg"#, #"quote\047s.jpg"#, #"double\042s.jpg"#, #"line\nbreak.jpg"#,
  #"tab\there.jpg"#,
  #"\360\237\220\210.jpg"#, #"-dash.jpg"#, #"nfc-\303\251.jpg"#, #"nfd-e\314\201.jpg"#,
  #"$(rm *);\134\134.jpg"#, #"latin-\351\377.jpg"#, #"*?[a].jpg"#,
]

@Suite struct `Names that break scripts` {
  @Test func `go through adding, deleting, restoring, listing and replay`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("amazon", "photo"), ("desk", "photo")])
      let dash = names.map { "'folder \\303\\251/\($0)'" }.joined(separator: " ")
      let each = "for name in \(dash); do file=$(printf -- \"$name.\"); file=${file%.}"
      try await family.shell(
        "mkdir $'amazon/folder \\303\\251'; \(each); echo \"$file\" >\"amazon/$file\"; done")
      try await family.sync("amazon")
      try await family.shell("cp -a amazon/folder* desk/")
      try await family.sync("desk")
      try await family.shell("rm -r amazon/folder*; mkdir amazon/left")
      try await family.ledger("sync", "--allow-deletes", "\(names.count)", at: "amazon")
      try await family.sync("desk")

      #expect(try await family.shell("find desk -path desk/.ledger -prune -o -type f -print") == "")
      let trashed = try await family.ledger("trash", "list", "--json", at: "desk").lines()
      #expect(trashed.count == names.count)
      #expect(trashed.filter { $0["pathBytes"].text != nil }.count == 1)
      try await family.ledger("restore", "--by", "amazon", "--yes", at: "desk")
      try await family.shell("rmdir amazon/left; cp -a desk/folder* amazon/")
      try await family.sync("desk", "amazon", "desk")

      try await family.shell(
        "\(each); [ \"$(cat \"desk/$file\"; echo .)\" = \"$file\"$'\\n.' ]; done")
      try await family.shell(
        "\(each); [ \"$(cat \"amazon/$file\"; echo .)\" = \"$file\"$'\\n.' ]; done")
      let listed = try await family.shell(
        "\(try Family.program()) ls -0 -C desk | tr -cd '\\0' | wc -c")
      #expect(listed == "\(names.count)")
      #expect(
        try await family.fingerprint(of: "desk") == family.fingerprint(of: "amazon"))
      #expect(try await !family.shell("git -C hub.git fsck --strict 2>&1").contains("error"))
    }
  }

  @Test func `that differ only in how they spell an accent are left alone and told`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell(
        "echo one >$'desk/\\303\\251.jpg'; echo two >$'desk/e\\314\\201.jpg'; echo three >desk/a.jpg"
      )
      let run = try await family.ledger("sync", "--json", at: "desk", status: 3)
      let reasons = try run.lines().filter { $0["kind"].text == "attention" }.map {
        $0["reason"].text
      }
      #expect(reasons.contains("name-collision"))
      #expect(try run.last("summary")["recorded"] == .object(["added": .number(1)]))
      #expect(try await family.shell("cat desk/*.jpg | sort") == "one\nthree\ntwo")
    }
  }

  @Test func `are shown without letting them write to the terminal`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("echo x >$'desk/\\033[31mred.jpg'")
      let run = try await family.ledger("sync", at: "desk")
      let list = try await family.ledger("ls", at: "desk")
      for text in [run.output, run.words, list.output] { #expect(!text.contains("\u{1b}")) }
      #expect(list.output.contains("red.jpg"))
    }
  }
}
