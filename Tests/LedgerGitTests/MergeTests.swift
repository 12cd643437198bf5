import CustomDump
import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `Main` {
  @Test func `holds the union of the streams in an ordinary merge`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let (a, b) = (try await hub.clone(desk), try await hub.clone(plex))
      let deskHead = try a.append(1, "a")
      _ = try await a.push()
      let plexHead = try b.append(1, "b")
      #expect(try await b.git.fetch() == .done)

      let main = try #require(try b.mergeMain())

      let path = b.repository.path
      let files = try b.repository.listBatches(atMainCommit: main).files
      expectNoDifference(
        try files.map { try b.repository.batchBlob($0) },
        [batch(desk, 1, "a"), batch(plex, 1, "b")])
      let root = try b.repository.rootCommit()
      #expect(
        try await HermeticGit.run("log", "-1", "--format=%P|%s|%an|%b", "main", in: path)
          == "\(root) \(deskHead) \(plexHead)|main: desk, plex|plex|")
      #expect(
        try await HermeticGit.run("ls-tree", "--name-only", "main", in: path)
          == "events\nledger.json")
      try await HermeticGit.run("fsck", "--strict", "--no-dangling", in: path)
    }
  }

  @Test func `is asked to be pushed until the hub has it, and only then not`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      #expect(try clone.mergeMain() == nil)
      try clone.append(1)

      let first = try #require(try clone.mergeMain())
      #expect(try clone.mergeMain() == first)
      _ = try await clone.push(main: true)
      #expect(try clone.mergeMain() == nil)

      try clone.append(2)
      let second = try #require(try clone.mergeMain())
      try clone.append(3)
      let third = try #require(try clone.mergeMain())
      #expect(try clone.repository.isAncestor(second, of: third))
    }
  }

  @Test func `that lost a race does not hold up the stream, and is made good`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let (a, b) = (try await hub.clone(desk), try await hub.clone(plex))
      try a.append(1, "a")
      try b.append(1, "b")
      try a.mergeMain()
      let lost = try #require(try b.mergeMain())
      #expect(try await a.push(main: true).main == .landed)

      let raced = try await b.push(main: true)

      #expect(raced.stream == .landed)
      #expect(raced.main == .refused("[rejected] (fetch first)"))
      #expect(try await b.git.fetch() == .done)
      let good = try #require(try b.mergeMain())
      #expect(try !b.repository.isAncestor(lost, of: good))
      #expect(try await b.push(main: true).main == .landed)
      #expect(try b.repository.listBatches(atMainCommit: good).files.count == 2)
      #expect(try b.mergeMain() == nil)
    }
  }

  @Test func `follows the hub where this clone has nothing of its own`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let (a, b) = (try await hub.clone(desk), try await hub.clone(plex))
      try a.append(1)
      let main = try a.mergeMain()
      _ = try await a.push(main: true)
      #expect(try await b.git.fetch() == .done)

      #expect(try b.mergeMain() == nil)
      #expect(try b.repository.mainHead() == main)
    }
  }
}
