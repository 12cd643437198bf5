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

  /// A sync of `desk` while the kernel answers so, for a path there that we name so.
  func sync(
    _ family: Family, _ path: String, named name: String, status: Int32,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Family.Run {
    var family = family
    family.prefix = [
      "strace", "-f", "-qq", "-o", "/dev/null", "-P", family.path(path), "-P", name, "-e",
      "trace=\(call)", "-e", "inject=\(call):\(answer)",
    ]
    return try await family.ledger(
      "sync", "--json", at: "desk", status: status, sourceLocation: sourceLocation)
  }
}

/// `desk` with what a person put there, synced.
private func desk(_ script: String, _ body: (Family) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join([("desk", "photo")])
    try await family.shell("mkdir desk/in; for f in a b c; do echo $f >desk/in/$f.jpg; done")
    try await family.sync("desk")
    try await family.shell(script)
    try await body(family)
  }
}

extension Family {
  /// Expects what the next sync of `desk` records.
  fileprivate func expectNext(_ recorded: [String: Double], scanned: Double? = nil) async throws {
    let next = try await ledger("sync", "--json", at: "desk").last("summary")
    #expect(next["recorded"] == .object(recorded.mapValues { .number($0) }))
    if let scanned { #expect(next["scanned"] == .number(scanned)) }
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
    try await desk("mkdir desk/well; mv desk/in/b.jpg desk/well/") { family in
      try await family.sync("desk")
      try await family.shell("rm desk/well/b.jpg; echo d >desk/d.jpg")

      let run = try await fault.sync(family, "desk/in", named: "in", status: 6)

      let attention = try run.last("attention")
      #expect(attention["reason"].text == "unreadable" && attention["path"].text == "in")
      #expect(attention["detail"].text == fault.words)
      let summary = try run.last("summary")
      #expect(summary["unknown"] == .number(1))
      #expect(summary["recorded"] == .object(["added": .number(1)]))
      try await family.expectNext(["deleted": 1])
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
    let script = "echo new >desk/in/b.jpg; rm desk/in/c.jpg; echo d >desk/d.jpg"
    try await desk(script) { family in
      let name = fault.call == "read" ? "in/b.jpg" : "b.jpg"
      let run = try await fault.sync(family, "desk/in/b.jpg", named: name, status: 6)

      let attention = try run.last("attention")
      #expect(attention["reason"].text == "unreadable" && attention["path"].text == "in/b.jpg")
      #expect(attention["detail"].text == fault.words)
      // Every folder was listed to its end, so that what is missing there is gone.
      let recorded = try run.last("summary")["recorded"]
      #expect(recorded == .object(["added": .number(1), "deleted": .number(1)]))
      try await family.expectNext(["changed": 1])
    }
  }

  @Test func `about the rules of what to ignore stops the scan, as every file would be new`()
    async throws
  {
    try await desk("echo '*.jpg' >desk/.ledgerignore; echo new >desk/new.jpg") { family in
      let before = try await family.ledger("ls", at: "desk").output

      let run = try await Fault("openat2,openat", "error=EIO", "").sync(
        family, "desk/.ledgerignore", named: ".ledgerignore", status: 7)

      #expect(run.words.contains("open .ledgerignore: Input/output error"))
      #expect(try await family.ledger("ls", at: "desk").output == before)
    }
  }

  @Test(arguments: ["desk", "desk/in"])
  func `in a listing that ends early without an error is asked for by name, and is not gone`(
    listed: String
  ) async throws {
    try await desk("true") { family in
      let run = try await Fault("getdents64", "retval=0", "").sync(
        family, listed, named: family.path(listed), status: 0)

      #expect(try run.last("summary")["scanned"] == .number(0))
      #expect(try run.last("summary")["recorded"] == .object([:]))
      try await family.expectNext([:], scanned: 3)
    }
  }
}
