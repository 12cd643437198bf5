import LedgerTestKit
import Testing

/// A system call that fails, or lies, on one name.
private struct Fault: CustomTestStringConvertible, Sendable {
  let call: String
  let answer: String
  let words: String

  var testDescription: String { "\(call) \(answer)" }

  init(_ call: String, _ answer: String, _ words: String) {
    self.call = call
    self.answer = answer
    self.words = words
  }

  /// The words before a command that make the kernel answer so, for a path and as it is named by us.
  func prefix(_ path: String, named name: String) -> [String] {
    [
      "strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-P", name, "-e", "trace=\(call)", "-e",
      "inject=\(call):\(answer)",
    ]
  }
}

@Suite struct `What the kernel does not tell` {
  private static let ofFolders = [
    Fault("getdents64", "error=EIO", "Input/output error"),
    Fault("getdents64", "error=ESTALE", "Stale file handle"),
    Fault("openat2,openat", "error=EPERM", "Operation not permitted"),
    Fault("openat2,openat", "error=EACCES", "Permission denied"),
    Fault("openat2,openat", "error=EMFILE", "Too many open files"),
    Fault("openat2,openat", "error=ETIMEDOUT", "Connection timed out"),
    Fault("openat2,openat", "error=ENAMETOOLONG", "File name too long"),
  ]

  @Test(arguments: ofFolders)
  fileprivate func `about a folder is told by name and reason, and nothing at all is gone`(
    _ fault: Fault
  ) async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell(
        "mkdir desk/sick desk/well; echo a >desk/sick/a.jpg; echo b >desk/well/b.jpg; echo c >desk/c.jpg"
      )
      try await family.sync("desk")
      try await family.shell("rm desk/well/b.jpg; echo d >desk/d.jpg")

      family.prefix = fault.prefix("\(folder)/desk/sick", named: "sick")
      let run = try await family.ledger("sync", "--json", at: "desk", status: 6)
      family.prefix = []

      let attention = try run.last("attention")
      #expect(attention["reason"].text == "unreadable" && attention["path"].text == "sick")
      #expect(attention["detail"].text == fault.words)
      let summary = try run.last("summary")
      #expect(summary["unknown"] == .number(1))
      #expect(summary["recorded"] == .object(["added": .number(1)]))
      let next = try await family.ledger("sync", "--json", at: "desk")
      #expect(try next.last("summary")["recorded"] == .object(["deleted": .number(1)]))
    }
  }

  private static let ofFiles = [
    Fault("read", "error=EIO", "Input/output error"),
    Fault("read", "error=ESTALE", "Stale file handle"),
    Fault("openat2,openat", "error=EMFILE", "Too many open files"),
    Fault("openat2,openat", "error=EACCES", "Permission denied"),
    Fault("newfstatat", "error=EIO", "Input/output error"),
    Fault("newfstatat", "error=ENAMETOOLONG", "File name too long"),
  ]

  @Test(arguments: ofFiles)
  fileprivate func `about a file is told by name and reason, and it stays as it was`(
    _ fault: Fault
  ) async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("mkdir desk/in; for f in a b c; do echo $f >desk/in/$f.jpg; done")
      try await family.sync("desk")
      try await family.shell("echo new >desk/in/b.jpg; rm desk/in/c.jpg; echo d >desk/d.jpg")

      let name = fault.call == "newfstatat" ? "b.jpg" : "in/b.jpg"
      family.prefix = fault.prefix("\(folder)/desk/in/b.jpg", named: name)
      let run = try await family.ledger("sync", "--json", at: "desk", status: 6)
      family.prefix = []

      let attention = try run.last("attention")
      #expect(attention["reason"].text == "unreadable" && attention["path"].text == "in/b.jpg")
      #expect(attention["detail"].text == fault.words)
      // Every folder was listed to its end, so that what is missing there is gone.
      let recorded = try run.last("summary")["recorded"]
      #expect(recorded == .object(["added": .number(1), "deleted": .number(1)]))
      let next = try await family.ledger("sync", "--json", at: "desk")
      #expect(try next.last("summary")["recorded"] == .object(["changed": .number(1)]))
    }
  }

  @Test func `about the rules of what to ignore stops the scan, as every file would be new`()
    async throws
  {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("echo '*.jpg' >desk/.ledgerignore; echo a >desk/a.jpg")

      family.prefix = Fault("openat2,openat", "error=EIO", "").prefix(
        "\(folder)/desk/.ledgerignore", named: ".ledgerignore")
      let run = try await family.ledger("sync", at: "desk", status: 7)
      family.prefix = []

      #expect(run.words.contains("open .ledgerignore: Input/output error"))
      #expect(try await family.ledger("ls", at: "desk").output == "")
    }
  }

  @Test(arguments: ["desk", "desk/in"])
  func `in a listing that ends early without an error is asked for by name, and is not gone`(
    listed: String
  ) async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.shell("mkdir desk/in; for f in a b c; do echo $f >desk/in/$f.jpg; done")
      try await family.sync("desk")

      family.prefix = Fault("getdents64", "retval=0", "").prefix(
        "\(folder)/\(listed)", named: "\(folder)/\(listed)")
      let run = try await family.ledger("sync", "--json", at: "desk")
      family.prefix = []

      #expect(try run.last("summary")["scanned"] == .number(0))
      #expect(try run.last("summary")["recorded"] == .object([:]))
      let next = try await family.ledger("sync", "--json", at: "desk").last("summary")
      #expect(next["recorded"] == .object([:]) && next["scanned"] == .number(3))
    }
  }
}
