#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The lock of a location: one run at a time. The kernel frees it when its holder ends, however that
/// happens, so it is never stale.
package final class LocationLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock.
  ///
  /// - Throws: `WorkflowError` with the code `locked`, and the holder's process in its message.
  package init(_ path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw WorkflowError(
        .state, "The lock \(path) can't be opened: \(String(cString: strerror(errno))).",
        hint: "Look at the permissions of that folder.")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var text = [UInt8](repeating: 0, count: 32)
      let count = max(0, pread(descriptor, &text, text.count, 0))
      let holder = String(decoding: text[..<count], as: UTF8.self)
      close(descriptor)
      throw WorkflowError(
        .locked, "Another run holds this location's lock (process \(holder)). Nothing was done.",
        hint: "Wait until it ends.")
    }
    ftruncate(descriptor, 0)
    let own = Array(String(getpid()).utf8)
    _ = own.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit { close(descriptor) }
}
