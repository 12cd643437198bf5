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

@Suite struct `A trash` {
  @Test func `takes a file with its path, its digest and its deletion`() async throws {
    try await Library.with { library in
      try library.write("2026/a.jpg", "photo")
      let before = try #require(try await library.observe().observation.files.first)

      let outcome = library.trash("2026/a.jpg", "photo")

      #expect(outcome == .done(before.stamp))
      #expect(try library.status("2026/a.jpg") == nil)
      let entries = try library.storage.trashEntries()
      expectNoDifference(entries.map(\.path), ["2026/a.jpg"])
      expectNoDifference(entries.map(\.diskBytes), [Array("2026/a.jpg".utf8)])
      expectNoDifference(entries.map(\.content), [content(of: "photo")])
      expectNoDifference(entries.map(\.deletion), ["nas:3"])
      expectNoDifference(entries.map(\.after), [7])
      expectNoDifference(entries.map(\.trashedAt), [1_800_000_000])
    }
  }

  @Test func `is a folder of its own for each file, below the location's`() async throws {
    try await Library.with { library in
      let path = "%a\u{1}\nb\u{7f}.jpg"
      try library.write(path, "abc")
      let bytes = Array("abc".utf8)
      var hasher = ContentHasher([.md5])
      bytes.withUnsafeBytes { hasher.update($0) }

      let outcome = library.storage.trash(
        Array(path.utf8), expecting: hasher.finish(),
        for: TrashIntent("nas:3", after: 7, now: 1_800_000_000, minCopies: nil))

      #expect(outcome.isDone)
      let entry = try #require(try library.storage.trashEntries().first)
      #expect(entry.id.count == 32 && entry.id.allSatisfy(\.isHexDigit))
      let folder = ".ledger/trash/desk/\(entry.id)"
      expectNoDifference(try library.text("\(folder)/file"), "abc")
      expectNoDifference(
        try library.text("\(folder)/entry"),
        """
        deletion nas:3
        content sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
        size 3
        after 7
        trashed 1800000000
        also md5:900150983cd24fb0d6963f7d28e17f72
        path %25a%01%0ab%7f.jpg

        """)
      #expect(entry.content == hasher.finish())
    }
  }

  @Test func `keeps each file that had a path, the oldest first`() async throws {
    try await Library.with { library in
      for (number, text) in [(3, "third"), (1, "first"), (2, "second")] {
        try library.write("a.jpg", text)
        #expect(library.trash("a.jpg", text, now: Int64(number)).isDone)
      }
      try library.write("b.jpg", "first")
      #expect(library.trash("b.jpg", "first", deletion: "nas:4", now: 1).isDone)

      let entries = try library.storage.trashEntries()

      expectNoDifference(entries.map(\.path), ["a.jpg", "b.jpg", "a.jpg", "a.jpg"])
      expectNoDifference(
        entries.map(\.content), ["first", "first", "second", "third"].map(content))
      #expect(Set(entries.map(\.id)).count == 4)
      expectNoDifference(try library.trashedTexts(), ["first", "first", "second", "third"])
    }
  }

  @Test func `keeps a file's times, rights and holes`() async throws {
    try await Library.with { library in
      try library.write("a.mov", "")
      #expect(truncate("\(library.root)/a.mov", 5_000_000) == 0)
      try library.touch("a.mov", earlier)
      try library.setMode("a.mov", 0o640)
      let before = try #require(try library.status("a.mov"))
      let zeros = String(repeating: "\0", count: 5_000_000)

      #expect(library.trash("a.mov", zeros).isDone)

      let entry = try #require(try library.storage.trashEntries().first)
      let after = try #require(try library.status(".ledger/trash/desk/\(entry.id)/file"))
      #expect(after.st_ino == before.st_ino && after.st_mode == before.st_mode)
      #expect(after.st_blocks == before.st_blocks && after.st_size == 5_000_000)
    }
  }

  @Test func `takes one of two hard links and leaves the other`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "same")
      #expect(link("\(library.root)/a.jpg", "\(library.root)/b.jpg") == 0)

      #expect(library.trash("a.jpg", "same").isDone)

      #expect(try library.text("b.jpg") == "same")
      expectNoDifference(try library.trashedTexts(), ["same"])
    }
  }

  @Test(arguments: [0, 50])
  func `takes files however deep they are`(depth: Int) async throws {
    try await Library.with { library in
      let path = String(repeating: String(repeating: "d", count: 99) + "/", count: depth) + "a.jpg"
      try library.write(path, "deep")

      #expect(library.trash(path, "deep").isDone)

      let entry = try #require(try library.storage.trashEntries().first)
      #expect(entry.diskBytes == Array(path.utf8) && entry.content == content(of: "deep"))
      #expect(library.storage.putBack(entry, to: entry.diskBytes).isDone)
      #expect(try library.text(path) == "deep")
    }
  }

  @Test func `is empty where there is none`() async throws {
    try await Library.with { library in
      expectNoDifference(try library.storage.trashEntries(), [])
      expectNoDifference(try library.names(in: ""), [])
    }
  }

  @Test func `of other locations, copied here by a script, is not ours`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "theirs")
      #expect(library.trash("a.jpg", "theirs").isDone)
      try library.move(".ledger/trash/desk", to: ".ledger/trash/plex")

      expectNoDifference(try library.storage.trashEntries(), [])
    }
  }

  @Test func `lists what is whole when a run was killed or a disk has lost something`()
    async throws
  {
    try await Library.with { library in
      for text in ["killed", "damaged", "whole"] {
        try library.write("\(text).jpg", text)
        #expect(library.trash("\(text).jpg", text).isDone)
      }
      for entry in try library.storage.trashEntries() where entry.path != "whole.jpg" {
        let folder = ".ledger/trash/desk/\(entry.id)"
        // Killed between the intent and the move; an entry cut short.
        if entry.path == "killed.jpg" { try library.move("\(folder)/file", to: "killed.jpg") }
        if entry.path == "damaged.jpg" { try library.write("\(folder)/entry", "deletion nas:3\n") }
      }
      try library.write(".ledger/trash/desk/strange", "no folder")
      try library.makeFolder(".ledger/trash/desk/empty")

      let entries = try library.storage.trashEntries()

      expectNoDifference(entries.map(\.path), ["whole.jpg"])
      expectNoDifference(try library.trashedTexts(), ["damaged", "whole"])
      #expect(library.trash("killed.jpg", "killed").isDone)
      expectNoDifference(try library.trashedTexts(), ["damaged", "killed", "whole"])
    }
  }

  @Test func `goes on holding what another program still writes to`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "photo")
      let writer = open("\(library.root)/a.jpg", O_WRONLY | O_APPEND | O_CLOEXEC)
      defer { close(writer) }
      #expect(library.trash("a.jpg", "photo").isDone)
      #expect(write(writer, "s", 1) == 1)

      let entry = try #require(try library.storage.trashEntries().first)

      #expect(library.storage.putBack(entry, to: Array("a.jpg".utf8)) == .changed)
      #expect(try library.status("a.jpg") == nil)
      expectNoDifference(try library.trashedTexts(), ["photos"])
    }
  }
}
