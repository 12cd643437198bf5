import CustomDump
import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `A hub` {
  @Test(arguments: ["hub.git", "it's \"a\" $hub; é.git"])
  func `takes streams, main and seen blobs`(name: String) async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder, name: name)
      let clone = try await hub.clone(desk)
      let head = try clone.append(1)
      try clone.mergeMain()
      try clone.repository.writeBlobRef(of: desk, Array("{}".utf8))

      let pushed = try await clone.push(main: true, seen: true)
      try clone.repository.writeBlobRef(of: desk, Array("{ }".utf8))
      let again = try await clone.push(main: true, seen: true)

      #expect(pushed.stream == .landed && pushed.main == .landed && pushed.seen == .landed)
      #expect(again.stream == .upToDate && again.main == .upToDate && again.seen == .landed)
      #expect(try clone.repository.hubHead(of: desk) == head)
      #expect(try LedgerRepository(path: hub.path).readBlobRef(of: desk) == Array("{ }".utf8))
      try await HermeticGit.run("fsck", "--strict", in: hub.path)
    }
  }

  @Test func `says nothing of refs that a clone does not have`() async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)

      let pushed = try await clone.push(seen: true)

      #expect(pushed.stream == nil && pushed.main == nil && pushed.seen == nil)
    }
  }

  @Test func `takes eight locations that push at once, all at the first try`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      try await pushAllAtOnce(hub)
    }
  }

  @Test func `that lost or rewrote history is reported and not followed`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let (a, b) = (try await hub.clone(desk), try await hub.clone(plex))
      let first = try a.append(1)
      let second = try a.append(2)
      _ = try await a.push()
      let other = try b.append(1)
      _ = try await b.push()
      #expect(try await b.git.fetch() == .done)
      try await HermeticGit.run("update-ref", "refs/heads/desk", first.hex, in: hub.path)
      try await HermeticGit.run("update-ref", "-d", "refs/heads/plex", in: hub.path)

      let result = try await b.git.fetch()

      expectNoDifference(
        result,
        .rewound([
          RewoundBranch(name: "desk", kept: second, offered: first),
          RewoundBranch(name: "plex", kept: other, offered: nil),
        ]))
      #expect(try b.repository.heads(own: plex).heads == [desk: second, plex: other])
    }
  }

  @Test func `that can't be reached is called so, in git's words`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let clone = try await hub.clone(desk)
      try clone.append(1)
      try await HermeticGit.runProgramSuccessfully(["mv", hub.path, "\(folder)/away"], in: folder)

      for attempt in ["fetch", "push"] {
        let error = await #expect(throws: GitProgramError.self, "\(attempt)") {
          if attempt == "fetch" {
            _ = try await clone.git.fetch()
          } else {
            _ = try await clone.push()
          }
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.words.contains("does not appear to be a git repository") == true)
      }
    }
  }

  @Test func `is the template, with its run bits, and nothing else`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let template = "\(#filePath)/../../../ledger-template"
      let files = try await HermeticGit.runProgramSuccessfully(
        ["find", "-L", ".", "-type", "f"], in: try resolved(template))
      let names = files.split(separator: "\n").map(String.init)

      #expect(names.count == 8)
      for name in names {
        try await HermeticGit.runProgramSuccessfully(
          ["cmp", "\(try resolved(template))/\(name)", "\(hub.path)/\(name)"], in: folder)
      }
      let programs = try await HermeticGit.runProgramSuccessfully(
        ["find", ".", "-type", "f", "-perm", "-100"], in: hub.path)
      #expect(
        programs.split(separator: "\n").sorted()
          == ["./hooks/post-receive", "./hooks/pre-receive", "./hooks/update", "./serve"])
      #expect(try await HermeticGit.run("symbolic-ref", "HEAD", in: hub.path) == "refs/heads/main")
    }
  }

  @Test func `is not made where something stands`() async throws {
    try await withTemporaryFolder { folder in
      _ = try await TestHub(in: folder)
      try await HermeticGit.run("init", "-q", "--bare", "plain.git", in: folder)
      try await HermeticGit.run("init", "-q", "work", in: folder)
      try await HermeticGit.runProgramSuccessfully(
        ["sh", "-c", "mkdir full empty && touch full/x file"], in: folder)

      for (name, kind) in [
        ("hub.git", .isLedger), ("plain.git", .isRepository), ("work", .isRepository),
        ("full", .isNotEmpty), ("file", .isFile), ("missing/hub.git", .hasNoParent),
      ] as [(String, HubProblem.Kind)] {
        let error = await #expect(throws: HubProblem.self) {
          _ = try await TestHub(in: folder, name: name)
        }
        #expect(error?.kind == kind, "\(name)")
      }
      _ = try await TestHub(in: folder, name: "empty")
    }
  }

  @Test func `that is no ledger is not cloned, and leaves nothing behind`() async throws {
    try await withTemporaryFolder { folder in
      try await HermeticGit.run("init", "-q", "--bare", "plain.git", in: folder)
      let address = try HubAddress("plain.git", relativeTo: folder)

      let error = await #expect(throws: HubProblem.self) {
        try await GitProgram.clone(
          hub: address, into: "\(folder)/clone",
          environment: GitEnvironment(cleaning: HermeticGit.environment()))
      }

      #expect(error?.kind == .isNoLedger)
      #expect(
        try await HermeticGit.runProgramSuccessfully(["ls", "-A"], in: folder) == "plain.git")
    }
  }
}

/// Eight locations push a batch each at the same moment.
func pushAllAtOnce(_ hub: TestHub) async throws {
  let locations = (1...8).map { location("place-\($0)") }
  var clones: [TestClone] = []
  for location in locations {
    let clone = try await hub.clone(location)
    try clone.append(1, location.name)
    try clone.mergeMain()
    clones.append(clone)
  }
  let programs = clones.map { ($0.location, $0.git) }
  let results = try await withThrowingTaskGroup(of: PushResult.self) { group in
    for (location, git) in programs {
      group.addTask { try await git.push(stream: location, main: true, seen: false) }
    }
    return try await group.reduce(into: []) { $0.append($1) }
  }

  #expect(results.allSatisfy { $0.stream == .landed })
  #expect(results.contains { $0.main == .landed })
  #expect(try await clones[0].git.fetch() == .done)
  #expect(
    try clones[0].repository.heads(own: locations[0]).heads.keys.sorted() == locations)
}

func resolved(_ path: String) throws -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/") {
    if part == ".." { parts.removeLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}

extension HermeticGit {
  /// Runs a program that must end with 0, and gives its output.
  @discardableResult
  static func runProgramSuccessfully(
    _ arguments: [String], in folder: String
  ) async throws -> String {
    let run = try await runProgram(arguments, in: folder, environment: environment())
    guard run.exitStatus == 0 else { throw TestKitError("\(arguments): \(run.words)") }
    return run.output
  }
}
