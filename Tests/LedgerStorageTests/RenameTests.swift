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

@Suite struct `Renaming a file` {
  @Test func `keeps its bytes, its times and its inode`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")
      let before = try #require(try await library.observe().observation.files.first)

      let outcome = library.rename("a.jpg", to: "b.jpg", "photo")

      let after = try #require(try await library.observe().observation.files.first)
      #expect(outcome == .done(after.stamp))
      #expect(after.path == "b.jpg" && after.content == before.content)
      #expect(after.stamp.modified == earlier && after.stamp.inode == before.stamp.inode)
      expectNoDifference(try library.names(in: ""), [Array("b.jpg".utf8)])
    }
  }

  @Test func `gives a stamp that the quick check believes`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")

      guard case .done(let stamp) = library.rename("a.jpg", to: "b.jpg", "photo") else {
        throw TestKitError("not renamed")
      }

      let known = KnownFile(
        path: "b.jpg", content: content(of: "photo"), stamp: stamp, hashedAt: later, diskBytes: nil)
      #expect(try await library.observe(known: [known]).hashedCount == 0)
    }
  }

  @Test func `makes the folders that it needs, and leaves the old ones`() async throws {
    try await Library.with { library in
      try library.write("old/in/a.jpg", "photo")

      #expect(library.rename("old/in/a.jpg", to: "new/2026/11/a.jpg", "photo").isDone)

      #expect(try library.text("new/2026/11/a.jpg") == "photo")
      #expect(try library.names(in: "old/in").isEmpty)
      #expect(try library.status("old/in") != nil)
    }
  }

  @Test(arguments: ["photo", "other", ""])
  func `never goes over a file, not even over one with the same bytes`(there: String) async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")
      try library.write("b/b.jpg", there)

      #expect(library.rename("a.jpg", to: "b/b.jpg", "photo") == .occupied)

      #expect(try library.text("a.jpg") == "photo")
      #expect(try library.text("b/b.jpg") == there)
    }
  }

  @Test func `never goes over itself, a folder, a link or another name of the file`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")
      try library.makeFolder("folder")
      try library.makeLink("dangling", to: "nowhere")
      #expect(link("\(library.root)/a.jpg", "\(library.root)/hard.jpg") == 0)

      for target in ["a.jpg", "folder", "dangling", "hard.jpg"] {
        #expect(library.rename("a.jpg", to: target, "photo") == .occupied, "\(target)")
      }

      #expect(try library.text("a.jpg") == "photo")
      #expect(try library.text("hard.jpg") == "photo")
      #expect(try library.names(in: "folder").isEmpty)
      #expect(try library.status("nowhere") == nil)
    }
  }

  @Test func `changes no more than the case, or the spelling, of a name`() async throws {
    try await Library.with { library in
      for (old, new) in [("a.jpg", "A.JPG"), ("cafe\u{301}.jpg", "caf\u{e9}.jpg")] {
        try library.write(old, "photo")

        #expect(library.rename(old, to: new, "photo").isDone)

        expectNoDifference(try library.names(in: ""), [Array(new.utf8)])
        #expect(try library.text(new) == "photo")
        try library.remove(new)
      }
    }
  }

  @Test(arguments: ["link/b.jpg", "link/in/b.jpg", "real/up/b.jpg", "inner/b.jpg"])
  func `never goes through a link`(target: String) async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")
      try library.makeFolder("../outside/in")
      try library.makeFolder("real")
      try library.makeLink("link", to: "../outside")
      try library.makeLink("real/up", to: "../../outside")
      try library.makeLink("inner", to: "real")

      let outcome = library.rename("a.jpg", to: target, "photo")

      #expect(outcome == .blocked("a folder on the way is a symbolic link"))
      #expect(try library.text("a.jpg") == "photo")
      expectNoDifference(try library.names(in: "../outside"), [Array("in".utf8)])
      #expect(try library.names(in: "../outside/in").isEmpty)
      expectNoDifference(try library.names(in: "real"), [Array("up".utf8)])
    }
  }

  @Test func `never goes through a file, and says that this is what is in the way`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")
      try library.write("folder", "a file")

      let outcome = library.rename("a.jpg", to: "folder/a.jpg", "photo")

      #expect(outcome == .blocked("open folder: Not a directory"))
      #expect(try library.text("a.jpg") == "photo")
      #expect(try library.text("folder") == "a file")
    }
  }

  @Test func `takes names that are no text`() async throws {
    try await Library.with { library in
      let (old, new): ([UInt8], [UInt8]) = ([0xff, 0x0a], [0x61, 0x2f, 0xfe])
      try library.write(old, Array("photo".utf8))

      let outcome = library.storage.rename(old, to: new, expecting: content(of: "photo"))

      #expect(outcome.isDone)
      expectNoDifference(try library.bytes(new), Array("photo".utf8))
      #expect(try library.status(old) == nil)
    }
  }
}
