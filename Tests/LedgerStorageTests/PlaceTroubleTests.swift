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

/// What a place is listed by in these tests: a text, printed by a program of the user's.
private func observe(
  printing listing: String, then script: String = "", expecting paths: [LibraryPath] = []
) async throws -> ScanResult {
  try await Library.with { library in
    try library.write("listing.json", listing)
    let storage = CommandStorage(
      commands: PlaceCommands(list: "cat '\(library.root)/listing.json'; \(script)"),
      home: library.storage, environment: HermeticGit.environment(), held: nil)
    var rest = paths.map { ExpectedFile(path: $0, known: nil, isRecorded: true) }[...]
    return try await storage.observe(
      expecting: { rest.popFirst() }, options: ScanOptions(now: later, width: 2),
      keep: { _ in }, progress: { _ in })
  }
}

private func entry(_ path: String, size: Int = 1, digit: String = "a") -> String {
  let md5 = String(repeating: digit, count: 32)
  return "{\"Path\":\"\(path)\",\"Size\":\(size),\"Hashes\":{\"md5\":\"\(md5)\"}}"
}

extension ScanResult {
  fileprivate var seenPaths: [String] { observation.files.map(\.path.description) }
  fileprivate var unknownPaths: [String] {
    observation.unknown.map { "\(String(decoding: $0.diskBytes, as: UTF8.self)): \($0.reason)" }
  }
}

@Suite struct `A listing that something is wrong with` {
  @Test func `has both of two files of one name left alone`() async throws {
    let result = try await observe(
      printing: "[\(entry("a.jpg")),\(entry("b.jpg")),\(entry("a.jpg", digit: "b"))]",
      expecting: ["a.jpg"])

    expectNoDifference(result.seenPaths, ["b.jpg"])
    expectNoDifference(result.unknownPaths, ["a.jpg: nameCollision"])
    #expect(result.observation.isComplete)
  }

  @Test func `has documents without a size stepped over, which are never gone`() async throws {
    let result = try await observe(
      printing: "[\(entry("a.jpg")),\(entry("doc.docx", size: -1))]", expecting: ["doc.docx"])

    expectNoDifference(result.seenPaths, ["a.jpg"])
    expectNoDifference(result.observation.ignored, ["doc.docx"])
  }

  @Test(arguments: ["../a.jpg", "/a.jpg", "a//b.jpg", "bad\\ufffd.jpg"])
  func `names a path that can be none of the library's`(path: String) async throws {
    let result = try await observe(printing: "[\(entry(path)),\(entry("b.jpg"))]")

    expectNoDifference(result.seenPaths, ["b.jpg"])
    #expect(result.observation.unknown.map(\.reason) == [.unreadable])
  }

  @Test func `names a file that has no digest and that nothing can read`() async throws {
    let result = try await observe(printing: "[{\"Path\":\"a.jpg\",\"Size\":1}]")

    expectNoDifference(result.unknownPaths, ["a.jpg: unreadable"])
    #expect(result.observation.isComplete)
  }

  @Test(arguments: [
    ("[\(entry("a.jpg")),{\"Path\":\"b.j", ""), ("[\(entry("a.jpg"))]", "exit 3"),
    ("[\(entry("a.jpg"))", ""), ("[\(entry("a.jpg"))] x", ""),
  ])
  func `that is cut short or fails leaves what it lacks unknown`(
    listing: String, script: String
  ) async throws {
    let result = try await observe(printing: listing, then: script, expecting: ["a.jpg", "b.jpg"])

    expectNoDifference(result.seenPaths, ["a.jpg"])
    expectNoDifference(result.unknownPaths, [": unreadable"])
    #expect(!result.observation.isComplete)
  }
}

/// A remote on a path that rclone takes, with its home beside the library.
private func remote(
  _ path: String, _ library: Library, environment extra: [String: String] = [:]
) throws -> RcloneStorage {
  try library.makeFolder("../home")
  let environment = ["RCLONE_CONFIG": "/dev/null", "RCLONE_LOW_LEVEL_RETRIES": "1"]
  return RcloneStorage(
    remote: path, home: try FolderStorage(root: "\(library.root)/../home", location: "desk"),
    ledger: "test", marker: Place.marker,
    environment: HermeticGit.environment(environment.merging(extra) { $1 }), held: nil)
}

private func observe(
  _ storage: RcloneStorage, progress: @escaping @Sendable (ScanProgress) -> Void = { _ in }
) async throws -> ScanResult {
  try await storage.observe(
    expecting: { nil }, options: ScanOptions(now: later, width: 2), keep: { _ in },
    progress: progress)
}

@Suite struct `A remote in trouble` {
  @Test func `whose server is killed while it lists is not believed`() async throws {
    try await Library.with { library in
      for folder in 0..<60 {
        for file in 0..<10 { try library.write("\(folder)/\(file).jpg", "") }
      }
      try await RcloneServer.run(.webdav, serving: library.root) { server in
        let storage = try remote(server.remote, library)
        try await storage.writeMarker()

        let result = try await observe(storage) { _ in try? server.kill() }

        let count = result.observation.files.count + result.observation.unknown.count
        #expect(count < 600)
        #expect(!result.observation.isComplete)
        #expect(result.observation.unknown.contains { $0.diskBytes.isEmpty })
        #expect(try await storage.fault()?.contains("connection refused") == true)
      }
    }
  }

  @Test func `that falls silent while it lists is given up, and not believed`() async throws {
    try await Library.with { library in
      try await RcloneServer.run(.webdav, serving: library.root) { server in
        let storage = try remote(
          server.remote, library, environment: ["LEDGER_SILENCE_SECONDS": "1"])
        try await storage.writeMarker()
        _ = try await observe(storage)
        try server.fallSilent()

        let result = try await observe(storage)

        #expect(!result.observation.isComplete)
        #expect(
          result.observation.unknown.first?.detail.contains("said nothing for 1 seconds") == true)
      }
    }
  }

  @Test func `with a folder that it may not list is not believed`() async throws {
    try await Library.with { library in
      let storage = try remote(
        library.root, library,
        environment: geteuid() == 0
          ? ["PATH": "\(library.root)/../bin:\(HermeticGit.path)"] : [:])
      try library.write(
        "../bin/rclone",
        "#!/bin/sh\nPATH=${PATH#*:}\nexec setpriv --reuid=65534 --clear-groups rclone \"$@\"\n")
      try library.setMode("../bin/rclone", 0o755)
      try library.setMode("..", 0o755)
      for path in ["a/1.jpg", "b/2.jpg"] { try library.write(path, path) }
      try library.write(".ledger/desk.json", "{\"ledger\":\"test\"}\n")
      try library.setMode("b", 0)

      let result = try await observe(storage)

      try library.setMode("b", 0o755)
      expectNoDifference(result.seenPaths, ["a/1.jpg"])
      #expect(!result.observation.isComplete)
      #expect(result.observation.unknown.first?.detail.contains("permission denied") == true)
    }
  }

  @Test func `that hides names with a dot is refused, as its trash could not be seen`() async throws
  {
    try await Library.with { library in
      try library.write("a.jpg", "one")
      try await RcloneServer.run(.vsftpd, serving: library.root, arguments: ["NO"]) { server in
        let storage = try remote(server.remote, library)

        let error = await #expect(throws: PlaceError.self) { try await storage.writeMarker() }
        #expect(error?.description.contains("force_dot_files=YES") == true)

        // Where it began to later, nothing is moved out of sight for good.
        let content = try #require(try await observe(storage).observation.files.first).content
        let outcome = await storage.trash(
          Array("a.jpg".utf8), expecting: content,
          for: TrashIntent("plex:7", after: 3, now: 1_700_000_000, minCopies: nil))
        guard case .blocked = outcome else { return #expect(Bool(false), "\(outcome)") }
        try await storage.finishInterrupted()
        let notes = try library.names(in: "../home/.ledger/trash/desk")
        let id = String(decoding: try #require(notes.first), as: UTF8.self)
        #expect(try library.text(".ledger/trash/desk/\(id)/file") == "one")
      }
    }
  }

  @Test func `with the wrong password says so in rclone's words`() async throws {
    try await Library.with { library in
      try await RcloneServer.run(
        .webdav, serving: library.root, arguments: ["--user=me", "--pass=secret"]
      ) { server in
        let storage = try remote(server.remote, library)

        #expect(try await storage.fault()?.contains("401") == true)
        await #expect(throws: PlaceError.self) { try await storage.writeMarker() }
      }
    }
  }

  @Test func `that lists no marker lists too little`() async throws {
    try await Library.with { library in
      try library.write("a.jpg", "one")

      let result = try await observe(try remote(library.root, library))

      expectNoDifference(result.seenPaths, ["a.jpg"])
      #expect(!result.observation.isComplete)
    }
  }

  @Test func `hides nothing by a filter in the user's environment`() async throws {
    try await Library.with { library in
      for path in ["a.jpg", "b.jpg", "c/d/e.jpg"] { try library.write(path, path) }
      let storage = try remote(
        library.root, library,
        environment: ["RCLONE_EXCLUDE": "*.jpg", "RCLONE_MAX_DEPTH": "1", "RCLONE_DRY_RUN": "true"])
      try await storage.writeMarker()

      let result = try await observe(storage)

      expectNoDifference(result.seenPaths, ["a.jpg", "b.jpg", "c/d/e.jpg"])
    }
  }

  @Test func `that turns requests away for their number is waited for`() async throws {
    try await Library.with { library in
      for path in ["a.jpg", "b/c.jpg"] { try library.write(path, path) }
      try library.write(".ledger/desk.json", "{\"ledger\":\"test\"}\n")
      try await RcloneServer.run(.webdav, serving: library.root) { server in
        try await RcloneServer.run(.busy, serving: library.root, arguments: [server.port]) { busy in
          let storage = try remote(
            busy.remote, library, environment: ["RCLONE_LOW_LEVEL_RETRIES": "10"])

          let files = try await observe(storage).observation.files
          expectNoDifference(files.map(\.path), ["a.jpg", "b/c.jpg"])
          let outcome = await storage.trash(
            Array("a.jpg".utf8), expecting: files[0].content,
            for: TrashIntent("plex:7", after: 3, now: 1_700_000_000, minCopies: nil))

          guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
          #expect(try library.text("a.jpg") == nil)
        }
      }
    }
  }

  @Test func `finishes what a run that was killed has begun`() async throws {
    try await Library.with { library in
      let storage = try remote(library.root, library)
      try await storage.writeMarker()
      for path in ["a.jpg", "b.jpg", "c.jpg"] { try library.write(path, path) }
      for path in ["a.jpg", "b.jpg", "c.jpg"] {
        let content = try #require(
          try await observe(storage).observation.files.first { $0.path.description == path }?
            .content)
        _ = await storage.trash(
          Array(path.utf8), expecting: content,
          for: TrashIntent("plex:7", after: 3, now: 1_700_000_000, minCopies: nil))
      }
      let entries = try storage.trashEntries()
      let home = "../home/.ledger/trash/desk"
      // Killed after the move and before it was noted; before the move; and while it was put back.
      try library.remove("\(home)/\(entries[0].id)/moved")
      try library.move(".ledger/trash/desk/\(entries[1].id)/file", to: "b.jpg")
      try library.remove("\(home)/\(entries[1].id)/moved")
      try library.write("\(home)/\(entries[2].id)/leaving", "")
      // And while it forgot an entry, or wrote one; and before a move that a later run made anew.
      let slots = ["1", "2", "3"].map { "\(home)/\(String(repeating: $0, count: 32))" }
      try library.write("\(slots[0])/moved", "")
      try library.write("\(slots[1])/entry", "deletion plex:7\nconte")
      let text = try library.text("\(home)/\(entries[2].id)/entry")
      try library.write("\(slots[2])/entry", try #require(text))
      #expect(try storage.trashEntries() == [])

      try await storage.finishInterrupted()

      #expect(try storage.trashEntries() == [entries[0], entries[2]])
      #expect(try library.names(in: home).count == 2)
      #expect(try library.text("b.jpg") == "b.jpg")
    }
  }
}

/// A remote on the library, whose rclone finds that something was done just before it moves a file.
private func swapping(_ script: String, _ library: Library) async throws -> RcloneStorage {
  try library.write(
    "../bin/rclone",
    """
    #!/bin/sh
    PATH=${PATH#*:}
    case $* in *moveto*)
      cd '\(library.root)'
      if [ ! -e ../once ]; then
        touch ../once
        \(script)
      fi ;;
    esac
    exec rclone "$@"

    """)
  try library.setMode("../bin/rclone", 0o755)
  let storage = try remote(
    library.root, library, environment: ["PATH": "\(library.root)/../bin:\(HermeticGit.path)"])
  try await storage.writeMarker()
  try library.write("a.jpg", "one")
  return storage
}

@Suite struct `A file on a remote that is changed at the last moment` {
  private func content(_ storage: RcloneStorage) async throws -> Content {
    try #require(try await observe(storage).observation.files.first).content
  }

  private func trash(_ storage: RcloneStorage, _ content: Content) async -> Outcome {
    await storage.trash(
      Array("a.jpg".utf8), expecting: content,
      for: TrashIntent("plex:7", after: 3, now: 1_700_000_000, minCopies: nil))
  }

  @Test(arguments: ["one", "two", "other"])
  func `stays, and so does one that took its new name`(text: String) async throws {
    try await Library.with { library in
      // Of the same size and time, rclone would take it for the same and remove ours.
      let storage = try await swapping(
        "printf \(text) >b.jpg; touch -r a.jpg b.jpg", library)
      let content = try await content(storage)

      let outcome = await storage.rename(
        Array("a.jpg".utf8), to: Array("b.jpg".utf8), expecting: content)

      #expect(outcome == .occupied)
      #expect(try library.text("a.jpg") == "one")
      #expect(try library.text("b.jpg") == text)
    }
  }

  @Test func `goes back from the trash`() async throws {
    try await Library.with { library in
      let storage = try await swapping("printf two >a.jpg", library)

      let outcome = await trash(storage, try await content(storage))

      #expect(outcome == .changed)
      #expect(try library.text("a.jpg") == "two")
      #expect(try storage.trashEntries() == [])
    }
  }

  @Test func `stays in the trash where its place was taken, and that is told`() async throws {
    try await Library.with { library in
      let storage = try await swapping(
        "printf two >a.jpg; (while [ -e a.jpg ]; do :; done; printf three >a.jpg) &", library)

      let outcome = await trash(storage, try await content(storage))

      guard case .keptInTrash(let id) = outcome else {
        return #expect(Bool(false), "\(outcome)")
      }
      #expect(try library.text("a.jpg") == "three")
      #expect(try library.text(".ledger/trash/desk/\(id)/file") == "two")
    }
  }

  @Test func `is trashed once where it can only be copied`() async throws {
    try await Library.with { library in
      // As where a remote lets files be made and not removed.
      let storage = try await swapping(
        "id=$(ls ../home/.ledger/trash/desk); mkdir -p .ledger/trash/desk/$id; "
          + "cp -p a.jpg .ledger/trash/desk/$id/file", library)
      let content = try await content(storage)

      for _ in 0..<2 {
        guard case .blocked(let why) = await trash(storage, content) else {
          return #expect(Bool(false), "it was not blocked")
        }
        #expect(why.contains("copied to the trash"))
      }
      try await storage.finishInterrupted()

      #expect(try library.text("a.jpg") == "one")
      #expect(try library.names(in: ".ledger/trash/desk").count == 1)
      #expect(try storage.trashEntries() == [])
    }
  }
}
