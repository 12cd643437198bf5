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

@Suite struct `Our own files` {
  // A path over 4,096 bytes is opened component by component, as everywhere on a Mac.
  @Test(arguments: [0, 45])
  func `are never read from outside the root`(depth: Int) async throws {
    try await Library.with { library in
      let prefix = String(repeating: String(repeating: "d", count: 99) + "/", count: depth)
      let up = String(repeating: "../", count: depth + 1)
      try library.write("../outside/a", "outside")
      try library.write("\(prefix)a", "inside")
      try library.write("\(prefix)file", "file")
      try library.makeLink("\(prefix)link", to: "\(library.root)/../outside")
      try library.makeLink("\(prefix)inner", to: ".")
      try library.makeLink("\(prefix)b", to: "\(library.root)/../outside/a")

      func read(_ path: String) -> (String?, Int32) {
        do {
          let bytes = try library.storage.readFile(prefix + path)
          return (bytes.map { String(decoding: $0, as: UTF8.self) }, 0)
        } catch { return (nil, (error as? StorageError)?.code ?? -1) }
      }
      #expect(read("a") == ("inside", 0))
      #expect(read("missing") == (nil, 0))
      #expect(read("file/below") == (nil, 0))
      #expect(read("link/a") == (nil, ELOOP))
      #expect(read("inner/a") == (nil, ELOOP))
      #expect(read("b") == (nil, ELOOP))
      #expect(read("\(up)outside/a") == (nil, EXDEV))
    }
  }

  @Test(arguments: [0, 1, 65_536, 300_000])
  func `are read as they were written, with their folders`(count: Int) async throws {
    try await Library.with { library in
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }

      try library.storage.writeFile(".ledger/deep/desk.json", bytes)

      #expect(try library.storage.readFile(".ledger/deep/desk.json") == bytes)
      expectNoDifference(try library.names(in: ".ledger/deep"), [Array("desk.json".utf8)])
    }
  }

  @Test func `are replaced, never written over`() async throws {
    try await Library.with { library in
      try library.storage.writeFile(".ledger/desk.json", Array("old and longer".utf8))
      let reader = open("\(library.root)/.ledger/desk.json", O_RDONLY | O_CLOEXEC)
      defer { close(reader) }

      try library.storage.writeFile(".ledger/desk.json", Array("new".utf8))

      var buffer = [UInt8](repeating: 0, count: 100)
      let count = read(reader, &buffer, buffer.count)
      #expect(String(decoding: buffer[..<max(count, 0)], as: UTF8.self) == "old and longer")
      #expect(try library.text(".ledger/desk.json") == "new")
    }
  }

  @Test func `are at any moment wholly the old or wholly the new`() async throws {
    try await Library.with { library in
      let versions = (0..<20).map { [UInt8](repeating: $0, count: 50_000 + Int($0)) }
      try library.storage.writeFile("a", versions[0])

      let seen = try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { for version in versions { try library.storage.writeFile("a", version) } }
        var seen: Set<[UInt8]> = []
        repeat {
          seen.insert(try #require(try library.storage.readFile("a")))
        } while !seen.contains(versions[19])
        try await tasks.waitForAll()
        return seen
      }

      #expect(seen.isSubset(of: versions))
    }
  }

  @Test func `stay as they were when they can't be replaced`() async throws {
    try await Library.with { library in
      try library.storage.writeFile("a/b", Array("old".utf8))
      try library.makeFolder("folder")
      try library.makeLink("link", to: "../outside")
      try library.makeFolder("../outside")
      try library.setMode("a", 0o555)

      #expect(throws: StorageError.self) {
        try asNobody { try library.storage.writeFile("a/b", [1]) }
      }
      for path in ["folder", "link/c", "a/b/c", "../outside/c"] {
        #expect(throws: StorageError.self, "\(path)") { try library.storage.writeFile(path, [1]) }
      }

      try library.setMode("a", 0o755)
      #expect(try library.text("a/b") == "old")
      #expect(try library.names(in: "folder").isEmpty)
      expectNoDifference(try library.names(in: "../outside"), [])
    }
  }

  @Test func `are written after a run that was killed in the middle of it`() async throws {
    try await Library.with { library in
      try library.write(".ledger/desk.json", "old")
      try library.write(".ledger/desk.json.new", "half of something long")

      try library.storage.writeFile(".ledger/desk.json", Array("new".utf8))

      #expect(try library.text(".ledger/desk.json") == "new")
      expectNoDifference(try library.names(in: ".ledger"), [Array("desk.json".utf8)])
    }
  }

  @Test func `name the locations that have their root here`() async throws {
    try await Library.with { library in
      expectNoDifference(try library.storage.markers(), [])
      for name in ["plex", "desk", "b-2"] {
        try library.storage.writeFile(".ledger/\(name).json", [])
      }
      try library.write(".ledger/desk.json.new", "")
      try library.write(".ledger/README.md", "")
      try library.makeFolder(".ledger/trash/desk")
      try library.write("nas.json", "a file of the library")

      expectNoDifference(try library.storage.markers(), ["b-2", "desk", "plex"])
    }
  }

  @Test func `are none where .ledger is a link or a file`() async throws {
    try await Library.with { library in
      try library.write("../outside/desk.json", "")
      try library.makeLink(".ledger", to: "../outside")
      let throughLink = #expect(throws: StorageError.self) { try library.storage.markers() }
      try library.remove(".ledger")
      try library.write(".ledger", "")
      let throughFile = #expect(throws: StorageError.self) { try library.storage.markers() }

      #expect(throughLink?.code == ELOOP && throughFile?.code == ENOTDIR)
    }
  }
}
