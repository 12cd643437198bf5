#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How long a run waits for another one.
package enum LockWait: Sendable, Equatable {
  /// Not at all.
  case never
  /// So many milliseconds.
  case milliseconds(Int64)
  /// Until the other one ends.
  case forever
}

/// The lock of a location: one run at a time. The kernel frees it when its holder ends, however that
/// happens, so it is never stale.
package final class LocationLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock.
  ///
  /// - Parameter waiting: hears, before the wait begins, which process is waited for.
  /// - Throws: `WorkflowError` with the code `locked`, and the holder's process in its message.
  package init(_ path: String, _ wait: LockWait, waiting: (_ holder: String) -> Void) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw WorkflowError(
        .state, "The lock \(path) can't be opened: \(String(cString: strerror(errno))).",
        hint: "Look at the permissions of that folder.")
    }
    if !Self.take(descriptor) {
      let holder = Self.holder(of: descriptor)
      if wait != .never { waiting(holder) }
      guard Self.take(descriptor, wait) else {
        let patience = wait == .never ? "" : " although it was waited for"
        let now = Self.holder(of: descriptor)
        close(descriptor)
        throw WorkflowError(
          .locked,
          "Another run holds this location's lock\(patience) (process \(now)). Nothing was done.",
          hint: "Wait until it ends, or let the same command wait for it with --wait.")
      }
    }
    name(process: getpid())
  }

  deinit { close(descriptor) }

  /// The process that holds the lock of a location, or nil where nobody does.
  package static func holder(at path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return take(descriptor) ? nil : holder(of: descriptor)
  }

  /// Lets the programs that are started from now on hold the lock too, until the last of them ends; or
  /// no longer.
  package func letChildrenHold(_ may: Bool) {
    _ = fcntl(descriptor, F_SETFD, may ? 0 : FD_CLOEXEC)
  }

  /// Names the process that others are told to wait for.
  package func name(process: Int32) {
    ftruncate(descriptor, 0)
    let text = Array(String(process).utf8)
    _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  private static func holder(of descriptor: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 32)
    let count = max(0, pread(descriptor, &text, text.count, 0))
    return String(decoding: text[..<count], as: UTF8.self)
  }

  private static func take(_ descriptor: Int32) -> Bool {
    flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  private static func take(_ descriptor: Int32, _ wait: LockWait) -> Bool {
    switch wait {
    case .never: return false
    case .forever:
      while flock(descriptor, LOCK_EX) != 0 { guard errno == EINTR else { return false } }
      return true
    case .milliseconds(let patience):
      // The system knows no wait for a lock that ends by itself.
      let end = ContinuousClock.now + .milliseconds(patience)
      while ContinuousClock.now < end {
        usleep(20_000)
        if take(descriptor) { return true }
      }
      return false
    }
  }
}
