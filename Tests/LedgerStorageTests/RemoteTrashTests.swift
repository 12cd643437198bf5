import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

/// A remote on the library, behind an rclone that notes its commands and runs a script before each.
private func remote(_ library: Library, home: String, script: String = "") throws -> RcloneStorage {
  try library.write(
    "../bin/rclone",
    """
    #!/bin/sh
    PATH=${PATH#*:}
    for word; do case $word in --*) ;; *) break ;; esac; done
    echo "$word" >>'\(library.root)/../calls'
    \(script)
    exec rclone "$@"

    """)
  try library.setMode("../bin/rclone", 0o755)
  try library.makeFolder("../\(home)")
  return RcloneStorage(
    remote: library.root,
    home: try FolderStorage(root: "\(library.root)/../\(home)", location: "desk"),
    marker: Place.marker,
    environment: HermeticGit.environment([
      "RCLONE_CONFIG": "/dev/null", "PATH": "\(library.root)/../bin:\(HermeticGit.path)",
    ]), held: nil)
}

/// Lists everything; what rclone was called for meanwhile.
@discardableResult
private func scan(_ storage: RcloneStorage, _ library: Library) async throws -> (
  files: [ObservedFile], isComplete: Bool, calls: [String]
) {
  try library.write("../calls", "")
  let seen = try await storage.observe(
    expecting: { nil }, options: ScanOptions(now: later, width: 2), keep: { _ in },
    progress: { _ in }
  ).observation
  let calls = try library.text("../calls") ?? ""
  return (seen.files, seen.isComplete, calls.split(separator: "\n").map(String.init))
}

extension RcloneStorage {
  fileprivate func trashAll(_ files: [ObservedFile]) async {
    for file in files {
      _ = await trash(
        file.path.bytes, expecting: file.content,
        for: TrashIntent("plex:7", after: 3, now: 1_700_000_000, minCopies: 2))
    }
  }
}

@Suite struct `The trash of a remote` {
  @Test func `tells a new home what is in it, once, and takes its names along`() async throws {
    try await Library.with { library in
      let storage = try remote(library, home: "home")
      try await storage.writeMarker()
      for path in ["a.jpg", "b c%.jpg"] { try library.write(path, path) }
      await storage.trashAll(try await scan(storage, library).files)
      let entries = try storage.trashEntries()
      #expect(entries.count == 2)

      let other = try remote(library, home: "new")
      try await scan(other.forShow, library)
      #expect(try other.trashEntries() == [])
      #expect(try await scan(other, library).calls.filter { $0 == "cat" }.count == 2)

      expectNoDifference(try other.trashEntries(), entries)
      #expect(try await scan(other, library).calls.allSatisfy { $0 != "cat" })
      let back = await other.putBack(entries[0], to: entries[0].diskBytes)
      guard case .done = back else { return #expect(Bool(false), "\(back)") }
      let erased = await other.erase(entries[1])
      guard case .done = erased else { return #expect(Bool(false), "\(erased)") }
      for entry in entries {
        #expect(try library.names(in: ".ledger/trash/desk/\(entry.id)") == [])
      }
      // The first home was not asked, and finds out.
      #expect(await storage.erase(entries[1]) == .gone)
    }
  }

  @Test func `believes no name that was cut short, and none that is no entry's`() async throws {
    try await Library.with { library in
      let storage = try remote(library, home: "home")
      try await storage.writeMarker()
      for path in ["a.jpg", "b.jpg"] { try library.write(path, path) }
      await storage.trashAll(try await scan(storage, library).files)
      let entries = try storage.trashEntries()
      let trash = ".ledger/trash/desk"
      let text = try #require(try library.text("\(trash)/\(entries[0].id)/entry"))
      try library.write("\(trash)/\(entries[0].id)/entry", String(text.dropLast(3)))
      try library.write("\(trash)/odd/entry", text)
      try library.write("\(trash)/odd/file", "odd")
      try library.remove("\(trash)/\(entries[1].id)/file")

      let other = try remote(library, home: "new")
      let seen = try await scan(other, library)

      #expect(seen.isComplete && seen.files.isEmpty)
      #expect(try other.trashEntries() == [])
    }
  }

  @Test func `takes files without their names where nothing more can be written`() async throws {
    try await Library.with { library in
      let storage = try remote(
        library, home: "home",
        script: "case $word in rcat) [ ! -e '\(library.root)/../full' ] || exit 1 ;; esac")
      try await storage.writeMarker()
      for path in ["a.jpg", "b.jpg"] { try library.write(path, path) }
      let files = try await scan(storage, library).files
      try library.write("../full", "")

      await storage.trashAll(files)

      #expect(try storage.trashEntries().map(\.path) == ["a.jpg", "b.jpg"])
      let calls = try #require(try library.text("../calls")).split(separator: "\n")
      #expect(calls.filter { $0 == "rcat" }.count == 1)
      let entry = try #require(try storage.trashEntries().first)
      let back = await storage.putBack(entry, to: entry.diskBytes)
      guard case .done = back else { return #expect(Bool(false), "\(back)") }
    }
  }

  @Test func `that can't be read leaves what is missing unknown`() async throws {
    try await Library.with { library in
      let storage = try remote(library, home: "home")
      try await storage.writeMarker()
      try library.write("a.jpg", "one")
      await storage.trashAll(try await scan(storage, library).files)

      let broken = try remote(
        library, home: "new", script: "case $word in cat) exit 1 ;; esac")
      #expect(try await scan(broken, library).isComplete == false)
      let whole = try remote(library, home: "new")
      #expect(try await scan(whole, library).isComplete)
      #expect(try whole.trashEntries().map(\.path) == ["a.jpg"])
    }
  }
}
