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

/// What takes minutes is done where `LEDGER_TEST_LARGE` is set.
private let isLarge = getenv("LEDGER_TEST_LARGE") != nil

@Suite struct `A large` {
  @Test func `file of 100 GB is known by its stamp, and is not read for that`() async throws {
    try await Library.with { library in
      let size: Int64 = 100 << 30
      try library.write("film.mov", "")
      #expect(truncate("\(library.root)/film.mov", Int(size)) == 0)
      try library.touch("film.mov", later)
      // Left alone while it may still be written to.
      let settling = try await library.observe()
      expectNoDifference(settling.unknown, ["film.mov: unsettled (modified just now)"])
      #expect(settling.hashedBytes == 0)

      try library.touch("film.mov", earlier)
      let stamp = try #require(try library.status("film.mov"))
      let content = Content(digest: ContentHasher.sha256([[1]]), byteCount: size)
      let known = KnownFile(
        path: "film.mov", content: content, stamp: FileStamp(stamp), hashedAt: later,
        diskBytes: nil)
      let result = try await library.observe(known: [known])

      #expect(result.observation.files.map(\.stamp.byteCount) == [107_374_182_400])
      #expect(result.observation.files.map(\.content) == [content])
      #expect(result.hashedBytes == 0)
    }
  }

  @Test func `file with a hole is read to its last byte`() async throws {
    try await Library.with { library in
      let size = isLarge ? 8 << 30 : (64 << 20) + 1
      try library.write("film.mov", "")
      #expect(truncate("\(library.root)/film.mov", size) == 0)
      try library.touch("film.mov", earlier)

      let result = try await library.observe()

      var hasher = ContentHasher([.sha256])
      let zeros = [UInt8](repeating: 0, count: 1 << 20)
      for start in stride(from: 0, to: size, by: zeros.count) {
        zeros.withUnsafeBytes {
          hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<min(zeros.count, size - start)]))
        }
      }
      expectNoDifference(result.observation.files.map(\.content), [hasher.finish()])
    }
  }

  @Test func `folder is listed to its end`() async throws {
    try await Library.with { library in
      let count = isLarge ? 200_000 : 10_000
      try library.makeFolder("all")
      let folder = open("\(library.root)/all", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      defer { close(folder) }
      // Hard links are quicker to make; a file system has only so many for one file.
      for number in 0..<count {
        if number % 10_000 == 0 {
          close(openat(folder, "\(number).jpg", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644))
        } else {
          linkat(folder, "\(number - number % 10_000).jpg", folder, "\(number).jpg", 0)
        }
      }

      let now = FileTime(seconds: Int64(time(nil)) + 1, nanoseconds: 0)
      let result = try await library.observe(now: now, settleSeconds: 1_000_000)

      // All of them are too new to be read: that is what the walk found.
      #expect(result.observation.unknown.count == count)
      #expect(Set(result.observation.unknown.map(\.diskBytes)).count == count)
      #expect(result.observation.isComplete)
    }
  }
}

extension FileStamp {
  fileprivate init(_ status: stat) {
    func time(_ time: timespec) -> FileTime {
      FileTime(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }
    #if canImport(Darwin)
      let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #else
      let (modified, changed) = (status.st_mtim, status.st_ctim)
    #endif
    self.init(
      byteCount: Int64(status.st_size), modified: time(modified), changed: time(changed),
      inode: UInt64(status.st_ino), device: UInt64(status.st_dev))
  }
}
