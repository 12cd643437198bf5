import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

/// Something that happens to `top/folder/a.jpg` or its folders, after which it is not called gone.
private struct Hiding: CustomTestStringConvertible {
  let testDescription: String
  let happen: @Sendable (Library) throws -> Void

  static let all = [
    Hiding(testDescription: "a rule ignores it") {
      try $0.write(".ledgerignore", "a.*\n")
    },
    Hiding(testDescription: "a rule ignores its folder") {
      try $0.write(".ledgerignore", "folder/\n")
    },
    Hiding(testDescription: "a link has its name") {
      try $0.move("top/folder/a.jpg", to: "../a.jpg")
      try $0.makeLink("top/folder/a.jpg", to: "../../../a.jpg")
    },
    Hiding(testDescription: "a folder has its name") {
      try $0.remove("top/folder/a.jpg")
      try $0.makeFolder("top/folder/a.jpg")
    },
    Hiding(testDescription: "the folder around its folder is now a link") {
      try $0.move("top", to: "../top")
      try $0.makeLink("top", to: "../top")
    },
    Hiding(testDescription: "its folder is now a link to where it was moved") {
      try $0.move("top/folder", to: "../folder")
      try $0.makeLink("top/folder", to: "../../folder")
    },
  ]
}

@Suite struct `What a scan may believe` {
  @Test func `only what is asked for once more and not there may be called gone`() async throws {
    try await Library.with { library in
      for path in ["a.jpg", "b/c.jpg", "d/e.jpg", "f.jpg"] { try library.write(path, path) }
      let before = try await library.observe()
      try library.remove("a.jpg")
      try library.remove("b/c.jpg")
      try library.remove("d/e.jpg")
      try library.remove("d")

      let after = try await library.observe(known: before.known())

      expectNoDifference(after.paths, ["f.jpg"])
      expectNoDifference(after.unknown, [])
      #expect(after.observation.ignored.isEmpty && after.observation.isComplete)
    }
  }

  @Test(arguments: Hiding.all, [false, true])
  fileprivate func `a recorded file is not gone when it is only no file of the library any more`(
    _ hiding: Hiding, isCacheLost: Bool
  ) async throws {
    try await Library.with { library in
      try library.write("top/folder/a.jpg", "a")
      let known = try await library.observe().known()
      try hiding.happen(library)

      let result = try await library.observe(
        known: isCacheLost ? [] : known, recorded: ["top/folder/a.jpg"])

      expectNoDifference(result.paths, [])
      expectNoDifference(result.observation.ignored, ["top/folder/a.jpg"])
      expectNoDifference(result.unknown, [])
    }
  }

  @Test func `an ignored file is not gone, although only the log knows it, in another spelling`()
    async throws
  {
    try await Library.with { library in
      try library.write("cafe\u{301}/a.mov", "a")
      try library.write(".ledgerignore", "*.mov\n")

      let result = try await library.observe(recorded: ["caf\u{e9}/a.mov", "gone.mov"])

      expectNoDifference(result.observation.ignored, ["caf\u{e9}/a.mov"])
      expectNoDifference(result.unknown, [])
    }
  }

  @Test func `a folder that can't be listed hides what is in it, and nothing at all is gone`()
    async throws
  {
    try await Library.with { library in
      for path in ["secret/a.jpg", "secret/b/c.jpg", "b.jpg"] { try library.write(path, path) }
      let known = try await library.observe().known()
      try library.setMode("secret", 0)

      let result = try await library.observeAsNobody(known: known)

      expectNoDifference(result.paths, ["b.jpg"])
      #expect(result.observation.isComplete == false)
      // Once for the folder, rather than for each file in it.
      expectNoDifference(result.unknown, ["secret: unreadable (Permission denied)"])
      try library.setMode("secret", 0o755)
      expectNoDifference(try library.text("secret/b/c.jpg"), "secret/b/c.jpg")
    }
  }

  @Test func `a file that can't be read is unknown, and the others are seen`() async throws {
    try await Library.with { library in
      for path in ["a.jpg", "b.jpg", "c.jpg"] { try library.write(path, path) }
      try library.setMode("b.jpg", 0)

      let result = try await library.observeAsNobody()

      expectNoDifference(result.paths, ["a.jpg", "c.jpg"])
      expectNoDifference(result.unknown, ["b.jpg: unreadable (Permission denied)"])
      #expect(result.observation.isComplete && result.hashedCount == 2)
    }
  }

  @Test func `a folder that vanishes before it was listed leaves the scan incomplete`() async throws
  {
    try await Library.with { library in
      for path in ["a/x.jpg", "b.jpg"] { try library.write(path, path) }
      let known = try await library.observe().known()
      let isFirst = Once()

      let result = try await library.observe(known: known) { _ in
        if isFirst.take() { expectNoThrow { try library.move("a", to: "../a") } }
      }

      expectNoDifference(result.paths, ["b.jpg"])
      expectNoDifference(result.unknown, ["a: unreadable (No such file or directory)"])
      #expect(result.observation.isComplete == false)
    }
  }

  @Test func `a file that vanishes before it was read is unknown`() async throws {
    try await Library.with { library in
      for path in ["a.jpg", "b.jpg"] { try library.write(path, path) }
      let isFirst = Once()

      let result = try await library.observe { _ in
        if isFirst.take() { expectNoThrow { try library.remove("a.jpg") } }
      }

      expectNoDifference(result.paths, ["b.jpg"])
      expectNoDifference(result.unknown, ["a.jpg: unreadable (No such file or directory)"])
      #expect(result.observation.isComplete)
    }
  }

  @Test func `what is unknown is told in the order of the paths, whatever the reason`() async throws
  {
    try await Library.with { library in
      for path in ["a.jpg", "b.jpg"] { try library.write(path, path) }
      for path in ["B.jpg", "c.jpg"] { try library.write(path, path, modified: later) }
      let isFirst = Once()

      let result = try await library.observe(expectedMounts: [Array("aa".utf8)]) { _ in
        if isFirst.take() {
          expectNoThrow { for path in ["a.jpg", "b.jpg"] { try library.remove(path) } }
        }
      }

      expectNoDifference(
        result.observation.unknown.map { String(decoding: $0.diskBytes, as: UTF8.self) },
        ["B.jpg", "a.jpg", "aa", "b.jpg", "c.jpg"])
    }
  }

  @Test(arguments: ["longer than before", "else"])
  func `a file that changes before it was read is left for the next scan`(text: String) async throws
  {
    try await Library.with { library in
      try library.write("a.jpg", "once")
      let isFirst = Once()

      let result = try await library.observe { _ in
        if isFirst.take() { expectNoThrow { try library.write("a.jpg", text) } }
      }

      expectNoDifference(result.paths, [])
      expectNoDifference(result.unknown, ["a.jpg: unsettled (changed while it was read)"])
    }
  }

  @Test func `a known file that comes back while the rest is listed is not gone`() async throws {
    try await Library.with { library in
      for path in ["a.jpg", "b/c.jpg"] { try library.write(path, path) }
      let known = try await library.observe().known()
      try library.move("a.jpg", to: "../a.jpg")
      let isFirst = Once()

      let result = try await library.observe(known: known) { _ in
        if isFirst.take() { expectNoThrow { try library.move("../a.jpg", to: "a.jpg") } }
      }

      expectNoDifference(result.paths, ["b/c.jpg"])
      expectNoDifference(result.unknown, ["a.jpg: unsettled (appeared while listing)"])
    }
  }

  @Test func `a mount point that is none any more is unknown, and nothing at all is gone`()
    async throws
  {
    try await Library.with { library in
      try library.write("a.jpg", "a")
      try library.makeFolder("disk")

      let result = try await library.observe(expectedMounts: [Array("disk".utf8)])

      expectNoDifference(
        result.unknown, ["disk: unreadable (was a mount point and is not mounted)"])
      #expect(result.observation.isComplete == false && result.mounts.isEmpty)
      expectNoDifference(result.paths, ["a.jpg"])
    }
  }
}
