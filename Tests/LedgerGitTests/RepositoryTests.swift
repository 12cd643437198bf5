import CustomDump
import Foundation
import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `A ledger's repository` {
  @Test func `reads back what was appended, in the order of the numbers`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      let first = try clone.append(1, "a")
      let second = try clone.append(7, "b")

      let all = try clone.repository.batchFiles(of: desk, from: nil, to: second)
      let new = try clone.repository.batchFiles(of: desk, from: first, to: second)
      let none = try clone.repository.batchFiles(of: desk, from: second, to: second)

      expectNoDifference(all.blobs, [batch(desk, 1, "a"), batch(desk, 7, "b")])
      expectNoDifference(new.blobs, [batch(desk, 7, "b")])
      expectNoDifference(none.blobs, [])
      expectNoDifference(all.oddities + new.oddities, [])
    }
  }

  @Test func `reads a whole stream on all cores, in the order of the numbers`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      var head = try clone.append(1, "0")
      for number in 2...100 { head = try clone.append(number, "\(number % 10)") }

      // What the body makes nothing of is left out.
      let listing = try clone.repository.listBatches(of: desk, from: nil, to: head)
      let found = try clone.repository.readBatches(listing.files) {
        $0.name.hasSuffix("7.jsonl") ? nil : $0
      }

      expectNoDifference(
        found,
        [batch(desk, 1, "0")]
          + (2...100).filter { $0 % 10 != 7 }.map { batch(desk, $0, "\($0 % 10)") })
      expectNoDifference(listing.oddities, [])

      let lost = try await HermeticGit.run(
        "rev-parse", "\(head):\(batch(desk, 64).name)", in: clone.repository.path)
      try await HermeticGit.runProgramSuccessfully(
        ["rm", "objects/\(lost.prefix(2))/\(lost.dropFirst(2))"], in: clone.repository.path)
      #expect(throws: GitError.self) {
        try LedgerRepository(path: clone.repository.path).readBatches(listing.files) { $0 }
      }
    }
  }

  @Test func `reads only what is new: what is older may even be missing`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      let earlier = BatchBlob(name: "events/desk/2026-10/01/000000000001.jsonl", bytes: [10])
      let first = try clone.repository.append(
        earlier, to: desk, onto: nil, message: "x\n", author: author(desk))
      let second = try clone.append(2, "old")
      let third = try clone.append(3, "new")
      for object in ["events/desk/2026-10", "events/desk/2026-11/23/000000000002.jsonl"] {
        let id = try await HermeticGit.run(
          "rev-parse", "\(second):\(object)", in: clone.repository.path)
        try await HermeticGit.runProgramSuccessfully(
          ["rm", "objects/\(id.prefix(2))/\(id.dropFirst(2))"], in: clone.repository.path)
      }

      let again = try LedgerRepository(path: clone.repository.path)
      let new = try again.batchFiles(of: desk, from: second, to: third)

      expectNoDifference(new.blobs, [batch(desk, 3, "new")])
      #expect(throws: GitError.self) { try again.batchFiles(of: desk, from: first, to: third) }
    }
  }

  @Test func `reads nothing as gone when a ref is broken`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let clone = try await hub.clone(desk)
      try clone.append(1)
      try await HermeticGit.runProgramSuccessfully(
        ["cp", "/dev/null", "\(clone.repository.path)/refs/heads/desk"], in: folder)

      #expect(throws: GitError.self) { try clone.repository.heads(own: desk) }
      #expect(throws: GitError.self) {
        try clone.repository.append(
          batch(desk, 1), to: desk, onto: nil, message: "x\n", author: author(desk))
      }
    }
  }

  @Test func `forgets the locks of a git that was killed`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      let path = clone.repository.path
      try await HermeticGit.runProgramSuccessfully(
        ["touch", "refs/heads/desk.lock", "packed-refs.lock"], in: path)
      #expect(throws: GitError.self) { try clone.append(1) }

      let removed = try clone.repository.removeStaleLocks()

      expectNoDifference(removed, ["packed-refs.lock", "refs/heads/desk.lock"])
      try clone.append(1)
    }
  }

  @Test func `describes itself by its first commit`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let clone = try await hub.clone(desk)
      try clone.append(1)
      try clone.mergeMain()

      let atHub = try LedgerRepository(path: hub.path)
      #expect(try clone.repository.description() == ledgerJSON)
      #expect(try atHub.description() == ledgerJSON)
      #expect(try clone.repository.rootCommit() == atHub.rootCommit())
    }
  }

  @Test func `makes a line of commits that git finds nothing wrong with`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      for number in 1...20 { try clone.append(number) }
      let path = clone.repository.path

      let changes = try await HermeticGit.run(
        "log", "--format=%an <%ae> %at|%cn|%s|%b", "--name-status", "desk", in: path)
      let lines = changes.split(separator: "\n").map(String.init)

      #expect(lines.filter { $0.hasPrefix("A\tevents/desk/2026-11/23/") }.count == 20)
      #expect(lines.filter { $0.hasPrefix("M\t") || $0.hasPrefix("D\t") }.isEmpty)
      #expect(lines[0] == "desk <desk@ledger> 1795449620|desk|desk: 20 added|Ledger-Batch: desk:20")
      #expect(try await HermeticGit.run("rev-list", "--min-parents=2", "desk", in: path) == "")
      #expect(try await HermeticGit.run("rev-list", "--count", "desk", in: path) == "21")
      try await HermeticGit.run("fsck", "--strict", "--no-dangling", in: path)
    }
  }

  @Test func `appends nothing where the stream does not end as expected`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      let first = try clone.append(1)
      let second = try clone.append(2)

      for parent in [first, nil] {
        let error = #expect(throws: GitError.self) {
          try clone.repository.append(
            batch(desk, 3), to: desk, onto: parent, message: "x\n", author: author(desk))
        }
        #expect(error?.isConcurrentChange == true)
      }
      #expect(try clone.head == second)
    }
  }

  @Test func `takes a batch neither twice nor for another location`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      let first = try clone.append(1)
      for file in [batch(desk, 1, "other"), batch(plex, 2), BatchBlob(name: "x", bytes: [])] {
        #expect(throws: GitError.self) {
          try clone.repository.append(
            file, to: desk, onto: first, message: "x\n", author: author(desk))
        }
      }
      #expect(try clone.head == first)
    }
  }

  @Test func `names what was changed, removed or does not belong`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      try clone.append(1)
      let old = try clone.append(2)
      let work = "\(folder)/work"
      try await HermeticGit.run(
        "clone", "-q", "-b", "desk", clone.repository.path, work, in: folder)
      let run = try await HermeticGit.runProgram(
        [
          "sh", "-c",
          """
          cd work/events/desk/2026-11/23 && echo other >000000000001.jsonl && rm *2.jsonl &&
          mkdir ../../../plex && echo x >../../../plex/x && chmod +x . && printf '{}\\n3\\n' >000000000003.jsonl
          git add -A /\(work.dropFirst()) && git commit -qm x && git push -q origin desk:strange
          """,
        ], in: folder, environment: HermeticGit.environment())
      #expect(run.exitStatus == 0, "\(run.words)")
      let new = try #require(
        CommitID(try await HermeticGit.run("rev-parse", "strange", in: clone.repository.path)))

      let found = try clone.repository.batchFiles(of: desk, from: old, to: new)

      expectNoDifference(found.blobs.map(\.bytes), [Array("{}\n3\n".utf8)])
      expectNoDifference(
        found.oddities,
        [
          "events/desk/2026-11/23/000000000001.jsonl was changed",
          "events/desk/2026-11/23/000000000002.jsonl was removed",
          "events/plex does not belong there",
        ])
      expectNoDifference(
        try clone.repository.heads(own: desk).strangeRefs, ["refs/heads/strange"])
    }
  }

  @Test func `keeps the last words of each location`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      #expect(try clone.repository.readBlobRef(of: desk) == nil)

      try clone.repository.writeBlobRef(of: desk, [1])
      try clone.repository.writeBlobRef(of: desk, [1, 2])

      #expect(try clone.repository.readBlobRef(of: desk) == [1, 2])
      #expect(try clone.repository.seenLocations() == [desk])
    }
  }

  @Test func `writes what a pack has already, and there is no folder of its own for it`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let path = try await TestHub(in: folder).clone(desk).repository.path
      try LedgerRepository(path: path).writeBlobRef(of: desk, [1])
      try await HermeticGit.run("repack", "-q", "-a", "-d", in: path)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/objects").count == 2)

      let clone = try LedgerRepository(path: path)
      try clone.writeBlobRef(of: desk, [1])

      #expect(try clone.readBlobRef(of: desk) == [1])
    }
  }

  @Test func `writes an object anew that a full disk left empty`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let path = try await hub.clone(desk).repository.path
      try LedgerRepository(path: path).writeBlobRef(of: desk, [1])
      let name = try await HermeticGit.run("rev-parse", "refs/ledger/seen/desk", in: path)
      let file = "\(path)/objects/\(name.prefix(2))/\(name.dropFirst(2))"
      try FileManager.default.removeItem(atPath: file)
      #expect(FileManager.default.createFile(atPath: file, contents: nil))

      let clone = try LedgerRepository(path: path)
      try clone.writeBlobRef(of: desk, [1])

      #expect(try clone.readBlobRef(of: desk) == [1])
      #expect(try await HermeticGit.run("cat-file", "-s", name, in: path) == "1")
    }
  }

  @Test func `is read the same in a hub and in anybody's clone of it`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let clone = try await hub.clone(desk)
      let head = try clone.append(1)
      try clone.mergeMain()
      _ = try await clone.push(main: true)
      try await HermeticGit.run("clone", "-q", hub.path, "work", in: folder)

      for path in [hub.path, "\(folder)/work"] {
        let repository = try LedgerRepository(path: path)
        let main = try #require(try repository.mainHead())
        let (heads, files) = (
          try repository.heads(own: nil), try repository.listBatches(atMainCommit: main)
        )
        expectNoDifference(heads.heads, [desk: head])
        expectNoDifference(heads.strangeRefs, [])
        let blobs = try files.files.map { try repository.batchBlob($0) }
        expectNoDifference(blobs, [batch(desk, 1)])
        expectNoDifference(files.oddities, [])
      }
    }
  }

  @Test func `takes over the hub's copy of its stream, but never a diverged one`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let clone = try await hub.clone(desk)
      let head = try clone.append(1)
      _ = try await clone.push()
      let otherFolder = "\(folder)/other"
      let git = try await GitProgram.clone(
        hub: hub.address, into: otherFolder, environment: hub.environment)
      let repository = try LedgerRepository(path: otherFolder)
      let again = TestClone(location: desk, git: git, repository: repository)

      #expect(try again.head == nil)
      #expect(try repository.adoptStream(of: desk) == head)
      #expect(try again.head == head)

      try clone.append(2, "here")
      _ = try await clone.push()
      try again.append(2, "there")
      #expect(try await git.fetch() == .done)
      #expect(throws: GitError.self) { try repository.adoptStream(of: desk) }
    }
  }
}
