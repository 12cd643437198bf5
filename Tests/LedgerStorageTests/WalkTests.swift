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

@Suite struct `A walk` {
  @Test func `finds the files of all folders, in byte order of their paths`() async throws {
    try await Library.with { library in
      for path in ["b/a.jpg", "b.jpg", "b/c/d/e/f.jpg", "B.jpg", "b/c.jpg", ".hidden.jpg"] {
        try library.write(path, path)
      }
      try library.makeFolder("empty/inner")

      let result = try await library.observe()

      expectNoDifference(
        result.paths,
        [".hidden.jpg", "B.jpg", "b.jpg", "b/a.jpg", "b/c.jpg", "b/c/d/e/f.jpg"])
      expectNoDifference(
        result.observation.files.map(\.content), result.paths.map { content(of: $0.description) })
      expectNoDifference(result.unknown, [])
      #expect(result.observation.isComplete && result.observation.ignored.isEmpty)
      #expect(result.mounts.isEmpty)
    }
  }

  @Test func `says of each file what the system says`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "12345", modified: FileTime(seconds: -7, nanoseconds: 42))
      let status = try #require(try library.status("a.jpg"))

      let file = try #require(try await library.observe().observation.files.first)

      #expect(file.stamp.byteCount == 5)
      #expect(file.stamp.modified == FileTime(seconds: -7, nanoseconds: 42))
      #expect(file.stamp.inode == UInt64(status.st_ino))
      #expect(try library.storage.identity().device == file.stamp.device)
      #expect(file.wasHashed && file.diskBytes == nil)
    }
  }

  @Test func `finds nothing in an empty library, and all of nothing`() async throws {
    try await Library.with { library in
      let result = try await library.observe()

      #expect(result.paths.isEmpty && result.unknown.isEmpty)
      #expect(result.observation.isComplete)
    }
  }

  @Test func `neither follows nor records what is no file`() async throws {
    try await Library.with { library in
      try library.write("../outside/secret.jpg", "secret")
      try library.write("real/a.jpg", "a")
      try library.makeLink("link.jpg", to: "real/a.jpg")
      try library.makeLink("folder", to: "real")
      try library.makeLink("out", to: "../outside")
      try library.makeLink("real/up", to: "..")
      try library.makeLink("dangling.jpg", to: "nowhere")
      try library.makeLink("loop.jpg", to: "loop.jpg")
      try library.makeLink("null.jpg", to: "/dev/null")
      #expect(mkfifo("\(library.root)/fifo.jpg", 0o644) == 0)
      let socket = try library.makeSocket("s")
      defer { close(socket) }

      let result = try await library.observe()

      expectNoDifference(result.paths, ["real/a.jpg"])
      expectNoDifference(result.unknown, [])
      #expect(result.observation.isComplete)
    }
  }

  @Test func `takes hard links for files like any other`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "same")
      #expect(link("\(library.root)/a.jpg", "\(library.root)/b.jpg") == 0)

      let files = try await library.observe().observation.files

      expectNoDifference(files.map(\.path), ["a.jpg", "b.jpg"])
      #expect(files[0].stamp.inode == files[1].stamp.inode)
      #expect(files.allSatisfy { $0.content == content(of: "same") })
    }
  }

  @Test func `takes files without bytes, and files with holes`() async throws {
    try await Library.with { library in
      try library.write("empty.jpg", "")
      try library.write("sparse.mov", "")
      #expect(truncate("\(library.root)/sparse.mov", 20_000_001) == 0)
      try library.touch("sparse.mov", earlier)

      let result = try await library.observe()

      let zeros = [UInt8](repeating: 0, count: 20_000_001)
      expectNoDifference(
        result.observation.files.map(\.content), [content(of: ""), content(of: zeros)])
      #expect(result.hashedBytes == 20_000_001)
    }
  }

  @Test(arguments: [40, 50])
  func `finds files however deep they are`(hundreds: Int) async throws {
    try await Library.with { library in
      let folder = [String](repeating: String(repeating: "d", count: 99), count: hundreds)
      let path = (folder + ["a.jpg"]).joined(separator: "/")
      try library.write(path, "deep")

      let first = try await library.observe()
      let second = try await library.observe(known: first.known())

      expectNoDifference(first.paths, try [#require(LibraryPath(path))])
      expectNoDifference(first.observation.files.map(\.content), [content(of: "deep")])
      expectNoDifference(first.unknown + second.unknown, [])
      #expect(second.hashedCount == 0)
    }
  }

  @Test(arguments: [1, 2, 8])
  func `gives the same result however many files are hashed at once`(width: Int) async throws {
    try await Library.with { library in
      // More than the groups of small files, and one file that is a group alone.
      for number in 0..<300 { try library.write("\(number % 7)/\(number).jpg", "\(number)") }
      try library.write(Array("3/large.mov".utf8), [UInt8](repeating: 7, count: 5 << 20))

      let files = try await library.observe(width: width).observation.files

      #expect(files.count == 301)
      #expect(files.map(\.path) == files.map(\.path).sorted())
      for file in files where file.path != "3/large.mov" {
        let number = try #require(file.path.text?.split(separator: "/").last?.dropLast(4))
        #expect(file.content == content(of: String(number)))
      }
    }
  }

  @Test func `tells how far it has come`() async throws {
    try await Library.with { library in
      for number in 0..<300 { try library.write("a/\(number).jpg", "12") }
      let steps = Steps()

      _ = try await library.observe { steps.add($0) }

      let hashed = steps.all.filter { $0.files > 0 }
      #expect(steps.all.first?.totalFiles == 0 && steps.all.first?.files == 0)
      #expect(hashed.count == 3)
      #expect(hashed.allSatisfy { $0.totalFiles == 300 && $0.totalBytes == 600 })
      #expect(hashed.last?.files == 300 && hashed.last?.bytes == 600)
    }
  }

  @Test func `ends when it is cancelled, with no result`() async throws {
    try await Library.with { library in
      for number in 0..<300 { try library.write("\(number).jpg", "a") }

      let scan = Task {
        try await library.observe(width: 1) { _ in withUnsafeCurrentTask { $0?.cancel() } }
      }

      await #expect(throws: CancellationError.self) { try await scan.value }
    }
  }
}

@Suite struct `A root` {
  @Test func `has to be a folder`() async throws {
    try await Library.with { library in
      try library.write("file", "no folder")

      for (path, code) in [("file", ENOTDIR), ("missing", ENOENT), ("file/below", ENOTDIR)] {
        let error = #expect(throws: StorageError.self) {
          try FolderStorage(root: "\(library.root)/\(path)", location: "desk")
        }
        #expect(error?.code == code && error?.operation == "open")
        #expect(error?.description.hasPrefix("open \(library.root)/\(path): ") == true)
      }
      #expect(try library.text("file") == "no folder")
    }
  }

  @Test func `may be reached over a link, which is followed once`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "a")
      try library.write("../other/b.jpg", "b")
      let link = "\(library.root)/../link"
      #expect(symlink(library.root, link) == 0)
      let storage = try FolderStorage(root: link, location: "desk")
      #expect(unlink(link) == 0 && symlink("\(library.root)/../other", link) == 0)

      let linked = Library(root: link, storage: storage)

      let result = try await linked.observe()

      expectNoDifference(result.paths, ["a.jpg"])
      let (ours, theirs) = (try storage.identity(), try library.storage.identity())
      #expect(ours == theirs && ours != (0, 0))
    }
  }
}
