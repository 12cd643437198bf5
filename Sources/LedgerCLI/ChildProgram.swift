import LedgerWorkflows
import Synchronization

#if canImport(Darwin)
  @preconcurrency import Darwin
#elseif canImport(Musl)
  @preconcurrency import Musl
#else
  @preconcurrency import Glibc
#endif

// A signal's doings may only look at what needs no lock.
private let child = Atomic<Int32>(0)
private let early = Atomic<Int32>(0)

/// A program that is run in the place of this one, as a shell runs it: with its terminal, its signals
/// and its exit status.
enum ChildProgram {
  /// Runs a program to its end.
  ///
  /// - Parameter started: hears the program's process.
  /// - Returns: its exit status; 128 and the signal's number where a signal ended it; 127 where there
  ///   is no such program, and 126 where it can't be run.
  static func run(_ arguments: [String], started: (Int32) -> Void) -> Int32 {
    child.store(0, ordering: .relaxed)
    early.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGQUIT, SIGTERM, SIGHUP] { pass(on: number) }
    defer {
      for number in [SIGQUIT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
      Terminal.prepare()
    }
    var pid: Int32 = 0
    let code = spawn(arguments, &pid)
    guard code == 0 else {
      Terminal.complain("ledger: \(arguments[0]): \(String(cString: strerror(code))).")
      return code == ENOENT ? 127 : 126
    }
    child.store(pid, ordering: .sequentiallyConsistent)
    let number = early.load(ordering: .sequentiallyConsistent)
    if number != 0 { kill(pid, number) }
    started(pid)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return 126 } }
    child.store(0, ordering: .sequentiallyConsistent)
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  // The terminal sends its signals to the program itself; those of a process reach only this one.
  private static func pass(on number: Int32) {
    typealias Receiver =
      @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void
    let receiver: Receiver = { number, details, _ in
      let code = details?.pointee.si_code ?? 0
      guard code <= 0 || code == Int32(SI_USER) else { return }
      let pid = child.load(ordering: .sequentiallyConsistent)
      if pid > 0 {
        kill(pid, number)
      } else {
        early.store(number, ordering: .sequentiallyConsistent)
      }
    }
    var action = sigaction()
    #if canImport(Darwin)
      action.__sigaction_u.__sa_sigaction = receiver
    #elseif canImport(Musl)
      action.__sa_handler.sa_sigaction = receiver
    #else
      action.__sigaction_handler.sa_sigaction = receiver
    #endif
    action.sa_flags = SA_SIGINFO | SA_RESTART
    sigaction(number, &action, nil)
  }

  private static func spawn(_ arguments: [String], _ pid: inout Int32) -> Int32 {
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    #if canImport(Darwin)
      var attributes: posix_spawnattr_t?
    #else
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // What this program ignores for itself, and what its threads leave to others, would be ignored and
    // never come there as well.
    var standard = sigset_t()
    sigemptyset(&standard)
    posix_spawnattr_setsigmask(&attributes, &standard)
    sigaddset(&standard, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &standard)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    return posix_spawnp(&pid, arguments[0], nil, &attributes, words, environ)
  }
}
