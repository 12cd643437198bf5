import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

@Suite struct `The quick check` {
  /// What a scan that began at `hashedAt` would know of `a.jpg`, were its bytes those of a word.
  private func believed(
    _ library: Library, hashedAt: (FileStamp) -> FileTime = { _ in later }
  ) async throws -> KnownFile {
    let file = try #require(try await library.observe().observation.files.first)
    return KnownFile(
      path: file.path, content: .of("believed"), stamp: file.stamp, hashedAt: hashedAt(file.stamp),
      diskBytes: nil)
  }

  @Test func `does not read a file again whose stamp is the same`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let known = try await believed(library)

      let result = try await library.observe(known: [known])

      // Other bytes than the file has: had it been read, they would have been found out.
      expectNoDifference(result.observation.files.map(\.content), [.of("believed")])
      #expect(result.hashedCount == 0 && result.hashedBytes == 0)
      #expect(result.observation.files.first?.wasHashed == false)
    }
  }

  @Test func `reads a file again that was only touched, and finds the same bytes`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let before = try await library.observe()
      try library.touch("a.jpg", FileTime(seconds: earlier.seconds + 5, nanoseconds: 0))

      let after = try await library.observe(known: before.known())

      #expect(after.hashedCount == 1 && after.observation.files.first?.wasHashed == true)
      #expect(after.observation.files.map(\.content) == before.observation.files.map(\.content))
      #expect(after.observation.files.first?.stamp.modified.seconds == earlier.seconds + 5)
    }
  }

  @Test func `reads a file again that differs by a nanosecond`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let known = try await believed(library)
      try library.touch(
        "a.jpg", FileTime(seconds: earlier.seconds, nanoseconds: earlier.nanoseconds + 1))

      let result = try await library.observe(known: [known])

      expectNoDifference(result.observation.files.map(\.content), [content(of: "bytes")])
    }
  }

  @Test func `reads other bytes of the same size with a new time`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let known = try await library.observe().known()
      try library.write(
        "a.jpg", "BYTES", modified: FileTime(seconds: earlier.seconds + 1, nanoseconds: 0))

      let result = try await library.observe(known: known)

      expectNoDifference(result.observation.files.map(\.content), [content(of: "BYTES")])
    }
  }

  @Test func `reads other bytes of the same size whose time was put back`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let known = try await library.observe().known()
      // The system's own time of the change may stand still for a tick; the inode does not.
      try library.write("new", "BYTES")
      try library.move("new", to: "a.jpg")

      let result = try await library.observe(known: known)

      expectNoDifference(result.observation.files.map(\.content), [content(of: "BYTES")])
      #expect(result.observation.files.first?.stamp.modified == earlier)
    }
  }

  @Test func `reads a file again that changed in the tick in which it was hashed`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let racy: [(FileStamp) -> FileTime] = [
        { $0.changed }, { $0.modified }, { $0.changed.advanced(milliseconds: 19) },
        { FileTime(seconds: $0.changed.seconds - 1, nanoseconds: 999_999_999) },
      ]
      for hashedAt in racy {
        let known = try await believed(library, hashedAt: hashedAt)

        let result = try await library.observe(known: [known])

        expectNoDifference(result.observation.files.map(\.content), [content(of: "bytes")])
      }
    }
  }

  @Test func `reads a file again that says it was modified when it was hashed, or later`()
    async throws
  {
    try await Library.with { library in
      let tick = FileTime(seconds: 3_000_000_000, nanoseconds: 7)
      try library.write("a.jpg", "bytes", modified: tick)
      for nanoseconds: Int32 in [6, 7] {
        let known = try await believed(library) { _ in
          FileTime(seconds: tick.seconds, nanoseconds: nanoseconds)
        }

        let result = try await library.observe(known: [known])

        expectNoDifference(result.observation.files.map(\.content), [content(of: "bytes")])
      }
    }
  }

  @Test func `believes a file that changed just before the tick`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let known = try await believed(library) { $0.changed.advanced(milliseconds: 21) }

      let result = try await library.observe(known: [known])

      expectNoDifference(result.observation.files.map(\.content), [.of("believed")])
    }
  }

  @Test func `believes a file that says it was modified days from now`() async throws {
    try await Library.with { library in
      try library.write(
        "a.jpg", "bytes", modified: FileTime(seconds: later.seconds + 90_000, nanoseconds: 0))
      let known = try await believed(library)

      let result = try await library.observe(known: [known])

      expectNoDifference(result.observation.files.map(\.content), [.of("believed")])
    }
  }

  @Test func `finds each file's own line among the known`() async throws {
    try await Library.with { library in
      for path in ["b", "d", "f", "h"] { try library.write(path, path) }
      let known = try await library.observe().known()
      for path in ["a", "c", "g", "i"] { try library.write(path, path) }
      for path in ["b", "h"] { try library.remove(path) }
      try library.write("f", "F", modified: FileTime(seconds: 1, nanoseconds: 0))

      let result = try await library.observe(known: known)

      expectNoDifference(result.paths, ["a", "c", "d", "f", "g", "i"])
      expectNoDifference(
        result.observation.files.map(\.content), ["a", "c", "d", "F", "g", "i"].map(content))
      expectNoDifference(
        result.observation.files.map(\.wasHashed), [true, true, false, true, true, true])
    }
  }
}

@Suite struct `A file that is still changing` {
  private static let now = FileTime(seconds: 1_700_000_000, nanoseconds: 500)

  @Test(arguments: [
    FileTime(seconds: 1_699_999_998, nanoseconds: 501),
    FileTime(seconds: 1_699_999_999, nanoseconds: 0), now,
  ])
  func `is left for the next scan`(modified: FileTime) async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes", modified: modified)
      try library.write("b.jpg", "bytes")

      let result = try await library.observe(now: Self.now)
      let next = try await library.observe(
        now: FileTime(seconds: Self.now.seconds + 2, nanoseconds: 500))

      expectNoDifference(result.paths, ["b.jpg"])
      expectNoDifference(result.unknown, ["a.jpg: unsettled (modified just now)"])
      #expect(result.observation.isComplete && result.observation.ignored.isEmpty)
      expectNoDifference(next.paths, ["a.jpg", "b.jpg"])
    }
  }

  @Test(arguments: [
    FileTime(seconds: 1_699_999_998, nanoseconds: 500),
    // A camera's clock ahead of ours must not hide its photos until then.
    FileTime(seconds: 1_700_000_000, nanoseconds: 501), FileTime(seconds: 1 << 33, nanoseconds: 0),
  ])
  func `is none that was modified before that, or in the future`(modified: FileTime) async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes", modified: modified)

      let result = try await library.observe(now: Self.now)

      expectNoDifference(result.paths, ["a.jpg"])
      expectNoDifference(result.unknown, [])
    }
  }

  @Test func `is hidden from no scan that settles for less`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes", modified: Self.now)

      let result = try await library.observe(now: Self.now, settleSeconds: 0)

      expectNoDifference(result.paths, ["a.jpg"])
    }
  }

  @Test func `is not gone, although it was known`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "bytes")
      let known = try await library.observe().known(hashedAt: Self.now)
      try library.write("a.jpg", "other", modified: Self.now)

      let result = try await library.observe(known: known, now: Self.now)

      expectNoDifference(result.unknown, ["a.jpg: unsettled (modified just now)"])
      #expect(result.observation.ignored.isEmpty)
    }
  }
}
