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
  }

  /// Hashes files on all cores, a group of files a task; the caller puts them in order.
  func hash(
    _ files: [WalkedFile], _ options: ScanOptions, _ progress: @Sendable (ScanProgress) -> Void
  ) async throws -> Hashed {
    let total = files.reduce(Int64(0)) { $0 + $1.stamp.byteCount }
    var all = Hashed()
    var groups = groups(of: files)[...]
    try await withThrowingTaskGroup(of: Hashed.self) { tasks in
      func next() {
        guard let group = groups.popFirst() else { return }
        tasks.addTask { try hashGroup(group, options.digests) }
      }
      for _ in 0..<options.width { next() }
      while let done = try await tasks.next() {
        try Task.checkCancellation()
        all.files += done.files
        all.unknown += done.unknown
        all.bytes += done.bytes
        progress(
          ScanProgress(
            files: all.files.count + all.unknown.count, bytes: all.bytes, totalFiles: files.count,
            totalBytes: total))
        next()
      }
    }
    return all
  }

  // Small files by the hundred, large ones alone, so that no core waits at the end.
  private func groups(of files: [WalkedFile]) -> [ArraySlice<WalkedFile>] {
    var groups: [ArraySlice<WalkedFile>] = []
    var start = 0
    var bytes: Int64 = 0
    for index in files.indices {
      bytes += files[index].stamp.byteCount
      if bytes >= 4 << 20 || index - start >= 127 {
        groups.append(files[start...index])
        start = index + 1
        bytes = 0
      }
    }
    if start < files.count { groups.append(files[start...]) }
    return groups
  }

  private func hashGroup(
    _ files: ArraySlice<WalkedFile>, _ digests: [DigestAlgorithm]
  ) throws -> Hashed {
    var hashed = Hashed()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    for file in files {
      try Task.checkCancellation()
      do {
        let open = try descriptor.opening(file.diskBytes, O_RDONLY | O_NONBLOCK)
        let content = try content(of: open, file.diskBytes, digests, &buffer)
        let after = try open.status(file.diskBytes)
        guard after.stamp == file.stamp, content.byteCount == file.stamp.byteCount else {
          hashed.unknown.append(
            UnknownPath(
              diskBytes: file.diskBytes, reason: .unsettled, detail: "changed while it was read"))
          continue
        }
        hashed.bytes += content.byteCount
        hashed.files.append(
          ObservedFile(
            path: file.path, content: content, stamp: file.stamp, wasHashed: true,
            diskBytes: file.diskBytes == file.path.bytes ? nil : file.diskBytes))
      } catch let error as StorageError {
        hashed.unknown.append(
          UnknownPath(diskBytes: file.diskBytes, reason: .unreadable, detail: error.text))
      }
    }
    return hashed
  }

  /// Reads an open file to its end and computes its digests.
  func content(
    of file: Descriptor, _ path: [UInt8], _ digests: [DigestAlgorithm], _ buffer: inout [UInt8]
  ) throws -> Content {
    var hasher = ContentHasher(digests)
    var total: Int64 = 0
    ledger_advise(file.number, 0)
    while true {
      let count = read(file.number, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw StorageError("read", path)
      }
      total += Int64(count)
      buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    // A library of large files should not push everything else out of memory.
    if total > 64 << 20 { ledger_advise(file.number, 1) }
    return hasher.finish()
  }
}
