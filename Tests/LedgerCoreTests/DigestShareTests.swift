import LedgerCore
import LedgerTestKit
import Testing

private func content(_ number: UInt8, md5: Bool = false) throws -> Content {
  let digest = try #require(Digest(.sha256, bytes: [UInt8](repeating: number, count: 32)))
  let other = try #require(Digest(.md5, bytes: [UInt8](repeating: number, count: 16)))
  return Content(digest: digest, also: md5 ? [other] : [], byteCount: 10)
}

private func file(_ path: LibraryPath, _ content: Content) -> KnownFile {
  let time = FileTime(seconds: 0, nanoseconds: 0)
  return KnownFile(
    path: path, content: content,
    stamp: FileStamp(
      byteCount: content.byteCount, modified: time, changed: time, inode: 1, device: 1),
    hashedAt: time, diskBytes: nil)
}

private func share(_ joined: [Content], byteLimit: Int64 = 1_000) -> DigestShare {
  DigestShare(
    [.sha256, .md5], named: NamedDigests(joined, ContentIdentity(joined)), byteLimit: byteLimit)
}

@Suite struct `A share of files for further digests` {
  @Test func `leaves out what the log tells already, whoever told it`() throws {
    var share = share([try content(1, md5: true)])

    for number in [1, 2] as [UInt8] {
      #expect(share.offer(file("a.jpg", try content(number))))
    }

    #expect(share.files.map(\.content) == [try content(2)])
    #expect(share.isAll)
  }

  @Test func `reads the same bytes once`() throws {
    var share = share([])

    for path in ["a.jpg", "b.jpg"] as [LibraryPath] {
      #expect(share.offer(file(path, try content(1))))
    }

    #expect(share.files.map(\.path) == ["a.jpg"])
  }

  @Test func `reads nothing where a scan has computed all, and only tells it`() throws {
    var share = share([])

    #expect(share.offer(file("a.jpg", try content(1, md5: true))))

    #expect(share.known == [try content(1, md5: true)])
    #expect(share.files.isEmpty)
  }

  @Test func `ends at its limit, but takes one file at least`() throws {
    var share = share([], byteLimit: 5)

    #expect(share.offer(file("a.jpg", try content(1))))
    #expect(!share.offer(file("b.jpg", try content(2))))

    #expect(share.files.map(\.path) == ["a.jpg"])
    #expect(!share.isAll)
  }

  @Test func `takes a chain that joins two contents for two`() throws {
    let md5 = try #require(Digest(.md5, bytes: [UInt8](repeating: 9, count: 16)))
    let joined = [
      Content(digest: try content(1).digest, also: [md5], byteCount: 10),
      Content(digest: try content(2).digest, also: [md5], byteCount: 10),
    ]
    var share = share(joined)

    for number in [1, 2] as [UInt8] {
      #expect(share.offer(file("a.jpg", try content(number))))
    }

    #expect(share.files.isEmpty)
  }
}
