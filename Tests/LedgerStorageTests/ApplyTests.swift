import Foundation
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

private let deletion: EventID = "amazon:7"

private func isDone(_ outcome: Outcome) -> Bool {
  if case .done = outcome { true } else { false }
}

@Suite struct `The trash` {
  @Test func `takes a file with its name, and gives it back with its time`() async throws {
    try await withDisk { disk in
      try await disk.shell(
        "mkdir -p a; echo photo >$'a/line\\nbreak %\\377.jpg'; touch -d 2001-02-03 a/*")
      let name = bytes("a/line\nbreak %") + [0xff] + bytes(".jpg")
      let content = try await disk.content(of: "a/line\nbreak %'$'\\377'.jpg'")
      let outcome = disk.storage.trash(
        name, expecting: content, deletion: deletion, after: 3, now: 5)
      #expect(isDone(outcome))
      #expect(try await disk.shell("ls a") == "")
      let entry = try #require(try disk.storage.trashEntries().first)
      #expect(
        entry.diskBytes == name && entry.deletion == deletion && entry.after == 3
          && entry.trashedAt == 5)
      #expect(entry.content == content && entry.path == LibraryPath(diskBytes: name))
      #expect(isDone(disk.storage.putBack(entry, to: name)))
      #expect(try await disk.shell("cat a/*; stat -c %y a/*").hasPrefix("photo\n2001-02-03"))
      #expect(try await disk.shell("ls -A .ledger/trash/desk") == "")
    }
  }

  @Test func `takes only the bytes that it was told`() async throws {
    try await withDisk { disk in
      try await disk.shell(
        "echo photo >a.jpg; echo PHOTO >b.jpg; mkdir folder; ln -s a.jpg link.jpg")
      let content = try await disk.content(of: "a.jpg")
      let storage = disk.storage
      func trash(_ name: String, _ content: Content) -> Outcome {
        storage.trash(bytes(name), expecting: content, deletion: deletion, after: 3, now: 5)
      }
      #expect(trash("b.jpg", content) == .changed)
      #expect(trash("none.jpg", content) == .gone)
      #expect(trash("folder", content) == .changed)
      #expect(trash("link.jpg", content) == .changed)
      #expect(trash("../a.jpg", content) == .gone)
      let weak = try await disk.shell("md5sum <a.jpg | cut -c1-32")
      let md5 = try #require(Digest("md5:\(weak)"))
      #expect(trash("a.jpg", Content(digest: md5, byteCount: 6)) == .changed)
      #expect(try storage.trashEntries().isEmpty)
      #expect(try await disk.shell("cat a.jpg b.jpg") == "photo\nPHOTO")
    }
  }

  @Test func `keeps both of two files that had one name`() async throws {
    try await withDisk { disk in
      for word in ["one", "two"] {
        try await disk.shell("echo \(word) >a.jpg")
        let content = try await disk.content(of: "a.jpg")
        #expect(
          isDone(
            disk.storage.trash(
              bytes("a.jpg"), expecting: content, deletion: deletion, after: 3, now: 5))
        )
      }
      #expect(try disk.storage.trashEntries().count == 2)
      #expect(try await disk.shell("cat .ledger/trash/desk/*/file | sort") == "one\ntwo")
    }
  }

  @Test func `never follows a link that took the place of a folder`() async throws {
    try await withDisk { disk in
      try await disk.shell(
        "mkdir out in; echo photo >out/a.jpg; mkdir in/sub; ln -s ../out in/link")
      let content = try await disk.content(of: "out/a.jpg")
      let outcome = disk.storage.trash(
        bytes("in/link/a.jpg"), expecting: content, deletion: deletion, after: 3, now: 5)
      #expect(!isDone(outcome))
      #expect(
        !isDone(
          disk.storage.rename(bytes("in/link/a.jpg"), to: bytes("b.jpg"), expecting: content)))
      try await disk.shell("cp out/a.jpg in/sub/b.jpg")
      #expect(
        !isDone(
          disk.storage.rename(bytes("in/sub/b.jpg"), to: bytes("in/link/b.jpg"), expecting: content)
        ))
      #expect(try await disk.shell("ls out") == "a.jpg")
    }
  }

  @Test func `gives nothing back over a file, and nothing that is spoilt`() async throws {
    try await withDisk { disk in
      try await disk.shell("echo photo >a.jpg")
      let content = try await disk.content(of: "a.jpg")
      _ = disk.storage.trash(
        bytes("a.jpg"), expecting: content, deletion: deletion, after: 3, now: 5)
      let entry = try #require(try disk.storage.trashEntries().first)
      try await disk.shell("echo other >a.jpg; mkdir b.jpg")
      #expect(disk.storage.putBack(entry, to: bytes("a.jpg")) == .occupied)
      #expect(disk.storage.putBack(entry, to: bytes("b.jpg")) == .occupied)
      #expect(try await disk.shell("cat a.jpg") == "other")
      try await disk.shell("echo spoil >.ledger/trash/desk/\(entry.id)/file")
      #expect(disk.storage.putBack(entry, to: bytes("c.jpg")) == .changed)
      #expect(try await disk.shell("ls") == "a.jpg\nb.jpg")
    }
  }

  @Test func `is known again after a run was killed between intent and move`() async throws {
    try await withDisk { disk in
      try await disk.shell(
        "echo photo >a.jpg; mkdir -p .ledger/trash/desk/00/; echo x >.ledger/trash/desk/00/entry")
      #expect(try disk.storage.trashEntries().isEmpty)
      let content = try await disk.content(of: "a.jpg")
      #expect(
        isDone(
          disk.storage.trash(
            bytes("a.jpg"), expecting: content, deletion: deletion, after: 3, now: 5)))
      #expect(try disk.storage.trashEntries().count == 1)
    }
  }
}

@Suite struct `A rename` {
  @Test func `makes folders, and never replaces`() async throws {
    try await withDisk { disk in
      try await disk.shell("echo one >a.jpg; echo two >b.jpg")
      let content = try await disk.content(of: "a.jpg")
      #expect(
        disk.storage.rename(bytes("a.jpg"), to: bytes("b.jpg"), expecting: content) == .occupied)
      #expect(
        disk.storage.rename(bytes("b.jpg"), to: bytes("c.jpg"), expecting: content) == .changed)
      #expect(
        isDone(
          disk.storage.rename(bytes("a.jpg"), to: bytes("new/folder/A.JPG"), expecting: content)))
      #expect(
        isDone(
          disk.storage.rename(
            bytes("new/folder/A.JPG"), to: bytes("new/folder/a.jpg"), expecting: content)))
      #expect(
        try await disk.shell("cat new/folder/a.jpg b.jpg; ls new/folder") == "one\ntwo\na.jpg")
    }
  }
}

@Suite struct `Any order of steps` {
  /// Seeded: moves to the trash and back never lose a byte, whatever stands in their way.
  @Test(arguments: 0..<8) func `keeps all bytes`(seed: UInt64) async throws {
    try await withDisk { disk in
      var generator = SeededGenerator(seed: seed)
      let names = ["a.jpg", "b.jpg", "d/c.jpg", "d/e/f.jpg"]
      try await disk.shell("mkdir -p d/e")
      var written: Set<String> = []
      func pick() -> String { names.randomElement(using: &generator) ?? "a.jpg" }
      for step in 0..<60 {
        let (name, other) = (pick(), pick())
        let path = "\(disk.root)/\(name)"
        let there = try? String(contentsOfFile: path, encoding: .utf8)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0 where there == nil:
          try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
          try "\(seed) \(step)".write(toFile: path, atomically: false, encoding: .utf8)
          written.insert("\(seed) \(step)")
        case 1:
          if there != nil {
            let content = try await disk.content(of: name)
            _ = disk.storage.trash(
              bytes(name), expecting: content, deletion: deletion, after: 3, now: 5)
          }
        case 2:
          if there != nil {
            let content = try await disk.content(of: name)
            _ = disk.storage.rename(bytes(name), to: bytes(other), expecting: content)
          }
        default:
          if let entry = try disk.storage.trashEntries().randomElement(using: &generator) {
            _ = disk.storage.putBack(entry, to: bytes(other))
          }
        }
      }
      let left = try await disk.shell(
        "find . -type f -not -name entry -print0 | xargs -0 -r -I{} sh -c 'cat \"{}\"; echo'")
      #expect(Set(left.split(separator: "\n").map(String.init)) == written)
    }
  }
}
