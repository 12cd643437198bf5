import LedgerCore
import LedgerTestKit
import Testing

/// A disk and what the log has of it, in words: `path: word`, with an inode each.
private struct Disk {
  var input: DetectInput

  init(
    known: [(LibraryPath, String, UInt64)], seen: [(LibraryPath, String, UInt64)],
    authoritative: Set<MediaType> = [.photo, .video, .other]
  ) {
    var settings = LocationSettings()
    settings.authoritative = authoritative
    let copies = known.sorted { $0.0 < $1.0 }.map { path, word, inode in
      KnownCopy(
        path: path, content: .of(word), media: MediaType.of(path), damage: nil,
        since: "desk:1",
        stamp: Self.stamp(word, inode))
    }
    let files = seen.sorted { $0.0 < $1.0 }.map { path, word, inode in
      ObservedFile(
        path: path, content: .of(word), stamp: Self.stamp(word, inode), wasHashed: true,
        diskBytes: nil)
    }
    input = DetectInput(
      settings: settings, ledger: LedgerSettings(), identity: ContentIdentity([]), known: copies,
      observation: Observation(files: files, unknown: [], ignored: [], isComplete: true),
      isScripted: false, isRestoredDisk: false, latestPut: { _, _ in nil })
  }

  private static func stamp(_ word: String, _ inode: UInt64) -> FileStamp {
    let time = FileTime(seconds: 1, nanoseconds: 0)
    return FileStamp(
      byteCount: Int64(word.utf8.count), modified: time, changed: time, inode: inode, device: 1)
  }

  /// The facts in words.
  var facts: [String] {
    detect(input).facts.map { fact in
      let paths = fact.fact.paths.map(\.description)
      return ([fact.fact.type] + paths).joined(separator: " ")
    }.sorted()
  }
}

@Suite struct `What a scan means` {
  @Test(
    arguments: [
      // A plain rename, and one that was refilled by a copy script.
      (["a": ("one", 1)], ["b": ("one", 1)], ["renamed b a"]),
      (["a": ("one", 1)], ["a": ("one", 9), "b": ("one", 1)], ["added a", "renamed b a"]),
      // A chain, a swap, and a move across file systems.
      (
        ["a": ("one", 1), "b": ("two", 2)], ["b": ("one", 1), "c": ("two", 2)],
        ["renamed b a", "renamed c b"]
      ),
      (
        ["a": ("one", 1), "b": ("two", 2)], ["a": ("two", 2), "b": ("one", 1)],
        ["changed a", "changed b"]
      ),
      (["a": ("one", 1)], ["b": ("one", 7)], ["renamed b a"]),
      // Never by content: zero bytes. Never across content: a reused inode.
      (["a": ("", 1)], ["b": ("", 7)], ["added b", "deleted a"]),
      (["a": ("one", 1)], ["b": ("two", 1)], ["added b", "deleted a"]),
      // A hard link or a copy is no rename.
      (["a": ("one", 1)], ["a": ("one", 1), "b": ("one", 1)], ["added b"]),
      // A case-only rename is one.
      (["a.JPG": ("one", 1)], ["a.jpg": ("one", 1)], ["renamed a.jpg a.JPG"]),
      // Several with the same bytes: the nearest name.
      (
        ["x/a": ("one", 1), "x/b": ("one", 2)], ["y/b": ("one", 8)],
        ["deleted x/a", "renamed y/b x/b"]
      ),
      // Other bytes under the old name.
      (["a": ("one", 1)], ["a": ("two", 1)], ["changed a"]),
      ([:], ["a": ("one", 1)], ["added a"]),
    ] as [([String: (String, UInt64)], [String: (String, UInt64)], [String])])
  func `is told as few facts`(
    known: [String: (String, UInt64)], seen: [String: (String, UInt64)], facts: [String]
  ) {
    // A file that stays keeps the root from being empty, which would halt.
    let (stays, word): (LibraryPath, String) = ("zz", "stays")
    func rows(_ files: [String: (String, UInt64)]) -> [(LibraryPath, String, UInt64)] {
      files.map { (LibraryPath(stringLiteral: $0.key), $0.value.0, $0.value.1) }
        + [(stays, word, 99)]
    }
    #expect(Disk(known: rows(known), seen: rows(seen)).facts == facts)
  }

  @Test func `is never that something hidden is gone`() {
    let known: [(LibraryPath, String, UInt64)] = [
      ("a/1", "one", 1), ("b/2", "two", 2), ("c", "three", 3), ("d", "four", 4), ("e", "five", 5),
    ]
    var disk = Disk(known: known, seen: [("e", "five", 5)])
    disk.input.observation.unknown = [
      UnknownPath(diskBytes: [97], reason: .unreadable, detail: "", hiding: [[97]]),
      UnknownPath(diskBytes: [99], reason: .unsettled, detail: "", hiding: [[99]]),
    ]
    disk.input.observation.ignored = ["d"]
    #expect(disk.facts == ["deleted b/2"])
    disk.input.observation.isComplete = false
    #expect(disk.facts == [])
    #expect(detect(disk.input).unknownCount == 4)
  }

  @Test func `depends on who has the say`() {
    let known: [(LibraryPath, String, UInt64)] = [
      ("a.jpg", "one", 1), ("b.mp4", "two", 2), ("c.jpg", "three", 3), ("z", "z", 9),
    ]
    let seen: [(LibraryPath, String, UInt64)] = [("d.jpg", "three", 3), ("z", "z", 9)]
    #expect(
      Disk(known: known, seen: seen, authoritative: [.photo]).facts
        == ["deleted a.jpg", "pruned b.mp4", "renamed d.jpg c.jpg"])
    #expect(
      Disk(known: known, seen: seen, authoritative: []).facts
        == ["added d.jpg", "pruned a.jpg", "pruned b.mp4", "pruned c.jpg"])
    var asks = Disk(known: known, seen: seen, authoritative: [])
    asks.input.settings.asks = [.photo]
    let proposals = detect(asks.input).facts.filter {
      if case .deleted(_, let asks) = $0.fact { asks } else { false }
    }
    #expect(proposals.count == 1)
    asks.input.isScripted = true
    #expect(detect(asks.input).facts.allSatisfy { $0.fact.type != "deleted" })
  }
}

@Suite struct `The guard` {
  /// So many files known, so many of them gone, all of the same size.
  private func halts(
    known: Int, gone: Int, guard limit: String = "100,10%", allowed: Int? = nil,
    change: (inout DetectInput) -> Void = { _ in }
  ) -> [Halt.Kind] {
    let files = (0..<known).map {
      (LibraryPath(stringLiteral: "p\($0).jpg"), "w\($0)", UInt64($0 + 1))
    }
    var disk = Disk(known: files, seen: Array(files.dropFirst(gone)))
    disk.input.ledger.guardLimit = GuardLimit(limit) ?? .standard
    disk.input.allowedRemovals = allowed
    change(&disk.input)
    let detection = detect(disk.input)
    let removed = detection.facts.count { $0.fact.type == "deleted" }
    #expect(removed == (detection.halts.isEmpty ? gone : 0))
    return detection.halts.map(\.kind)
  }

  @Test func `trips over both numbers, and not at them`() {
    #expect(halts(known: 1_000, gone: 100) == [])
    #expect(halts(known: 500, gone: 101) == [.removals(nil)])
    #expect(halts(known: 2_000, gone: 101) == [])
    #expect(halts(known: 1_010, gone: 101) == [])
    #expect(halts(known: 1_009, gone: 101) == [.removals(nil)])
  }

  @Test func `takes a yes to at least the number counted`() {
    #expect(halts(known: 500, gone: 101, allowed: 100) == [.removals(nil)])
    #expect(halts(known: 500, gone: 101, allowed: 101) == [])
  }

  @Test func `allows none with 0, and all with off`() {
    #expect(halts(known: 500, gone: 1, guard: "0") == [.removals(nil)])
    #expect(halts(known: 500, gone: 499, guard: "off") == [])
  }

  @Test func `halts for an emptied root and a restored disk whatever the numbers`() {
    #expect(halts(known: 3, gone: 3) == [.emptied])
    #expect(halts(known: 3, gone: 3, allowed: 3) == [])
    #expect(halts(known: 500, gone: 1) { $0.isRestoredDisk = true } == [.restoredDisk])
    #expect(halts(known: 500, gone: 0) { $0.isRestoredDisk = true } == [])
  }

  @Test func `halts where most files changed at once, and records none of it`() {
    let files = (0..<201).map {
      (LibraryPath(stringLiteral: "p\($0).jpg"), "w\($0)", UInt64($0 + 1))
    }
    let other = files.map { ($0.0, "locked \($0.1)", $0.2) }
    let disk = Disk(known: files, seen: other)
    #expect(detect(disk.input).halts.map(\.kind) == [.changes])
    #expect(disk.facts == [])
    let few = Disk(known: files, seen: Array(other.prefix(100) + files.dropFirst(100)))
    #expect(few.facts.count == 100)
  }
}
