import LedgerCore
import LedgerTestKit
import Testing

@Suite struct `Paths` {
  @Test(arguments: 0..<20)
  func `are equal and in order as their bytes are`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    // Mostly alike, of lengths about whole words, with bytes that are small and large.
    let paths = (0..<60).compactMap { _ in
      let bytes = (0..<Int.random(in: 1...26, using: &random)).map { _ in
        random.chance(90)
          ? UInt8(ascii: "a") : [1, 0x62, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 1
      }
      return LibraryPath(diskBytes: bytes)
    }
    for one in paths {
      for other in paths {
        let (left, right) = (one.bytes, other.bytes)
        #expect((one == other) == left.elementsEqual(right))
        #expect((one < other) == left.lexicographicallyPrecedes(right))
      }
    }
  }
}
