import CLedgerSystem
package import LedgerCore
import LedgerFailurePoints

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Holds a flow of bytes back to a rate.
package struct Pace: Sendable {
  private let bytesPerSecond: Int64?
  private var start = ContinuousClock.now
  private var bytes: Int64 = 0

  /// So many bytes in a second; nil for no limit.
  package init(bytesPerSecond: Int64?) { self.bytesPerSecond = bytesPerSecond }

  /// Counts bytes, and waits where they came too fast.
  mutating func take(_ count: Int64) {
    guard let bytesPerSecond, bytesPerSecond > 0 else { return }
    bytes += count
    let due = Duration.milliseconds(bytes * 1_000 / bytesPerSecond)
    let ahead = (due - (ContinuousClock.now - start)).components
    guard ahead.seconds > 0 || ahead.attoseconds > 0 else { return }
    var time = timespec(
      tv_sec: Int(ahead.seconds), tv_nsec: Int(ahead.attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }
}

extension FolderStorage {
  private static let piece: Int64 = 8 << 20

  /// Copies a file of another folder of this machine, which has it under its own map, to where fetched
  /// files wait: sharing its bytes where the file system can, else going on after those that have come.
  ///
  /// - Returns: why it did not come to its end; nil where it did.
  /// - Throws: `StorageError` where this side's disk fails, as when it is full.
  package func copyHere(
    _ path: LibraryPath, from source: FolderStorage, _ pace: inout Pace
  ) throws -> String? {
    let original: Descriptor
    let status: stat
    do {
      original = try source.descriptor.opening(
        source.map.place(of: path).bytes, O_RDONLY | O_NONBLOCK)
      status = try original.status(path.bytes)
    } catch let error as StorageError {
      return error.text
    }
    guard status.isRegular else { return "it is no file" }
    let (folderPath, name) = split(staged(path))
    let folder = try descriptor.folder(making: folderPath)
    let number = effect("open \(path) to fetch it") {
      withCString(name) {
        openat(folder.number, $0, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
      }
    }
    guard number >= 0 else { throw StorageError("create", path.bytes) }
    let copy = Descriptor(owning: number)
    var have = try copy.status(path.bytes).stamp.byteCount
    if have > status.stamp.byteCount { have = 0 }
    guard ftruncate(number, off_t(have)) == 0 else { throw StorageError("write", path.bytes) }
    let isShared =
      have == 0 && effect("share \(path)") { ledger_clone_bytes(original.number, number) } == 0
    if !isShared, let trouble = try copyBytes(path, original, copy, from: have, &pace) {
      return trouble
    }
    let times = status.stamp.modified
    let time = timespec(tv_sec: Int(times.seconds), tv_nsec: Int(times.nanoseconds))
    _ = futimens(number, [time, time])
    return nil
  }

  private func copyBytes(
    _ path: LibraryPath, _ original: Descriptor, _ copy: Descriptor, from start: Int64,
    _ pace: inout Pace
  ) throws -> String? {
    guard lseek(original.number, off_t(start), SEEK_SET) >= 0,
      lseek(copy.number, off_t(start), SEEK_SET) >= 0
    else { throw StorageError("seek", path.bytes) }
    var canShare = true
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      if canShare {
        let count = effect("copy a piece of \(path)") {
          ledger_copy_bytes(original.number, copy.number, Self.piece)
        }
        if count == 0 { return nil }
        if count > 0 {
          pace.take(count)
          continue
        }
        if errno == ENOSPC || errno == EDQUOT { throw StorageError("write", path.bytes) }
        canShare = false
      }
      let count = read(original.number, &buffer, buffer.count)
      if count == 0 { return nil }
      if count < 0 {
        if errno == EINTR { continue }
        return String(cString: strerror(errno))
      }
      try copy.writeAll(Array(buffer[..<count]), path.bytes)
      pace.take(Int64(count))
    }
  }
}
