import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

/// A way to reach files, for the laws that hold of all of them.
enum PlaceKind: String, CaseIterable, CustomTestStringConvertible {
  case folder, local, webdav, sftp, s3, wsgidav, vsftpd, command

  var testDescription: String {
    switch self {
    case .folder: "a folder"
    case .local: "rclone on a folder of this machine"
    case .webdav: "rclone on a WebDAV server"
    case .wsgidav: "rclone on WsgiDAV"
    case .vsftpd: "rclone on vsftpd"
    case .sftp: "rclone on an SFTP server"
    case .s3: "rclone on an S3 server"
    case .command: "programs of the user's"
    }
  }
}

/// A place of one kind with its files in a real folder, which the test fills and looks at.
struct Place: Sendable {
  /// The files as whoever owns them sees them.
  let files: Library
  let storage: any LibraryStorage
  /// Ends the server behind it, where there is one.
  let cut: @Sendable () throws -> Void

  static let marker = Array("{\"ledger\":\"test\"}\n".utf8)

  /// Gives `body` an empty place.
  static func with(_ kind: PlaceKind, _ body: (Place) async throws -> Void) async throws {
    try await Library.with { library in
      switch kind {
      case .folder: try await body(Place(files: library, storage: library.storage, cut: {}))
      case .local: try await body(try await rclone(library.root, library) {})
      case .webdav, .sftp, .s3, .wsgidav, .vsftpd:
        let served = RcloneServer.Kind(rawValue: kind.rawValue) ?? .webdav
        try await RcloneServer.run(served, serving: library.root) { server in
          try await body(try await rclone(server.remote, library) { try server.kill() })
        }
      case .command: try await body(try command(library))
      }
    }
  }

  private static func home(_ library: Library) throws -> FolderStorage {
    try library.makeFolder("../home")
    return try FolderStorage(root: "\(library.root)/../home", location: "desk")
  }

  private static func rclone(
    _ remote: String, _ library: Library, _ cut: @escaping @Sendable () throws -> Void
  ) async throws -> Place {
    let storage = RcloneStorage(
      remote: remote, home: try home(library), ledger: "test", marker: marker,
      environment: HermeticGit.environment(["RCLONE_CONFIG": "/dev/null", "RETRIES": "1"]),
      held: nil)
    try await storage.writeMarker()
    return Place(files: library, storage: storage, cut: cut)
  }

  private static func command(_ library: Library) throws -> Place {
    let root = library.root
    var commands = PlaceCommands(
      list: "RCLONE_CONFIG=/dev/null rclone lsjson -R --files-only --hash --hash-type sha256 "
        + "--exclude '/bin/**' '\(root)'")
    let script = """
      #!/bin/sh
      # do.sh VERB PATH [TARGET]: what a person's own script might look like.
      set -e
      cd '\(root)'
      case $1 in
        trash) mkdir -p "bin/$(dirname "$2")"; mv -n -- "$2" "bin/$2" ;;
        restore) mkdir -p "$(dirname "$2")"; mv -n -- "bin/$2" "$2" ;;
        rename) mkdir -p "$(dirname "$3")"; mv -n -- "$2" "$3" ;;
        fetch) cat -- "$2" ;;
      esac
      """
    try library.write("../do.sh", script)
    for (verb, path) in [
      ("trash", \PlaceCommands.trash), ("restore", \.restore), ("rename", \.rename),
      ("fetch", \.fetch),
    ] {
      commands[keyPath: path] = "sh '\(root)/../do.sh' \(verb)"
    }
    let storage = CommandStorage(
      commands: commands, home: try home(library), environment: HermeticGit.environment(),
      held: nil)
    return Place(files: library, storage: storage, cut: {})
  }

  /// Lists and reads everything, as a first scan does.
  func scan(expecting: [ExpectedFile] = []) async throws -> ScanResult {
    var rest = expecting[...]
    return try await storage.observe(
      expecting: { rest.popFirst() }, options: ScanOptions(now: later, width: 2),
      keep: { _ in }, progress: { _ in })
  }

  /// What a first scan sees: paths, sizes and sha256.
  func seen() async throws -> [String: Content] {
    let files = try await scan().observation.files
    return Dictionary(
      files.map {
        ($0.path.description, Content(digest: $0.content.digest, byteCount: $0.content.byteCount))
      },
      uniquingKeysWith: { first, _ in first })
  }

  func trash(_ path: String, _ content: Content) async -> Outcome {
    await storage.trash(
      Array(path.utf8), expecting: content,
      for: TrashIntent(
        EventID(location: "plex", number: 7), after: 3, now: 1_700_000_000, minCopies: nil))
  }
}

/// The content of a text, by one digest.
private func content(_ text: String, _ algorithm: DigestAlgorithm = .sha256) -> Content {
  var hasher = ContentHasher([algorithm])
  Array(text.utf8).withUnsafeBytes { hasher.update($0) }
  let all = hasher.finish()
  guard let digest = all.digests.first(where: { $0.algorithm == algorithm }) else { return all }
  return Content(digest: digest, byteCount: all.byteCount)
}

extension PlaceKind {
  /// Those of which each reaches files in a way of its own.
  static let few: [PlaceKind] = [.folder, .local, .webdav, .command]

  /// A name that the place itself can be asked for: WsgiDAV lists the odd one under an address that leads
  /// nowhere.
  var odd: String {
    self == .wsgidav ? "2026/we ird é (1).jpg" : oddName
  }

  /// What it tells of a file's bytes, or what they are read for.
  var digest: DigestAlgorithm { self == .s3 ? .md5 : .sha256 }
}

private let oddName = "2026/we ird'\"$(x)`&;*?[a] é ü{b}.jpg"

@Suite struct `A place of any kind` {
  @Test(arguments: PlaceKind.allCases)
  func `is seen whole, each file with its bytes, but for what is ignored`(kind: PlaceKind)
    async throws
  {
    try await Place.with(kind) { place in
      try place.files.write("a.jpg", "one")
      try place.files.write(kind.odd, "two")
      try place.files.write("2026/empty.mov", "")
      try place.files.write("2026/Thumbs.db", "x")
      try place.files.write("2026/.ledger/x.jpg", "x")

      let result = try await place.scan()

      let seen = try await place.seen()
      #expect(result.observation.isComplete)
      expectNoDifference(
        seen,
        [
          "a.jpg": content("one", kind.digest), kind.odd: content("two", kind.digest),
          "2026/empty.mov": content("", kind.digest),
        ])
      #expect(try await place.storage.fault() == nil)
    }
  }

  @Test(arguments: PlaceKind.allCases)
  func `moves a file to its trash and brings it back, with its bytes`(kind: PlaceKind) async throws
  {
    try await Place.with(kind) { place in
      try place.files.write(kind.odd, "two")
      try place.files.write("2026/other.jpg", "other")

      let outcome = await place.trash(kind.odd, content("two"))

      guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
      #expect(try place.files.text(kind.odd) == nil)
      #expect(try await place.seen() == ["2026/other.jpg": content("other", kind.digest)])
      let entries = try place.storage.trashEntries()
      #expect(entries.map(\.path.description) == [kind.odd])
      let entry = try #require(entries.first)
      let back = await place.storage.putBack(entry, to: entry.diskBytes)
      guard case .done = back else { return #expect(Bool(false), "\(back)") }
      #expect(try place.files.text(kind.odd) == "two")
      #expect(try place.storage.trashEntries() == [])
    }
  }

  @Test(arguments: PlaceKind.few)
  func `leaves a file alone that is not what was expected, and says so`(kind: PlaceKind)
    async throws
  {
    try await Place.with(kind) { place in
      try place.files.write("a.jpg", "one")

      #expect(await place.trash("a.jpg", content("eno")) == .changed)
      #expect(await place.trash("b.jpg", content("one")) == .gone)
      #expect(
        await place.storage.rename(
          Array("a.jpg".utf8), to: Array("b.jpg".utf8), expecting: content("eno")) == .changed)

      #expect(try place.files.text("a.jpg") == "one")
      #expect(try place.files.text("b.jpg") == nil)
      #expect(try place.storage.trashEntries() == [])
    }
  }

  @Test(arguments: PlaceKind.few)
  func `renames into a new folder, and never over another file`(kind: PlaceKind) async throws {
    try await Place.with(kind) { place in
      try place.files.write("a.jpg", "one")
      // The same size and time: what rclone takes for the same file, whose source it would remove.
      try place.files.write("b.jpg", "two")
      func rename(to target: String) async -> Outcome {
        await place.storage.rename(
          Array("a.jpg".utf8), to: Array(target.utf8), expecting: content("one"))
      }

      #expect(await rename(to: "b.jpg") == .occupied)
      #expect(try place.files.text("a.jpg") == "one")
      #expect(try place.files.text("b.jpg") == "two")
      let outcome = await rename(to: "new/\(kind.odd)")

      guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
      #expect(try place.files.text("a.jpg") == nil)
      #expect(try place.files.text("new/\(kind.odd)") == "one")
    }
  }

  @Test(arguments: PlaceKind.few)
  func `puts nothing back over another file`(kind: PlaceKind) async throws {
    try await Place.with(kind) { place in
      try place.files.write("a.jpg", "one")
      _ = await place.trash("a.jpg", content("one"))
      try place.files.write("a.jpg", "two")
      let entry = try #require(try place.storage.trashEntries().first)

      #expect(await place.storage.putBack(entry, to: entry.diskBytes) == .occupied)

      #expect(try place.files.text("a.jpg") == "two")
      #expect(try place.storage.trashEntries() == [entry])
    }
  }

  @Test(arguments: PlaceKind.few)
  func `notes who wanted a file back, and tells it once it is there`(kind: PlaceKind) async throws {
    try await Place.with(kind) { place in
      try place.files.write("a.jpg", "one")
      _ = await place.trash("a.jpg", content("one"))
      let entry = try #require(try place.storage.trashEntries().first)

      try place.storage.noteRestore(entry)
      #expect(try await place.storage.notedRestores().isEmpty)
      try place.storage.noteRestore(entry)
      _ = await place.storage.putBack(entry, to: entry.diskBytes)
      let noted = try await place.storage.notedRestores()

      #expect(noted.map(\.entry) == [entry])
      #expect(noted.first?.stamp?.byteCount == 3)
      place.storage.forgetRestore(entry)
      #expect(try await place.storage.notedRestores().isEmpty)
    }
  }

  @Test(arguments: [PlaceKind.folder, .local, .webdav])
  func `destroys a trashed file only if its bytes are those recorded`(kind: PlaceKind) async throws
  {
    try await Place.with(kind) { place in
      try place.files.write("a.jpg", "one")
      try place.files.write("b.jpg", "two")
      _ = await place.trash("a.jpg", content("one"))
      _ = await place.trash("b.jpg", content("two"))
      let entries = try place.storage.trashEntries()
      let trashed = ".ledger/trash/desk/\(try #require(entries.last).id)/file"
      try place.files.write(trashed, "bad")

      let outcomes = [
        await place.storage.erase(entries[0]), await place.storage.erase(entries[1]),
      ]

      guard case .done = outcomes[0] else { return #expect(Bool(false), "\(outcomes)") }
      #expect(outcomes[1] == .changed)
      #expect(try place.files.text(trashed) == "bad")
      #expect(try place.storage.trashEntries() == [entries[1]])
    }
  }
}
