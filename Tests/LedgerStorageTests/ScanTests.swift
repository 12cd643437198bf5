import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

private func names(_ result: ScanResult) -> [String] {
  result.observation.files.map(\.path.description)
}

@Suite struct `A scan of a folder` {
  @Test func `sees files alone, and by their bytes`() async throws {
    try await withDisk { disk in
      try await disk.shell(
        """
        mkdir -p sub/deep empty; echo a >sub/deep/a.jpg; : >zero.jpg; truncate -s 5000000 sparse.jpg
        ln zero.jpg hard.jpg; ln -s zero.jpg link.jpg; ln -s sub linked; mkfifo pipe
        echo e >$'e\\314\\201.jpg'; echo i >$'\\377.jpg'; touch .DS_Store x.part sub/Thumbs.db
        touch .IMG.jpg.aB3xYz; mkdir .ledger .git; touch .ledger/desk.json .git/config
        """)
      let result = try await disk.observe(secondsAhead: 1)
      #expect(result.observation.isComplete && result.observation.unknown.isEmpty)
      #expect(
        names(result) == [
          "hard.jpg", "sparse.jpg", "sub/deep/a.jpg", "zero.jpg", "\u{e9}.jpg", "\u{fffd}.jpg",
        ])
      let accent = try #require(result.observation.files.first { $0.path == "\u{e9}.jpg" })
      #expect(accent.diskBytes == bytes("e\u{301}.jpg"))
      #expect(accent.content == (try await disk.content(of: "e\u{301}.jpg")))
      #expect(result.hashedCount == 6)
    }
  }

  @Test func `leaves two spellings of one name alone`() async throws {
    try await withDisk { disk in
      try await disk.shell("echo 1 >$'e\\314\\201.jpg'; echo 2 >$'\\303\\251.jpg'; echo 3 >f.jpg")
      let result = try await disk.observe(secondsAhead: 1)
      #expect(names(result) == ["f.jpg"])
      #expect(result.observation.unknown.map(\.reason) == [.nameCollision, .nameCollision])
    }
  }

  @Test func `goes down as far as the system allows`() async throws {
    try await withDisk { disk in
      // Eighty folders of fifty characters: more than a path of one call may have.
      try await disk.shell(
        """
        name=$(printf 'd%.0s' {1..50}); for i in {1..90}; do mkdir $name; cd $name; done
        echo deep >deep.jpg
        """)
      let result = try await disk.observe(secondsAhead: 1)
      #expect(result.observation.isComplete, "\(result.observation.unknown)")
      #expect(result.observation.files.first?.path.bytes.count == 90 * 51 + 8)
      try await disk.shell("rm -r d*")
    }
  }

  @Test func `computes the digests that the ledger wants`() async throws {
    try await withDisk { disk in
      try await disk.shell("printf abc >abc; : >empty; head -c 3000000 /dev/zero >big")
      let result = try await disk.observe(digests: [.sha256, .md5, .sha1], secondsAhead: 1)
      for file in result.observation.files {
        for (program, algorithm) in [
          ("sha256sum", "sha256"), ("md5sum", "md5"), ("sha1sum", "sha1"),
        ] {
          let hex = try await disk.shell("\(program) <\(file.path) | cut -d' ' -f1")
          #expect(file.content.digests.map(\.description).contains("\(algorithm):\(hex)"))
        }
      }
    }
  }
}

@Suite struct `A quick check` {
  @Test func `reads no file whose stamp it knows`() async throws {
    try await withDisk { disk in
      try await disk.shell("echo a >a.jpg; touch -d 2099-01-01 a.jpg; echo b >b.jpg")
      let first = try await disk.observe(secondsAhead: 1)
      let known = Disk.known(first, hashedAt: Disk.now(1))
      let second = try await disk.observe(known: known, secondsAhead: 2)
      #expect(second.hashedCount == 0 && names(second) == ["a.jpg", "b.jpg"])
    }
  }

  @Test func `reads again what was written in the tick in which it was hashed`() async throws {
    try await withDisk { disk in
      try await disk.shell("echo a >a.jpg")
      let first = try await disk.observe()
      let stamp = try #require(first.observation.files.first?.stamp)
      let same = try await disk.observe(known: Disk.known(first, hashedAt: stamp.changed))
      #expect(same.hashedCount == 1)
    }
  }

  @Test(arguments: [
    "touch -d 2001-01-01 a.jpg", "cp a.jpg b; mv b a.jpg", "chmod 600 a.jpg",
    "t=$(stat -c %y a.jpg); echo b >a.jpg; touch -d \"$t\" a.jpg",
  ])
  func `reads again what may have other bytes`(change: String) async throws {
    try await withDisk { disk in
      try await disk.shell("echo a >a.jpg")
      let first = try await disk.observe(secondsAhead: 1)
      try await disk.shell(change)
      let second = try await disk.observe(
        known: Disk.known(first, hashedAt: Disk.now(1)), secondsAhead: 2)
      #expect(second.hashedCount == 1)
      #expect(second.observation.files.first?.content == (try await disk.content(of: "a.jpg")))
    }
  }

  @Test func `leaves what was modified just now for the next time`() async throws {
    try await withDisk { disk in
      try await disk.shell("echo a >new.jpg; echo b >old.jpg; touch -d 2001-01-01 old.jpg")
      let result = try await disk.observe(settleSeconds: 2, secondsAhead: 1)
      #expect(names(result) == ["old.jpg"])
      #expect(result.observation.unknown.map(\.reason) == [.unsettled])
    }
  }

  @Test func `asks for what is missing once more, and is told why it is not gone`() async throws {
    try await withDisk { disk in
      try await disk.shell(
        "mkdir d; for n in a b c d/e; do echo x >$n.jpg; done; echo b.jpg >.ledgerignore")
      try await disk.shell("rm a.jpg; rm c.jpg; ln -s b.jpg c.jpg; mv d away; ln -s away d")
      let recorded: [LibraryPath] = ["a.jpg", "b.jpg", "c.jpg", "d/e.jpg"]
      let result = try await disk.observe(recorded: recorded, secondsAhead: 1)
      #expect(result.observation.ignored == ["b.jpg", "c.jpg", "d/e.jpg"])
      #expect(names(result) == ["away/e.jpg"])
    }
  }
}

@Suite struct `Ignore rules` {
  @Test(arguments: [
    ("*.tmp", "a/b.tmp", true), ("*.tmp", "a/b.tmp2", false), ("/a", "a", true),
    ("/a", "b/a", false),
    ("a/", "a", false), ("x/*.jpg", "x/y.jpg", true), ("x/*.jpg", "x/y/z.jpg", false),
    ("x/**/z.jpg", "x/z.jpg", true), ("x/**/z.jpg", "x/y/w/z.jpg", true), ("**/z", "a/b/z", true),
    ("x/**", "x/y/z", true), ("x/**", "x", false), ("*.jpg\n!keep.jpg", "keep.jpg", false),
    ("!keep.jpg\n*.jpg", "keep.jpg", true), ("# note", "# note", false), ("\\#note", "#note", true),
    ("\\!x", "!x", true), ("a?c", "abc", true), ("a?c", "a/c", false), ("[a-c]x", "bx", true),
    ("[!a-c]x", "bx", false), ("[]x]y", "]y", true), ("a\\*", "a*", true), ("a\\*", "ab", false),
    ("trail   ", "trail", true), ("trail\\ ", "trail ", true), ("", "a", false),
    ("*a*b*c", "xaybzc", true),
  ])
  func `are those of gitignore`(rules: String, path: String, isIgnored: Bool) async throws {
    #expect(IgnoreRules(bytes(rules)).ignores(bytes(path), isFolder: false) == isIgnored)
    // git itself agrees.
    try await withDisk { disk in
      try await disk.shell("git init -q; printf '%s' '\(rules)' >.gitignore")
      let run = try await HermeticGit.runProgram(
        ["git", "check-ignore", "-q", "--no-index", "--", path], in: disk.root,
        environment: HermeticGit.environment())
      #expect((run.exitStatus == 0) == isIgnored, "git, of \(rules) and \(path)")
    }
  }

  @Test func `cover all that is below a folder`() {
    let rules = IgnoreRules(bytes("cache/\n"))
    #expect(rules.ignoresAnywhere(bytes("a/cache/b/c.jpg")))
    #expect(!rules.ignoresAnywhere(bytes("a/cache")))
  }
}
