import CLedgerSystem
package import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a known file turned out to hold when all of it was read once more.
package enum Verified: Hashable, Sendable {
  /// The bytes that it should hold.
  case whole
  /// Other bytes, although its stamp says that nobody wrote to it.
  case damaged(Content)
  /// It has another stamp than the last scan knew: the next scan's business.
  case changed
  /// Why it could not be read.
  case unreadable(String)
}

extension FolderStorage {
  /// Reads a file to its end, from the disk rather than from memory where the system lets itself be
  /// asked for that, and compares its bytes with what is known of it.
  package func verify(_ known: KnownFile) -> Verified {
    let path = known.diskBytes ?? map.place(of: known.path).bytes
    do {
      let file = try descriptor.opening(path, O_RDONLY | O_NONBLOCK)
      guard try file.status(path).stamp == known.stamp else { return .changed }
      ledger_advise(file.number, 1)
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      let there = try content(of: file, path, known.content.digests.map(\.algorithm), &buffer)
      guard try file.status(path).stamp == known.stamp else { return .changed }
      let isWhole =
        there.byteCount == known.content.byteCount
        && known.content.digests.allSatisfy { there.digests.contains($0) }
      return isWhole ? .whole : .damaged(there)
    } catch let error as StorageError where error.code == ENOENT || error.code == ENOTDIR {
      return .changed
    } catch let error as StorageError {
      return .unreadable(error.text)
    } catch {
      return .unreadable("\(error)")
    }
  }
}
