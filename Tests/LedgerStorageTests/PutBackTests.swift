import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

@Suite struct `Putting a file back` {
  /// A trashed `2026/a.jpg` with the bytes "photo".
  private func trashed(_ library: Library) throws -> TrashEntry {
    try library.write("2026/a.jpg", "photo")
    #expect(library.trash("2026/a.jpg", "photo").isDone)
    return try #require(try library.storage.trashEntries().first)
  }

  @Test func `gives it its path, its bytes and its times again, and ends its entry`() async throws {
    try await Library.with { library in
      let entry = try trashed(library)

      let outcome = library.storage.putBack(entry, to: entry.diskBytes)

      let file = try #require(try await library.observe().observation.files.first)
      #expect(outcome == .done(file.stamp))
      #expect(file.path == "2026/a.jpg" && file.content == content(of: "photo"))
      #expect(file.stamp.modified == earlier)
      expectNoDifference(try library.storage.trashEntries(), [])
      expectNoDifference(try library.names(in: ".ledger/trash/desk"), [])
    }
  }

  @Test func `makes the folders that are gone, also under another name`() async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      try library.remove("2026")

      #expect(library.storage.putBack(entry, to: Array("x/y/a.jpg".utf8)).isDone)

      #expect(try library.text("x/y/a.jpg") == "photo")
      #expect(try library.status("2026") == nil)
    }
  }

  @Test(arguments: ["photo", "other", ""])
  func `never goes over a file, not even over one with the same bytes`(there: String) async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      try library.write("2026/a.jpg", there)

      #expect(library.storage.putBack(entry, to: entry.diskBytes) == .occupied)

      #expect(try library.text("2026/a.jpg") == there)
      expectNoDifference(try library.storage.trashEntries(), [entry])
      expectNoDifference(try library.trashedTexts(), ["photo"])
    }
  }

  @Test(arguments: ["PHOTO", "photo and more", ""])
  func `refuses bytes that are not what was trashed, and keeps them`(damaged: String) async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      try library.write(".ledger/trash/desk/\(entry.id)/file", damaged)

      #expect(library.storage.putBack(entry, to: entry.diskBytes) == .changed)

      #expect(try library.status("2026/a.jpg") == nil)
      expectNoDifference(try library.trashedTexts(), [damaged])
      expectNoDifference(try library.storage.trashEntries(), [entry])
    }
  }

  @Test func `says so when the trash has it no more`() async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      try library.move(".ledger/trash/desk/\(entry.id)/file", to: "../a.jpg")
      #expect(library.storage.putBack(entry, to: entry.diskBytes) == .gone)

      try library.move(".ledger/trash", to: "../trash")
      #expect(library.storage.putBack(entry, to: entry.diskBytes) == .gone)

      #expect(try library.names(in: "2026").isEmpty)
    }
  }

  @Test func `does it once`() async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      #expect(library.storage.putBack(entry, to: entry.diskBytes).isDone)

      #expect(library.storage.putBack(entry, to: Array("b.jpg".utf8)) == .gone)

      #expect(try library.status("b.jpg") == nil)
      #expect(try library.text("2026/a.jpg") == "photo")
    }
  }

  @Test func `never follows a link, in the trash or on the way`() async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      try library.move("2026", to: "../2026")
      try library.makeLink("2026", to: "../2026")
      let onTheWay = library.storage.putBack(entry, to: entry.diskBytes)

      let folder = ".ledger/trash/desk/\(entry.id)"
      try library.move("\(folder)/file", to: "../a.jpg")
      try library.makeLink("\(folder)/file", to: "\(library.root)/../a.jpg")
      let inTheTrash = library.storage.putBack(entry, to: Array("b.jpg".utf8))

      #expect(onTheWay == .blocked("a folder on the way is a symbolic link"))
      #expect(inTheTrash.isBlocked)
      #expect(try library.names(in: "../2026").isEmpty)
      #expect(try library.text("../a.jpg") == "photo")
      #expect(try library.status("b.jpg") == nil)
    }
  }

  @Test(arguments: ["../a.jpg", "2026/../../a.jpg", "..", "/a.jpg", "", ".ledger/a", "a/"])
  func `goes nowhere by a path that is none of the library's`(path: String) async throws {
    try await Library.with { library in
      let entry = try trashed(library)

      #expect(library.storage.putBack(entry, to: Array(path.utf8)).isBlocked)

      #expect(try library.status("../a.jpg") == nil)
      expectNoDifference(try library.names(in: ".ledger"), [Array("trash".utf8)])
      expectNoDifference(try library.trashedTexts(), ["photo"])
    }
  }

  @Test func `says what is in the way where a file has the name of its folder`() async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      try library.remove("2026")
      try library.write("2026", "a file")

      let outcome = library.storage.putBack(entry, to: entry.diskBytes)

      #expect(outcome == .blocked("open 2026: Not a directory"))
      #expect(try library.text("2026") == "a file")
      expectNoDifference(try library.trashedTexts(), ["photo"])
    }
  }

  @Test func `leaves it in the trash where nothing may be written`() async throws {
    try await Library.with { library in
      let entry = try trashed(library)
      try library.setMode("2026", 0o555)

      let outcome = asNobody { library.storage.putBack(entry, to: entry.diskBytes) }

      try library.setMode("2026", 0o755)
      #expect(outcome.isBlocked)
      expectNoDifference(try library.trashedTexts(), ["photo"])
      expectNoDifference(try library.storage.trashEntries(), [entry])
    }
  }
}
