import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

/// Lines of a `.ledgerignore` with paths that they ignore and paths that they don't.
private struct Rule: CustomTestStringConvertible {
  let text: String
  let ignored: [String]
  let kept: [String]

  init(_ text: String, ignores ignored: [String], keeps kept: [String]) {
    self.text = text
    self.ignored = ignored
    self.kept = kept
  }

  var testDescription: String { text.debugDescription }

  static let all = [
    Rule("", ignores: [], keeps: ["a.jpg", "b/a.jpg"]),
    Rule("a.jpg", ignores: ["a.jpg", "b/a.jpg", "a.jpg/x"], keeps: ["aa.jpg", "a.jpg2", "A.jpg"]),
    Rule("*.mov", ignores: ["a.mov", "b/c.mov", ".mov"], keeps: ["a.mov.jpg", "mov"]),
    Rule("a?.jpg", ignores: ["ab.jpg"], keeps: ["a.jpg", "abc.jpg"]),
    Rule("[a-c]x", ignores: ["ax", "cx"], keeps: ["dx", "-x"]),
    Rule("[!a-c]x", ignores: ["dx"], keeps: ["ax", "x"]),
    Rule("[^ab]", ignores: ["c"], keeps: ["a", "b"]),
    Rule("[]-]", ignores: ["]", "-"], keeps: ["a"]),
    Rule("[a-]", ignores: ["a", "-"], keeps: ["b"]),
    Rule("[\\]a]x\n[\\a-c]y", ignores: ["]x", "ax", "by"], keeps: ["\\x", "\\y"]),
    // What is not closed matches nothing, not even itself.
    Rule("a[b\n[ab\nc\\", ignores: [], keeps: ["a[b", "[ab", "c", "c\\"]),
    Rule("a*b*c", ignores: ["abc", "a1b2c", "aabbcc"], keeps: ["acb", "abcd"]),
    // Anchored: with a slash at the start or in the middle.
    Rule("/a.jpg", ignores: ["a.jpg"], keeps: ["b/a.jpg"]),
    Rule("b/a.jpg", ignores: ["b/a.jpg"], keeps: ["c/b/a.jpg", "a.jpg"]),
    Rule("/b/*.jpg", ignores: ["b/x.jpg"], keeps: ["b/c/x.jpg", "x.jpg"]),
    // Folders only: with a slash at the end.
    Rule("b/", ignores: ["b/x.jpg", "c/b/x.jpg"], keeps: ["b", "c/b"]),
    Rule("/b/", ignores: ["b/x.jpg"], keeps: ["c/b/x.jpg"]),
    // Two stars.
    Rule("**/b", ignores: ["b", "c/b", "c/d/b"], keeps: ["bb", "c/bb"]),
    Rule("b/**", ignores: ["b/x", "b/c/x"], keeps: ["b", "c/b/x"]),
    Rule("a/**/z", ignores: ["a/z", "a/b/z", "a/b/c/z"], keeps: ["z", "a/zz", "b/a/z"]),
    Rule("a/**/c/*", ignores: ["a/c/x", "a/b/c/x"], keeps: ["a/b/x"]),
    Rule("/**/x.jpg", ignores: ["x.jpg", "a/x.jpg"], keeps: ["y.jpg"]),
    Rule("a/***", ignores: ["a/b", "a/b/c"], keeps: ["a"]),
    Rule("a//b\nc//", ignores: [], keeps: ["a/b", "c/d"]),
    Rule("a**z", ignores: ["az", "abcz"], keeps: ["a/z"]),
    // What a later line takes back; but nothing comes back from an ignored folder.
    Rule("*.jpg\n!b.jpg", ignores: ["a.jpg"], keeps: ["b.jpg", "c/b.jpg"]),
    Rule("!b.jpg\n*.jpg", ignores: ["b.jpg"], keeps: []),
    Rule("b/\n!b/x.jpg", ignores: ["b/x.jpg"], keeps: []),
    Rule("b/*\n!b/x.jpg", ignores: ["b/y.jpg"], keeps: ["b/x.jpg"]),
    Rule("/*\n!/b\n/b/*\n!/b/x", ignores: ["a", "b/y", "c/x"], keeps: ["b/x"]),
    // Comments, empty lines, escapes and spaces.
    Rule("# a.jpg\n\n  \n#b", ignores: [], keeps: ["a.jpg", "# a.jpg", "#b", "b"]),
    Rule("\\#b\n\\!c", ignores: ["#b", "!c"], keeps: ["b", "c"]),
    Rule("a.jpg  ", ignores: ["a.jpg"], keeps: ["a.jpg  "]),
    Rule("a.jpg\\ ", ignores: ["a.jpg "], keeps: ["a.jpg"]),
    Rule("a b.jpg", ignores: ["a b.jpg"], keeps: ["a", "b.jpg"]),
    Rule(" a.jpg", ignores: [" a.jpg"], keeps: ["a.jpg"]),
    Rule("a\\*b", ignores: ["a*b"], keeps: ["aab", "a\\b"]),
    Rule("\\a\\?", ignores: ["a?"], keeps: ["ab"]),
    Rule("a.jpg\r\nb.jpg\r\n", ignores: ["a.jpg", "b.jpg"], keeps: ["c.jpg"]),
    Rule("caf\u{e9}.*", ignores: ["caf\u{e9}.jpg"], keeps: ["cafe.jpg"]),
    Rule("/", ignores: [], keeps: ["a", "b/c"]),
    Rule("!", ignores: [], keeps: ["a"]),
  ]
}

@Suite struct `Rules of what to ignore` {
  @Test(arguments: Rule.all)
  fileprivate func `mean what gitignore means`(_ rule: Rule) {
    let rules = IgnoreRules(Array(rule.text.utf8))

    for path in rule.ignored { #expect(rules.ignoresAnywhere(Array(path.utf8)), "\(path)") }
    for path in rule.kept { #expect(!rules.ignoresAnywhere(Array(path.utf8)), "\(path)") }
  }

  @Test(arguments: [
    ".DS_Store", "Thumbs.db", "@eaDir/a.jpg", ".ledger/desk.json", ".git/config", ".ledgerignore",
    "a.jpg.partial", "a.jpg.part", "a.jpg.crdownload", ".a.jpg.x9Y8z7", ".IMG 1.jpg.AbCdEf",
    ".syncthing.a.jpg.tmp",
  ])
  func `step over what copy programs and systems leave`(path: String) async throws {
    try await Library.with { library in
      for folder in ["", "b/", "b/c/"] { try library.write(folder + path, "temporary") }
      try library.write("a.jpg", "a")

      let result = try await library.observe()

      expectNoDifference(result.paths, ["a.jpg"])
      expectNoDifference(result.unknown, [])
      #expect(result.observation.isComplete)
    }
  }

  @Test(arguments: [
    "DS_Store", "Thumbs.db.jpg", "eaDir/a.jpg", "ledger/desk.json", "git", "a.partial.jpg",
    ".part", "partial", "a.jpg.x9Y8z7", ".a.abcdef", ".a.jpg.x9Y8z7a", ".a.jpg.x9-8z7",
    "syncthing.a.jpg.tmp", ".syncthing.jpg", ".a.jpg",
  ])
  func `take photos with names that only look like it`(path: String) async throws {
    try await Library.with { library in
      try library.write(path, "photo")

      let result = try await library.observe()

      expectNoDifference(result.paths, try [#require(LibraryPath(path))])
    }
  }

  @Test func `are read from the root alone, and never from over a link`() async throws {
    try await Library.with { library in
      try library.write("b/.ledgerignore", "a.jpg\n")
      try library.write("b/a.jpg", "a")
      let result = try await library.observe()
      expectNoDifference(result.paths, ["b/a.jpg"])

      try library.makeLink(".ledgerignore", to: "b/.ledgerignore")

      // To go on without the rules would record what somebody wanted ignored.
      let error = await #expect(throws: StorageError.self) { try await library.observe() }
      #expect(error?.path == ".ledgerignore")
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `agree with git about any rules and files`(seed: UInt64) async throws {
    try await Library.with { library in
      var generator = SeededGenerator(seed: seed)
      let text = randomRules(&generator)
      try library.write(".ledgerignore", text)
      for _ in 0..<40 {
        // Some are in the way of others, which is all the same.
        do { try library.write(randomPath(&generator), "photo") } catch is StorageError {}
      }

      let result = try await library.observe()

      try await HermeticGit.run("init", "-q", in: library.root)
      let listed = try await HermeticGit.run(
        "ls-files", "-z", "--others", "--exclude-from=.ledgerignore", in: library.root)
      let expected = listed.split(separator: "\0").map(String.init).filter { $0 != ".ledgerignore" }
      expectNoDifference(result.paths.map(\.description), expected.sorted(), "\(text)")
    }
  }

  private func randomRules(_ generator: inout SeededGenerator) -> String {
    let pieces = [
      "a", "b", "ab", "*", "?", "**", "/", "/", "[ab]", "[!a]", "\\a", "\\*", "c*", "[b-d]", " ",
      "]", "[\\]a]", "#", "!", "^", "-",
    ]
    return (0..<Int.random(in: 1...6, using: &generator)).map { _ in
      var line = generator.chance(25) ? "!" : ""
      if generator.chance(25) { line += "/" }
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let piece = pieces[Int.random(in: 0..<pieces.count, using: &generator)]
        // Git takes `/a**` for `/a/**`, against its own manual.
        line += piece == "**" && !line.isEmpty && line.last != "/" ? "*" : piece
      }
      return line + (generator.chance(25) ? "/" : "")
    }.joined(separator: "\n")
  }

  private func randomPath(_ generator: inout SeededGenerator) -> String {
    let names = [
      "a", "b", "c", "ab", "ba", "abc", "cab", "*", "d", "a b", "[", "]", "a]", "[b", "a[", "\\",
      "#", "!",
    ]
    return (0..<Int.random(in: 1...4, using: &generator)).map { _ in
      names[Int.random(in: 0..<names.count, using: &generator)]
    }.joined(separator: "/")
  }
}
