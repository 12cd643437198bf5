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
    ledger: "test", marker: Place.marker,
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

/// A library with a remote on it, whose one file, `a.jpg` with the bytes `one`, was moved to the trash.
private func withTrashed(_ body: (Library, TrashEntry) async throws -> Void) async throws {
  try await Library.with { library in
    let storage = try remote(library, home: "home")
    try await storage.writeMarker()
    try library.write("a.jpg", "one")
    await storage.trashAll(try await scan(storage, library).files)
    try await body(library, try #require(try storage.trashEntries().first))
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
    try await withTrashed { library, entry in

      let broken = try remote(
        library, home: "new", script: "case $word in cat) exit 1 ;; esac")
      #expect(try await scan(broken, library).isComplete == false)
      let whole = try remote(library, home: "new")
      #expect(try await scan(whole, library).isComplete)
      #expect(try whole.trashEntries().map(\.path) == ["a.jpg"])
    }
  }

  @Test func `remembers a move that the server has not finished, whatever lay there before`()
    async throws
  {
    try await Library.with { library in
      let storage = try remote(
        library, home: "home",
        script: "case $word in moveto) [ ! -e '\(library.root)/../stuck' ] || exit 1 ;; esac")
      try await storage.writeMarker()
      try library.write("a.jpg", "one")
      let files = try await scan(storage, library).files
      await storage.trashAll(files)
      #expect(try storage.trashEntries().count == 1)

      // One move for another reason, and one for the same: neither is seen to its end.
      for intent in [
        TrashIntent("desk:9", after: 8, now: 1_700_000_009, minCopies: 1),
        TrashIntent("plex:7", after: 3, now: 1_700_000_009, minCopies: 2),
      ] {
        try library.write("a.jpg", "one")
        try library.write("../stuck", "")
        let outcome = await storage.trash(
          Array("a.jpg".utf8), expecting: files[0].content, for: intent)
        guard case .blocked = outcome else { return #expect(Bool(false), "\(outcome)") }
        try library.remove("../stuck")
        let trash = ".ledger/trash/desk"
        let id = try #require(
          try library.names(in: trash).map { String(decoding: $0, as: UTF8.self) }.first {
            try library.text("\(trash)/\($0)/file") == nil
          })
        try library.remove("a.jpg")

        try await storage.finishInterrupted()

        let isKnown = try library.text("../home/.ledger/trash/desk/\(id)/entry") != nil
        #expect(isKnown == (intent.event == "desk:9"))
        try library.write(".ledger/trash/desk/\(id)/file", "one")
        try await storage.finishInterrupted()
        try await scan(storage, library)
        let entry = try #require(try storage.trashEntries().first { $0.id == id })
        #expect(entry.deletion == intent.event && entry.minCopies == intent.minCopies)
      }
    }
  }

  @Test func `takes no copy for a move that was cut short, without a home either`() async throws {
    try await withTrashed { library, entry in
      try library.write("a.jpg", "one")

      let other = try remote(library, home: "new")
      #expect(try await scan(other, library).files.map(\.path) == ["a.jpg"])
      #expect(try other.trashEntries() == [])
      try library.remove("a.jpg")
      try await other.finishInterrupted()
      expectNoDifference(try other.trashEntries(), [entry])
    }
  }

  @Test func `believes no text that this ledger can't have written`() async throws {
    let changes = [
      ("ledger test", "ledger other"), ("ledger test\n", ""), ("size 3", "size -3"),
      ("size 3", "size 9007199254740993"), ("size 3", "size 3\nsize 3"), ("after 3", "after -1"),
      ("trashed 1", "trashed -1"), ("trashed 1700000000", "trashed 9223372036854775807"),
      ("path a.jpg", "path ../a.jpg"), ("path a.jpg", "key a.jpg\npath b/../../a.jpg"),
      ("path a.jpg", "key ../a.jpg\npath a.jpg"), ("path a.jpg", "path a%0aa.jpg"),
      ("path a.jpg", "key a%0aa.jpg\npath a.jpg"), ("path a.jpg", "path a%ff.jpg"),
    ]
    try await withTrashed { library, entry in
      let trash = ".ledger/trash/desk"
      let text = try #require(try library.text("\(trash)/\(entry.id)/entry"))
      for (index, (old, new)) in changes.enumerated() {
        #expect(text.contains(old))
        let slot = "\(trash)/\(String(repeating: "0", count: 30))\(10 + index)"
        try library.write("\(slot)/entry", text.replacing(old, with: new))
        try library.write("\(slot)/file", "one")
      }

      let other = try remote(library, home: "new")
      let seen = try await scan(other, library)

      #expect(seen.isComplete && seen.files.isEmpty)
      expectNoDifference(try other.trashEntries(), [entry])
    }
  }

  @Test func `of more bytes than can be counted is counted as very many`() async throws {
    try await withTrashed { library, entry in
      let name = ".ledger/trash/desk/\(entry.id)/entry"
      let text = try #require(try library.text(name))
      try library.write(
        name,
        text.replacing("size 3", with: "size 9007199254740992")
          .replacing("trashed 1700000000", with: "trashed 1099511627776")
          .replacing("pruned 2", with: "pruned -2"))

      let other = try remote(library, home: "new")
      try await scan(other, library)

      let odd = try #require(try other.trashEntries().first)
      #expect(odd.minCopies == .max)
      #expect(Array(repeating: odd, count: 2_000).byteCount == 1 << 62)
    }
  }
}
