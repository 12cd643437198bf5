import CLedgerSystem
import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension FolderStorage {
  struct Hashed: Sendable {
    var files: [ObservedFile] = []
    var unknown: [UnknownPath] = []
    var bytes: Int64 = 0
    /// Those at whose path the log has a copy.
    var recorded: Set<LibraryPath> = []
  }

  /// Reads files, one after the other.
  func hash(_ files: [WalkedFile], _ digests: [DigestAlgorithm]) throws -> Hashed {
    var hashed = Hashed()
    let largest = files.map(\.stamp.byteCount).max() ?? 0
    // One byte more than a small file has, so that one read sees its end.
    var buffer = [UInt8](repeating: 0, count: min(Int(largest) + 1, 1 << 20))
    var folder: (path: [UInt8], descriptor: Descriptor)?
    for file in files {
      try Task.checkCancellation()
      do {
        let (path, name) = split(file.diskBytes)
        if folder?.path != path { folder = (path, try descriptor.folder(path)) }
        guard let open = try folder?.descriptor.opening(name, O_RDONLY | O_NONBLOCK) else {
          continue
        }
        // What was written behind the size that it had when it was listed, its stamp tells after it.
        let content = try content(
          of: open, file.diskBytes, digests, &buffer, expecting: file.stamp.byteCount)
        let after = try open.status(file.diskBytes)
        guard after.stamp == file.stamp, content.byteCount == file.stamp.byteCount else {
          hashed.unknown.append(
            UnknownPath(
              diskBytes: file.diskBytes, reason: .unsettled, detail: "changed while it was read"))
          continue
        }
        hashed.bytes += content.byteCount
        if file.isRecorded { hashed.recorded.insert(file.path) }
        hashed.files.append(
          ObservedFile(
            path: file.path, content: content, stamp: file.stamp, wasHashed: true,
            diskBytes: file.otherSpelling))
      } catch let error as StorageError {
        hashed.unknown.append(
          UnknownPath(diskBytes: file.diskBytes, reason: .unreadable, detail: error.text))
      }
    }
    return hashed
  }

  /// Reads an open file to its end and computes its digests.
  ///
  /// - Parameter expected: the size that it was told to have; a read that reaches it and could have taken
  ///   more has seen the end. The caller compares its stamp after that.
  func content(
    of file: Descriptor, _ path: [UInt8], _ digests: [DigestAlgorithm], _ buffer: inout [UInt8],
    expecting expected: Int64? = nil
  ) throws -> Content {
    var hasher = ContentHasher(digests)
    var total: Int64 = 0
    // Of what one read takes there is nothing to read ahead.
    if expected.map({ $0 >= buffer.count }) ?? true { ledger_advise(file.number, 0) }
    while true {
      let count = read(file.number, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("read", path)
      }
      total += Int64(count)
      buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      if total == expected, count < buffer.count { break }
    }
    // A library of large files should not push everything else out of memory.
    if total > 64 << 20 { ledger_advise(file.number, 1) }
    return hasher.finish()
  }
}
