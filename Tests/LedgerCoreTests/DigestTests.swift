import LedgerCore
import LedgerTestKit
import Testing

@Suite struct `A digest` {
  /// Written anew, byte by byte.
  private static func text(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> String {
    let digits = bytes.map { byte in
      let hex = String(byte, radix: 16)
      return hex.count == 1 ? "0" + hex : hex
    }
    return "\(algorithm.rawValue):\(digits.joined())"
  }

  private static func random(_ seed: UInt64, _ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  @Test(arguments: DigestAlgorithm.allCases, 0..<50 as Range<UInt64>)
  func `is its bytes and its text`(algorithm: DigestAlgorithm, seed: UInt64) throws {
    let bytes = Self.random(seed, algorithm.byteCount)
    let text = Self.text(algorithm, bytes)

    let digest = try #require(Digest(algorithm, bytes: bytes))

    #expect(digest.bytes == bytes)
    #expect(digest.description == text)
    #expect(Digest(text) == digest)
    #expect(Digest(utf8: Array("x\(text)y".utf8).dropFirst().dropLast()) == digest)
    #expect(bytes.withUnsafeBytes { Digest(algorithm, bytes: $0) } == digest)
    var line = Array("before ".utf8)
    digest.append(to: &line)
    #expect(String(decoding: line, as: UTF8.self) == "before " + text)
  }

  @Test(arguments: DigestAlgorithm.allCases)
  func `has digits in lower case alone, wherever they stand`(algorithm: DigestAlgorithm) throws {
    let bytes = Self.random(7, algorithm.byteCount)
    let text = Array(Self.text(algorithm, bytes).utf8)
    let start = algorithm.rawValue.utf8.count + 1
    for index in text.indices {
      for byte in 0...255 as ClosedRange<UInt8> {
        var other = text
        other[index] = byte
        let isDigit = (48...57).contains(byte) || (97...102).contains(byte)
        let digest = Digest(utf8: other[...])
        #expect((digest != nil) == (index < start ? byte == text[index] : isDigit))
        if let digest { #expect(Array(digest.description.utf8) == other) }
      }
    }
  }

  @Test(arguments: DigestAlgorithm.allCases)
  func `has as many bytes as its algorithm gives`(algorithm: DigestAlgorithm) {
    for count in 0...40 where count != algorithm.byteCount {
      let bytes = Self.random(1, count)
      #expect(Digest(algorithm, bytes: bytes) == nil)
      #expect(Digest(Self.text(algorithm, bytes)) == nil)
      #expect(Digest(Self.text(algorithm, bytes) + "0") == nil)
    }
    #expect(Digest("") == nil)
  }

  @Test func `comes after one of a stronger algorithm, then in byte order`() throws {
    let all = try DigestAlgorithm.allCases.flatMap { algorithm in
      try (0..<20 as Range<UInt64>).map { seed in
        try #require(Digest(algorithm, bytes: Self.random(seed, algorithm.byteCount)))
      }
    }

    let expected = all.sorted { left, right in
      left.algorithm == right.algorithm
        ? left.bytes.lexicographicallyPrecedes(right.bytes)
        : left.algorithm.byteCount > right.algorithm.byteCount
    }

    #expect(all.reversed().sorted() == expected)
  }
}
