import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

/// A name as a disk has it, with the key that it should get.
private struct Name: CustomTestStringConvertible {
  let testDescription: String
  let disk: [UInt8]
  let key: [UInt8]

  /// A name that is its own key.
  init(_ testDescription: String, _ disk: [UInt8], key: [UInt8]? = nil) {
    self.testDescription = testDescription
    self.disk = disk
    self.key = key ?? disk
  }

  init(_ testDescription: String, _ disk: String, key: String? = nil) {
    self.init(testDescription, Array(disk.utf8), key: key.map { Array($0.utf8) })
  }

  static let all = [
    Name("spaces", " a  b .jpg "),
    Name("quotes", "it's \"a\" `b`.jpg"),
    Name("a line break", "a\nb/\n.jpg"),
    Name("control characters", "\u{1}\t\u{1b}[31m\r\u{7f}.jpg"),
    Name("what shells and git read", "-rf *?[a]\\$(b)%20#!.jpg"),
    Name("emoji", "👨‍👩‍👧/🇨🇭.jpg"),
    Name("right to left", "\u{202e}gpj.אב.jpg"),
    Name("dots", "...jpg/..a/a../..."),
    Name("composed", "Z\u{fc}rich/caf\u{e9}.jpg"),
    Name("decomposed", "Zu\u{308}rich/cafe\u{301}.jpg", key: "Z\u{fc}rich/caf\u{e9}.jpg"),
    Name("Hangul, decomposed", "\u{1112}\u{1161}\u{11ab}.jpg", key: "\u{d55c}.jpg"),
    Name("invalid UTF-8", [0xff, 0xfe, 0x2f, 0x61, 0xe9, 0x2e, 0x6a, 0x70, 0x67]),
    // Where some bytes are no text, none are composed: the key is the name.
    Name("decomposed with invalid UTF-8", [0x65, 0xcc, 0x81, 0xff]),
    Name("255 bytes", String(repeating: "n", count: 251) + ".jpg"),
  ]
}

@Suite struct `Names` {
  @Test(arguments: Name.all)
  fileprivate func `have a key in NFC, and their own bytes for the disk`(
    _ name: Name
  ) async throws {
    try await Library.with { library in
      try library.write(name.disk, Array("photo".utf8))

      let first = try await library.observe()
      let second = try await library.observe(known: first.known())

      let file = try #require(first.observation.files.first)
      expectNoDifference(file.path.bytes, name.key)
      expectNoDifference(file.diskBytes, name.disk == name.key ? nil : name.disk)
      #expect(file.content == content(of: "photo"))
      #expect(second.hashedCount == 0 && second.observation.files.first?.path == file.path)
      expectNoDifference(second.observation.files.first?.diskBytes, file.diskBytes)
    }
  }

  @Test(arguments: Name.all)
  fileprivate func `come back from the trash as they were`(_ name: Name) async throws {
    try await Library.with { library in
      try library.write(name.disk, Array("photo".utf8))
      let photo = content(of: "photo")

      let trashed = library.storage.trash(
        name.disk, expecting: photo,
        for: TrashIntent("nas:3", after: 7, now: 1_800_000_000, minCopies: nil))
      let entry = try #require(try library.storage.trashEntries().first)

      #expect(trashed.isDone)
      #expect(try library.status(name.disk) == nil)
      expectNoDifference(entry.diskBytes, name.disk)
      expectNoDifference(entry.path.bytes, name.key)
      #expect(library.storage.putBack(entry, to: entry.diskBytes).isDone)
      expectNoDifference(try library.bytes(name.disk), Array("photo".utf8))
    }
  }

  #if os(Linux)
    // Only a file system that keeps the bytes of names can have both.
    @Test func `of one key in two spellings are both left alone`() async throws {
      try await Library.with { library in
        let (composed, decomposed) = ("caf\u{e9}.jpg", "cafe\u{301}.jpg")
        try library.write(composed, "one")
        let known = try await library.observe().known()
        try library.write(decomposed, "two")
        try library.write("z.jpg", "z")

        let result = try await library.observe(known: known)

        expectNoDifference(result.paths, ["z.jpg"])
        expectNoDifference(
          result.observation.unknown.map(\.diskBytes),
          [Array(decomposed.utf8), Array(composed.utf8)])
        #expect(result.observation.unknown.allSatisfy { $0.reason == .nameCollision })
        #expect(result.observation.isComplete && result.observation.ignored.isEmpty)
        #expect(try library.text(composed) == "one")
        #expect(try library.text(decomposed) == "two")
      }
    }

    @Test func `of folders in two spellings collide only where files do`() async throws {
      try await Library.with { library in
        try library.write("caf\u{e9}/a.jpg", "one")
        try library.write("cafe\u{301}/a.jpg", "two")
        try library.write("caf\u{e9}/b.jpg", "b")
        try library.write("cafe\u{301}/c.jpg", "c")

        let result = try await library.observe()

        expectNoDifference(result.paths, ["caf\u{e9}/b.jpg", "caf\u{e9}/c.jpg"])
        expectNoDifference(
          result.observation.files.map(\.diskBytes), [nil, Array("cafe\u{301}/c.jpg".utf8)])
        #expect(result.observation.unknown.map(\.reason) == [.nameCollision, .nameCollision])
      }
    }
  #endif

  @Test func `that differ by case are two files where the file system says so`() async throws {
    try await Library.with { library in
      try library.makeFolder(".ledger")
      try library.write("a.jpg", "lower")
      let ignoresCase = try library.status("A.jpg") != nil
      #expect(try library.storage.isCaseInsensitive() == ignoresCase)
      if !ignoresCase { try library.makeFolder(".LEDGER") }
      try library.write("A.jpg", "upper")

      let result = try await library.observe()

      #expect(try library.storage.isCaseInsensitive() == ignoresCase)
      #expect(result.paths.count == (ignoresCase ? 1 : 2))
      expectNoDifference(result.unknown, [])
    }
  }
}
