import CustomDump
import LedgerCore
import LedgerTestKit
import Testing

@Suite struct `Joined digests` {
  /// Few digests, so that chains meet, grow long and contradict themselves.
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `name the same bytes that a search along all chains does`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let contents = (0..<Int.random(in: 1...12, using: &random)).map { _ in
      content(&random)
    }

    let identity = ContentIdentity(contents)

    for content in contents {
      for digest in content.digests {
        expectNoDifference(
          identity.key(digest, byteCount: content.byteCount).digest,
          name(of: digest, content.byteCount, in: contents))
      }
    }
  }

  @Test func `join with those of contents that meet none of them`() throws {
    var random = SeededGenerator(seed: 7)
    let all = (0..<6).map {
      Content(digest: digest(.sha256, $0), also: [digest(.md5, $0)], byteCount: 9)
    }
    var identity = ContentIdentity(all.prefix(3))

    identity.join(new: Array(all.suffix(3)))

    let whole = ContentIdentity(all.shuffled(using: &random))
    for digest in all.flatMap(\.digests) {
      expectNoDifference(identity.key(digest, byteCount: 9), whole.key(digest, byteCount: 9))
      #expect(identity.key(digest, byteCount: 9).isStrong)
      // Of another size it is another content.
      expectNoDifference(identity.key(digest, byteCount: 8).digest, digest)
    }
  }

  private func content(_ random: inout SeededGenerator) -> Content {
    var algorithms = DigestAlgorithm.allCases.shuffled(using: &random)
    algorithms.removeLast(Int.random(in: 0...2, using: &random))
    let digests = algorithms.map { digest($0, Int.random(in: 0..<6, using: &random)) }
    return Content(
      digest: digests[0], also: Array(digests.dropFirst()),
      byteCount: Int64.random(in: 1...2, using: &random))
  }

  // The strongest of all that can be reached, unless two of one algorithm are among them.
  private func name(of digest: Digest, _ byteCount: Int64, in contents: [Content]) -> Digest {
    let joining = contents.filter { $0.byteCount == byteCount && !$0.also.isEmpty }
    var reached: Set<Digest> = [digest]
    while true {
      let more = joining.filter { !reached.isDisjoint(with: $0.digests) }.flatMap(\.digests)
      guard !reached.isSuperset(of: more) else { break }
      reached.formUnion(more)
    }
    let isContradiction = Set(reached.map(\.algorithm)).count < reached.count
    return isContradiction ? digest : reached.min() ?? digest
  }

  private func digest(_ algorithm: DigestAlgorithm, _ number: Int) -> Digest {
    let bytes = [UInt8](repeating: UInt8(number), count: algorithm.byteCount)
    guard let digest = Digest(algorithm, bytes: bytes) else { preconditionFailure("as many bytes") }
    return digest
  }
}
