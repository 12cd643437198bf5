package import LedgerGit

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

/// Who holds a lock, as far as that can be told.
package struct LockHolder: Sendable, CustomStringConvertible {
  /// The process that took it; nil where the lock does not name one.
  package let process: Int32?

  /// Whether that process has ended, so that a program that it had started holds the lock on.
  package var hasEnded: Bool {
    guard let process else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  /// `process 4711`, or what is left of it.
  package var description: String {
    guard let process else { return "a process that did not give its number" }
    return hasEnded
      ? "a program that process \(process) started before it ended" : "process \(process)"
  }
}

/// The lock of a location: one run at a time. The kernel frees it when its holder ends, however that
/// happens, so it is never stale; a git that the holder started and that outlives it holds it on.
package final class LocationLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock.
  ///
  /// - Parameter waiting: hears, before the wait begins, who is waited for.
  /// - Throws: `WorkflowError` with the code `locked`, and the holder's process in its message.
  package init(_ path: String, _ wait: LockWait, waiting: (_ holder: LockHolder) -> Void) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let code = errno
      let hint =
        switch code {
        case ENOSPC, EDQUOT: "Make room on its disk and run the same command again."
        case EROFS: "Mount its disk writable and run the same command again."
        default: "Look at that folder and its permissions."
        }
      throw WorkflowError(
        .state,
        "The lock \(path) can't be opened: \(String(cString: strerror(code))). Nothing was done.",
        hint: hint)
    }
    if !Self.take(descriptor) {
      if wait != .never { waiting(Self.holder(of: descriptor)) }
      guard Self.take(descriptor, wait) else {
        let holder = Self.holder(of: descriptor)
        close(descriptor)
        throw Self.locked(path, by: holder, wait)
      }
    }
    // A program that is given this file for its input finds nothing to read.
    lseek(descriptor, 1 << 20, SEEK_SET)
    name(process: getpid())
  }

  deinit { close(descriptor) }

  /// Who holds the lock of a location, or nil where nobody does.
  package static func holder(at path: String) -> LockHolder? {
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

  /// Lets each git that a location starts hold the lock until that git ends: one that outlives this
  /// program, which may be killed, still works on the clone.
  package func hold(by git: inout GitProgram) { git.held = descriptor }

  /// The same for each git and each other program that a location starts.
  func hold(by open: inout OpenLocation) {
    hold(by: &open.git)
    open.holdStorage()
  }

  /// Names the process that others are told to wait for.
  package func name(process: Int32) {
    // The old text gives its block to the new one, so that a full disk does not matter.
    let text = Array(String(process).utf8)
    let count = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    ftruncate(descriptor, off_t(max(0, count)))
  }

  private static func locked(
    _ path: String, by holder: LockHolder, _ wait: LockWait
  ) -> WorkflowError {
    let patience = wait == .never ? "" : " although it was waited for"
    guard holder.hasEnded, let process = holder.process else {
      return WorkflowError(
        .locked,
        "Another run holds this location's lock\(patience) (\(holder)). Nothing was done.",
        hint: "Wait until it ends, or let the same command wait for it with --wait.")
    }
    return WorkflowError(
      .locked,
      "Another run of this location (process \(process)) has ended, but a program that it started, "
        + "such as git, still works here and holds the lock\(patience). Nothing was done.",
      hint: "Wait until that ends, or let the same command wait for it with --wait; fuser -v "
        + "\(ShellWord.quote(Array(path.utf8))) names it.")
  }

  private static func holder(of descriptor: Int32) -> LockHolder {
    var text = [UInt8](repeating: 0, count: 32)
    let count = max(0, pread(descriptor, &text, text.count, 0))
    return LockHolder(process: Int32(String(decoding: text[..<count], as: UTF8.self)))
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
