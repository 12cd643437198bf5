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

/// A library of which a test knows everything: what people did to it, and what the storage did.
private struct Tree {
  let library: Library
  var generator: SeededGenerator
  var live: [LibraryPath: String] = [:]
  var trashed: [(path: LibraryPath, text: String)] = []
  private var clock: Int64 = 1_800_000_000

  init(_ library: Library, seed: UInt64) {
    self.library = library
    generator = SeededGenerator(seed: seed)
  }

  /// One step of a person or of the storage, with what must come of it.
  mutating func step() throws {
    switch Int.random(in: 0..<100, using: &generator) {
    case ..<30: try write()
    case ..<40: try move()
    case ..<65: try trash()
    case ..<80: try rename()
    default: try putBack()
    }
  }

  // A person writes a file, or other bytes to one that is there, whose bytes are lost by that.
  private mutating func write() throws {
    let path = randomPath()
    let text = "\(Int.random(in: 0..<8, using: &generator))"
    clock += 1
    let modified = FileTime(seconds: clock - 500_000_000, nanoseconds: 0)
    do { try library.write(path.bytes, Array(text.utf8), modified: modified) } catch is StorageError
    {
      return
    }
    live[path] = text
  }

  // A person moves a file to a name that is free.
  private mutating func move() throws {
    guard let (path, text) = randomFile(), let target = freePath() else { return }
    try library.move(path.description, to: target.description)
    live[path] = nil
    live[target] = text
  }

  private mutating func trash() throws {
    guard let (path, text) = randomFile() else { return }
    clock += 1
    let expected = generator.chance(80) ? text : "else"
    let outcome = library.trash(path.description, expected, now: clock)
    #expect(expected == text ? outcome.isDone : outcome == .changed)
    guard expected == text else { return }
    live[path] = nil
    trashed.append((path, text))
  }

  private mutating func rename() throws {
    guard let (path, text) = randomFile() else { return }
    let target = randomPath()
    let outcome = library.rename(path.description, to: target.description, text)
    if outcome.isDone {
      #expect(live[target] == nil)
      live[path] = nil
      live[target] = text
    } else {
      #expect(live[target] != nil ? outcome == .occupied : outcome.isBlocked || isTaken(target))
    }
  }

  private mutating func putBack() throws {
    let entries = try library.storage.trashEntries()
    guard let entry = entries.randomElement(using: &generator) else { return }
    let target = generator.chance(70) ? entry.path : randomPath()
    let outcome = library.storage.putBack(entry, to: target.bytes)
    if outcome.isDone {
      #expect(live[target] == nil)
      let index = try #require(
        trashed.firstIndex { $0.path == entry.path && content(of: $0.text) == entry.content })
      live[target] = trashed.remove(at: index).text
    } else {
      #expect(live[target] != nil ? outcome == .occupied : outcome.isBlocked || isTaken(target))
    }
  }

  /// Whether a folder has the name.
  private func isTaken(_ path: LibraryPath) -> Bool {
    live.keys.contains { $0.isInside(path.bytes) } || (try? library.status(path.bytes)) != nil
  }

  private mutating func randomPath() -> LibraryPath {
    let names = ["a", "b", "c.jpg", "d\ne", "\u{e9}"]
    let count = Int.random(in: 1...3, using: &generator)
    let path = (0..<count).map { _ in
      names[Int.random(in: 0..<names.count, using: &generator)]
    }
    return LibraryPath(stringLiteral: path.joined(separator: "/"))
  }

  private mutating func freePath() -> LibraryPath? {
    let path = randomPath()
    let isFree = !isTaken(path) && !live.keys.contains { path.isInside($0.bytes) }
    return isFree ? path : nil
  }

  private mutating func randomFile() -> (LibraryPath, String)? {
    live.sorted { $0.key < $1.key }.randomElement(using: &generator).map { ($0.key, $0.value) }
  }
}

@Suite struct `Whatever happens to a library` {
  @Test(arguments: 0..<24 as Range<UInt64>)
  fileprivate func `a scan sees what is there, and no bytes are lost`(seed: UInt64) async throws {
    try await Library.with { library in
      var tree = Tree(library, seed: seed)
      var known: [KnownFile] = []
      for _ in 0..<6 {
        for _ in 0..<12 { try tree.step() }

        let result = try await library.observe(known: known)

        let expected = tree.live.sorted { $0.key < $1.key }
        expectNoDifference(result.paths, expected.map(\.key))
        expectNoDifference(
          result.observation.files.map(\.content), expected.map { content(of: $0.value) })
        expectNoDifference(result.unknown, [])
        let entries = try library.storage.trashEntries()
        expectNoDifference(
          entries.map { "\($0.path) \($0.content.digest)" }.sorted(),
          tree.trashed.map { "\($0.path) \(content(of: $0.text).digest)" }.sorted())
        expectNoDifference(try library.trashedTexts(), tree.trashed.map(\.text).sorted())
        known = result.known()
      }
    }
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `all that was trashed comes back, each to its place`(seed: UInt64) async throws {
    try await Library.with { library in
      var generator = SeededGenerator(seed: seed)
      var files: [[UInt8]: [UInt8]] = [:]
      for number in 0..<20 {
        // Any bytes but NUL, a slash and what is a folder: NFC or not, text or not.
        let name = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
          UInt8.random(in: 1...255, using: &generator)
        }.filter { $0 != UInt8(ascii: "/") }
        let path = Array("\(number % 3)/\(number)".utf8) + name
        files[path] = (0..<number * 100).map { _ in UInt8.random(in: 0...255, using: &generator) }
      }
      for (path, bytes) in files { try library.write(path, bytes) }
      let before = try await library.observe()
      for file in before.observation.files {
        let path = file.diskBytes ?? file.path.bytes
        let outcome = library.storage.trash(
          path, expecting: file.content,
          for: TrashIntent("nas:3", after: 7, now: 1_800_000_000, minCopies: nil))
        #expect(outcome.isDone)
      }
      #expect(try await library.observe().paths.isEmpty)

      for entry in try library.storage.trashEntries().shuffled(using: &generator) {
        #expect(library.storage.putBack(entry, to: entry.diskBytes).isDone)
      }

      #expect(files.count == before.paths.count)
      for (path, bytes) in files { #expect(try library.bytes(path) == bytes) }
      let after = try await library.observe()
      expectNoDifference(
        after.observation.files.map(\.content), before.observation.files.map(\.content))
    }
  }

  @Test func `nothing is lost when another program swaps files while one is trashed`()
    async throws
  {
    try await Library.with { library in
      for round in 0..<60 {
        try library.write("a", "planned")
        try library.write("new", "swapped")
        let isOver = Once()

        async let swaps: Void = swapping(library, until: isOver)
        let outcome = library.trash("a", "planned")
        _ = isOver.take()
        await swaps

        let trashed = try library.trashedTexts()
        var texts = Set(trashed)
        for name in ["a", "old", "new"] {
          if let text = try library.text(name) { texts.insert(text) }
        }
        expectNoDifference(texts, ["planned", "swapped"], "\(outcome)")
        switch outcome {
        case .done: expectNoDifference(trashed, ["planned"])
        case .keptInTrash: expectNoDifference(trashed, ["swapped"])
        default: expectNoDifference(trashed, [], "\(outcome)")
        }
        for name in ["a", "old", "new"] where try library.status(name) != nil {
          try library.remove(name)
        }
        if !trashed.isEmpty { try library.move(".ledger/trash/desk", to: "../trash-\(round)") }
      }
    }
  }

  // Two files change places at `a` again and again, neither ever going over another.
  private func swapping(_ library: Library, until isOver: Once) async {
    func move(_ name: String, to target: String) -> Bool {
      link("\(library.root)/\(name)", "\(library.root)/\(target)") == 0
        && unlink("\(library.root)/\(name)") == 0
    }
    while !isOver.isTaken {
      guard move("a", to: "old"), move("new", to: "a"), move("a", to: "new"), move("old", to: "a")
      else { return }
    }
  }
}
