import CustomDump
import Foundation
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Synchronization
import Testing

@Suite struct `A scan's order` {
  /// Names whose keys sort otherwise than they do, or beside a folder's closing `/`.
  private static let names: [[UInt8]] =
    [
      "a", "a.b", "a-b", "a0", "A", "e", "é", "e\u{301}", "e\u{301}z", "ü", "u\u{308}", "z", " ",
    ].map { Array($0.utf8) } + [[0xff], [0x65, 0xcc, 0x81, 0xff], [0x80, 0x41]]

  private func fill(_ library: Library, _ generator: inout SeededGenerator) throws -> Int {
    var paths: Set<[UInt8]> = []
    for _ in 0..<Int.random(in: 1...60, using: &generator) {
      let depth = Int.random(in: 1...4, using: &generator)
      let parts = (0..<depth).map { _ in Self.names.randomElement(using: &generator) ?? [97] }
      let path = Array(parts.joined(separator: [UInt8(ascii: "/")]))
      // Not where a folder is a file already, or the other way round.
      guard (try? library.write(path, path)) != nil else { continue }
      paths.insert(path)
    }
    return paths.count
  }

  /// What is expected meets what is there wherever names sort: all settled, none missed, none read.
  @Test(arguments: 1...60)
  func `meets each file that it expects`(seed: UInt64) async throws {
    try await Library.with { library in
      var generator = SeededGenerator(seed: seed)
      let count = try fill(library, &generator)
      let first = try await library.observe(width: Int.random(in: 1...4, using: &generator))
      #expect(first.paths == first.paths.sorted())
      #expect(first.paths.count + first.observation.unknown.count == count)
      let known = first.known()
      var isSettled: [LibraryPath: Bool] = [:]
      for file in known { isSettled[file.path] = generator.chance(80) }
      var expected = known[...]

      let second = try await library.storage.observe(
        expecting: {
          expected.popFirst().map { file in
            ExpectedFile(
              path: file.path, known: .init(file, isSettled: isSettled[file.path] == true),
              isRecorded: isSettled[file.path] == true,
              settled: isSettled[file.path] == true ? .photo : nil)
          }
        }, options: ScanOptions(now: later, width: 2)
      ) { _ in }

      #expect(second.hashedCount == 0)
      expectNoDifference(second.paths, known.map(\.path).filter { isSettled[$0] != true })
      #expect(second.settled.all.files == known.count - second.paths.count)
      #expect(second.open.map(\.path) == second.paths)
      expectNoDifference(second.unknown, first.unknown)
      #expect(second.observation.ignored.isEmpty && second.observation.isComplete)
    }
  }

  @Test func `lets what is read be kept before the scan ends`() async throws {
    try await Library.with { library in
      for number in 0..<5_000 { try library.write("\(number / 100)/\(number).jpg", "\(number)") }
      let kept = Mutex<[LibraryPath]>([])
      var recorded: LibraryPath? = "0/0.jpg"

      let result = try await library.storage.observe(
        expecting: {
          defer { recorded = nil }
          return recorded.map { ExpectedFile(path: $0, known: nil, isRecorded: true) }
        },
        options: ScanOptions(now: later, width: 2),
        keep: { files in kept.withLock { $0 += files.map(\.path) } }, progress: { _ in })

      let early = kept.withLock { $0 }
      #expect(early.count >= 4_096 && !early.contains("0/0.jpg"))
      #expect(Set(early).isDisjoint(with: result.unkept.map(\.path)))
      #expect(early.count + result.unkept.count == 5_000)
      #expect(result.observation.files.count == 5_000)
    }
  }
}
