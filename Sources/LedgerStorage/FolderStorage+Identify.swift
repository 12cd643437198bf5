import CLedgerSystem
package import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a known file turned out to hold when it was read for further digests.
package enum Identified: Hashable, Sendable {
  /// The bytes that it should hold, with all their digests.
  case content(Content)
  /// Other bytes, although its stamp says that nobody wrote to it.
  case damaged(Content)
  /// It is not as the last scan knew it, or can't be read: nothing can be said.
  case unsaid
}

extension FolderStorage {
  /// Reads a known file to its end and computes further digests of its bytes.
  package func identify(_ known: KnownFile, _ algorithms: [DigestAlgorithm]) -> Identified {
    let path = known.diskBytes ?? map.place(of: known.path).bytes
    guard let file = try? descriptor.opening(path, O_RDONLY | O_NONBLOCK),
      let before = try? file.status(path), before.stamp == known.stamp
    else { return .unsaid }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let all = Set(algorithms).union(known.content.digests.map(\.algorithm)).sorted()
    guard let there = try? content(of: file, path, all, &buffer),
      let after = try? file.status(path), after.stamp == known.stamp
    else { return .unsaid }
    let isWhole =
      there.byteCount == known.content.byteCount
      && known.content.digests.allSatisfy { there.digests.contains($0) }
    if isWhole { return .content(there) }
    // Written in the tick in which it was hashed, it may be an edit: the next scan reads it again.
    return known.stamp.changed < known.hashedAt.advanced(milliseconds: -2_000)
      ? .damaged(there) : .unsaid
  }
}
