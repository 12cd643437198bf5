import CustomDump
import LedgerCore
import LedgerTestKit
import Testing

private let known: [KnownCopy] = [.of("a.jpg", "one"), .of("b.jpg", "two"), .of("c.jpg", "three")]

private func confirm(
  _ files: [ObservedFile], before: Set<LibraryPath> = [], isComplete: Bool = true,
  unknown: [UnknownPath] = []
) -> ConfirmedObservation {
  confirmAbsence(
    in: Observation(files: files, unknown: unknown, ignored: [], isComplete: isComplete),
    of: known, missingBefore: before, identity: ContentIdentity([]))
}

@Suite struct `A listing that may leave files out` {
  @Test func `is believed about what is missing when the one before lacked it too`() {
    let files: [ObservedFile] = [.of("a.jpg", "one")]

    let first = confirm(files)
    #expect(first.missing == ["b.jpg", "c.jpg"] && first.newlyMissingCount == 2)
    #expect(first.observation.unknown.map(\.reason) == [.missingOnce, .missingOnce])
    let second = confirm(files, before: Set(first.missing ?? []))
    #expect(second.missing == ["b.jpg", "c.jpg"] && second.newlyMissingCount == 0)
    #expect(second.observation.unknown.isEmpty)
  }

  @Test func `calls only that gone which both lacked`() {
    let confirmed = confirm([.of("a.jpg", "one")], before: ["a.jpg", "b.jpg"])

    #expect(confirmed.missing == ["b.jpg", "c.jpg"] && confirmed.newlyMissingCount == 1)
    #expect(confirmed.observation.unknown.map(\.diskBytes) == [Array("c.jpg".utf8)])
  }

  @Test func `has a new file wait that may be a missing one under another name`() {
    let files: [ObservedFile] = [
      .of("a.jpg", "one"), .of("c.jpg", "three"), .of("new.jpg", "four"),
      .of("two.jpg", "two"),
    ]

    let first = confirm(files)
    #expect(first.observation.files.map(\.path) == ["a.jpg", "c.jpg", "new.jpg"])
    #expect(first.observation.unknown.map(\.reason) == [.missingOnce, .unsettled])
    let second = confirm(files, before: ["b.jpg"])
    expectNoDifference(second.observation.files, files)
  }

  @Test func `is not asked again about what the location itself moved to its trash`() {
    let confirmed = confirmAbsence(
      in: Observation(
        files: [.of("a.jpg", "one")], unknown: [], ignored: [], isComplete: true),
      of: known, missingBefore: [], trashed: ["b.jpg"], identity: ContentIdentity([]))

    #expect(confirmed.missing == ["c.jpg"])
    #expect(confirmed.observation.unknown.map(\.diskBytes) == [Array("c.jpg".utf8)])
  }

  @Test func `says nothing about what is missing where it is not complete, or hides a folder`() {
    #expect(confirm([], isComplete: false).missing == nil)
    let hidden = UnknownPath(
      diskBytes: Array("b.jpg".utf8), reason: .unreadable, detail: "", hiding: [Array("b.jpg".utf8)]
    )
    #expect(confirm([.of("a.jpg", "one")], unknown: [hidden]).missing == ["c.jpg"])
  }
}

@Suite struct `Bytes that a place tells of` {
  private func digest(_ algorithm: DigestAlgorithm, _ byte: UInt8) -> Digest {
    guard
      let digest = Digest(
        algorithm, bytes: Array(repeating: byte, count: algorithm.byteCount))
    else { preconditionFailure("the length fits the algorithm") }
    return digest
  }

  @Test func `are those recorded if a digest leads there and none differs`() {
    let md5 = Content(digest: digest(.md5, 1), byteCount: 7)
    let both = Content(digest: digest(.sha256, 2), also: [digest(.md5, 1)], byteCount: 7)
    let joined = ContentIdentity([both])
    let alone = ContentIdentity([])

    // A newer rclone tells sha256 as well.
    #expect(alone.isShown(md5, by: both))
    #expect(joined.isShown(both, by: md5) && joined.isShown(md5, by: both))
    #expect(!alone.isShown(Content(digest: digest(.sha256, 2), byteCount: 7), by: md5))
    #expect(joined.isShown(Content(digest: digest(.sha256, 2), byteCount: 7), by: md5))
    let other = Content(digest: digest(.sha256, 3), also: [digest(.md5, 1)], byteCount: 7)
    #expect(!joined.isShown(both, by: other))
    #expect(!joined.isShown(both, by: Content(digest: digest(.md5, 1), byteCount: 8)))
  }
}
