import CustomDump
import LedgerCore
import LedgerStorage
import Testing

/// Bytes with what `sha256sum`, `sha1sum` and `md5sum` say of them.
private struct Vector: CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  let sha256: String
  let sha1: String
  let md5: String

  static let all = [
    Vector(
      testDescription: "nothing", bytes: [],
      sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709", md5: "d41d8cd98f00b204e9800998ecf8427e"),
    Vector(
      testDescription: "abc", bytes: Array("abc".utf8),
      sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      sha1: "a9993e364706816aba3e25717850c26c9cd0d89d", md5: "900150983cd24fb0d6963f7d28e17f72"),
    Vector(
      testDescription: "1 MiB of zeros", bytes: [UInt8](repeating: 0, count: 1 << 20),
      sha256: "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58",
      sha1: "3b71f43ff30f4b15b5cd85dd9e95ebc7e84eb5a3", md5: "b6d81b360a5672d80c27430f39153e2c"),
    Vector(
      testDescription: "1 MiB of zeros and an x",
      bytes: [UInt8](repeating: 0, count: 1 << 20) + [UInt8(ascii: "x")],
      sha256: "3cd07772d955581e0debcca858b6d7c81da4e6c88aff072bd1953af8c500b9a6",
      sha1: "d27fb01329ed4c93c9586d9cba32f47c92f53cf7", md5: "fcc6bad333ba7f6b84ed96ca98f7adfb"),
    Vector(
      testDescription: "all bytes, 40,000 times",
      bytes: (0..<10_240_000).map { UInt8(truncatingIfNeeded: $0) },
      sha256: "19d6d9faf9ce166abeb8452ff274241877eb1c09580f7ef62ff77696a6bee1fc",
      sha1: "c783d8c71cbaed5400b944f3649331cf37007d09", md5: "984448eee1a956505e200e4920c141f0"),
  ]
}

@Suite struct `Hashing` {
  @Test(arguments: Vector.all)
  fileprivate func `gives the digests that other programs give`(_ vector: Vector) throws {
    var hasher = ContentHasher(DigestAlgorithm.allCases)
    vector.bytes.withUnsafeBytes { hasher.update($0) }
    let content = hasher.finish()

    expectNoDifference(
      content.digests.map(\.description),
      ["sha256:\(vector.sha256)", "sha1:\(vector.sha1)", "md5:\(vector.md5)"])
    #expect(content.byteCount == Int64(vector.bytes.count))
  }

  @Test(arguments: Vector.all)
  fileprivate func `reads a file once for all of its digests`(_ vector: Vector) async throws {
    try await Library.with { library in
      try library.write(Array("a.jpg".utf8), vector.bytes)
      var options = ScanOptions(now: later, width: 1)
      options.digests = DigestAlgorithm.allCases

      let result = try await library.storage.observe(
        expecting: { nil }, options: options
      ) { _ in }

      expectNoDifference(
        result.observation.files.flatMap(\.content.digests).map(\.description),
        ["sha256:\(vector.sha256)", "sha1:\(vector.sha1)", "md5:\(vector.md5)"])
      #expect(result.hashedBytes == Int64(vector.bytes.count))
    }
  }

  @Test func `computes only what was asked for, and sha256 always`() {
    #expect(ContentHasher([]).finish().digests.map(\.algorithm) == [.sha256])
    #expect(ContentHasher([.md5]).finish().digests.map(\.algorithm) == [.sha256, .md5])
    #expect(ContentHasher([.sha1]).finish().digests.map(\.algorithm) == [.sha256, .sha1])
  }

  @Test func `does not depend on how the bytes are cut`() throws {
    let pieces = [Array("a".utf8), [], Array("b".utf8), Array("c".utf8)]

    #expect(ContentHasher.sha256(pieces) == ContentHasher.sha256([Array("abc".utf8)]))
    #expect(ContentHasher.sha256(pieces) != ContentHasher.sha256([Array("acb".utf8)]))
  }

  @Test func `goes on after it told what it has so far`() {
    var hasher = ContentHasher([.sha256])
    Array("ab".utf8).withUnsafeBytes { hasher.update($0) }
    let before = hasher.finish()
    Array("c".utf8).withUnsafeBytes { hasher.update($0) }

    #expect(before.digest == ContentHasher.sha256([Array("ab".utf8)]))
    #expect(hasher.finish().digest == ContentHasher.sha256([Array("abc".utf8)]))
  }
}
