import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Something that happens to `top/in/a.jpg`, with the bytes "photo", after it was planned to go.
private struct Meddling: CustomTestStringConvertible {
  let testDescription: String
  let outcome: Outcome
  let happen: @Sendable (Library) throws -> Void

  init(
    _ testDescription: String, _ outcome: Outcome,
    happen: @escaping @Sendable (Library) throws -> Void
  ) {
    self.testDescription = testDescription
    self.outcome = outcome
    self.happen = happen
  }

  static let linked = Outcome.blocked("a folder on the way is a symbolic link")

  static let all = [
    Meddling("it is not there any more", .gone) { try $0.remove("top/in/a.jpg") },
    Meddling("its folder is not there any more", .gone) { try $0.move("top/in", to: "../in") },
    Meddling("nothing around it is there any more", .gone) { try $0.move("top", to: "../top") },
    Meddling("a file has the name of its folder", .gone) {
      try $0.move("top/in", to: "../in")
      try $0.write("top/in", "photo")
    },
    Meddling("it has other bytes of the same size", .changed) {
      try $0.write("top/in/a.jpg", "PHOTO")
    },
    Meddling("it has more bytes", .changed) { try $0.write("top/in/a.jpg", "photo.") },
    Meddling("it has no bytes", .changed) { try $0.write("top/in/a.jpg", "") },
    Meddling("a folder has its name", .changed) {
      try $0.remove("top/in/a.jpg")
      try $0.makeFolder("top/in/a.jpg")
    },
    Meddling("a link to the same bytes has its name", .changed) {
      try $0.move("top/in/a.jpg", to: "../a.jpg")
      try $0.makeLink("top/in/a.jpg", to: "../../../a.jpg")
    },
    Meddling("a FIFO has its name", .changed) {
      try $0.remove("top/in/a.jpg")
      #expect(mkfifo("\($0.root)/top/in/a.jpg", 0o644) == 0)
    },
    Meddling("its folder is a link to the same bytes", linked) {
      try $0.move("top/in", to: "../in")
      try $0.makeLink("top/in", to: "../../in")
    },
    Meddling("its folder is a link inside the library", linked) {
      try $0.move("top/in", to: "other")
      try $0.makeLink("top/in", to: "../other")
    },
    Meddling("the folder around its folder is a link", linked) {
      try $0.move("top", to: "../top")
      try $0.makeLink("top", to: "../top")
    },
  ]
}

/// Something in the way of the trash.
private struct Obstacle: CustomTestStringConvertible {
  let testDescription: String
  let happen: @Sendable (Library) throws -> Void

  static let all = [".ledger", ".ledger/trash", ".ledger/trash/desk"].flatMap { path in
    [
      Obstacle(testDescription: "\(path) is a link to elsewhere") {
        try $0.makeFolder("../outside")
        try $0.makeLink(path, to: "\($0.root)/../outside")
      },
      Obstacle(testDescription: "\(path) is a file") { try $0.write(path, "a file") },
    ]
  }
}

@Suite struct `A file that is not what was planned` {
  @Test(arguments: Meddling.all)
  fileprivate func `is not trashed`(_ meddling: Meddling) async throws {
    try await Library.with { library in
      try library.write("top/in/a.jpg", "photo")
      try meddling.happen(library)
      let before = try await everything(library)

      let outcome = library.trash("top/in/a.jpg", "photo")

      #expect(outcome == meddling.outcome)
      let after = try await everything(library)
      expectNoDifference(after, before)
    }
  }

  @Test(arguments: Meddling.all)
  fileprivate func `is not renamed`(_ meddling: Meddling) async throws {
    try await Library.with { library in
      try library.write("top/in/a.jpg", "photo")
      try meddling.happen(library)
      let before = try await everything(library)

      let outcome = library.rename("top/in/a.jpg", to: "b.jpg", "photo")

      #expect(outcome == meddling.outcome)
      let after = try await everything(library)
      expectNoDifference(after, before)
    }
  }

  @Test func `is not touched on the word of a weak digest, nor against one`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "abc")
      let path = Array("a.jpg".utf8)
      let md5 = try #require(Digest("md5:900150983cd24fb0d6963f7d28e17f72"))
      let other = try #require(Digest("md5:d41d8cd98f00b204e9800998ecf8427e"))
      let sha256 = content(of: "abc").digest
      for content in [
        Content(digest: md5, byteCount: 3), Content(digest: sha256, also: [other], byteCount: 3),
        Content(digest: sha256, byteCount: 4),
      ] {
        let trashed = library.storage.trash(
          path, expecting: content, for: TrashIntent("nas:3", after: 7, now: 0, minCopies: nil))
        #expect(trashed == .changed)
        #expect(library.storage.rename(path, to: [98], expecting: content) == .changed)
      }
      expectNoDifference(try library.names(in: ""), [path])

      let content = Content(digest: sha256, also: [md5], byteCount: 3)
      let trashed = library.storage.trash(
        path, expecting: content, for: TrashIntent("nas:3", after: 7, now: 0, minCopies: nil))
      #expect(trashed.isDone)
    }
  }
}

@Suite struct `A file` {
  @Test(arguments: Obstacle.all)
  fileprivate func `stays where it is while something is in the way of the trash`(
    _ obstacle: Obstacle
  ) async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")
      try obstacle.happen(library)

      let outcome = library.trash("a.jpg", "photo")

      #expect(outcome.isBlocked, "\(outcome)")
      #expect(try library.text("a.jpg") == "photo")
      expectNoDifference(try library.names(in: "../outside"), [])
    }
  }

  @Test func `stays where it is when it may not be moved or read, and leaves no trace of it`()
    async throws
  {
    try await Library.with { library in
      try library.write("fixed/a.jpg", "photo")
      try library.write("secret.jpg", "photo")
      try library.setMode("secret.jpg", 0)
      try library.makeFolder(".ledger/trash/desk")
      try library.setMode(".ledger/trash/desk", 0o777)
      try library.setMode("fixed", 0o555)
      let storage = library.storage

      for path in ["fixed/a.jpg", "secret.jpg"] {
        let outcome = asNobody { library.trash(path, "photo") }
        #expect(outcome.isBlocked, "\(outcome)")
        let renamed = asNobody { library.rename(path, to: "fixed/b.jpg", "photo") }
        #expect(renamed.isBlocked, "\(renamed)")
      }

      try library.setMode("fixed", 0o755)
      try library.setMode("secret.jpg", 0o644)
      expectNoDifference(try library.text("fixed/a.jpg"), "photo")
      expectNoDifference(try library.text("secret.jpg"), "photo")
      expectNoDifference(try storage.trashEntries(), [])
      // An intent for each try would pile up.
      expectNoDifference(try library.names(in: ".ledger/trash/desk"), [])
    }
  }

  @Test(arguments: [
    "../outside.jpg", "a/../../outside.jpg", "/outside.jpg", "..", ".", "", "a/./b.jpg", "a//b.jpg",
    "a/", ".ledger/desk.json", "a/.ledger/x", ".git/config", ".GIT/config", "a\0b",
  ])
  func `goes nowhere by a path that is none of the library's`(path: String) async throws {
    try await Library.with { library in
      for file in ["../outside.jpg", "outside.jpg", "a/b.jpg", "b.jpg", ".ledger/desk.json"] {
        try library.write(file, "photo")
      }
      let before = try await everything(library)

      #expect(library.trash(path, "photo") == .gone)
      #expect(library.rename(path, to: "new.jpg", "photo") == .gone)
      #expect(library.rename("b.jpg", to: path, "photo").isBlocked)

      let after = try await everything(library)
      expectNoDifference(after, before)
    }
  }
}

/// All that is in the library and beside it, as the system's own program lists it.
private func everything(_ library: Library) async throws -> String {
  let run = try await HermeticGit.runProgram(
    [
      "sh", "-c",
      "find .. -print | sort; find .. -type f -print | sort | tr '\\n' '\\0' | xargs -0 cat",
    ],
    in: library.root, environment: HermeticGit.environment())
  return run.output
}
