import LedgerFailurePoints

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A program that brings files here: rsync or rclone.
package struct FetchProgram: Sendable {
  /// Its name and its arguments.
  package let arguments: [String]
  /// Its environment.
  package let environment: [String: String]
  /// An open file that it keeps open until it ends, also where this program is killed meanwhile: that of
  /// the location's lock, so that nobody else works in the same folder. Not owned; nil for none.
  package let held: Int32?

  /// A program to run.
  package init(_ arguments: [String], environment: [String: String], held: Int32?) {
    self.arguments = arguments
    self.environment = environment
    self.held = held
  }

  /// How a run ended.
  package struct End: Sendable {
    /// Its exit status; 128 and the number of the signal that ended it; 127 where there is no such program.
    package let status: Int32
    /// The last lines that it said on standard error.
    package let words: String
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - wordsFile: where its standard error goes; what was there is replaced.
  ///   - meanwhile: called some times a second.
  package func run(wordsFile: String, meanwhile: () -> Void) -> End {
    effect("run \(arguments[0])") {
      let words = open(wordsFile, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      defer { if words >= 0 { close(words) } }
      var pid: pid_t = 0
      let code = spawn(words, &pid)
      guard code == 0 else {
        return End(
          status: 127,
          words: code == ENOENT
            ? "there is no program \(arguments[0]) in PATH" : String(cString: strerror(code)))
      }
      var status: Int32 = 0
      while true {
        let ended = waitpid(pid, &status, WNOHANG)
        if ended == pid { break }
        if ended < 0, errno != EINTR { return End(status: 126, words: "it was lost sight of") }
        var time = timespec(tv_sec: 0, tv_nsec: 20_000_000)
        nanosleep(&time, nil)
        meanwhile()
      }
      let signal = status & 0x7f
      return End(
        status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, words: Self.tail(of: words))
    }
  }

  private func spawn(_ words: Int32, _ pid: inout pid_t) -> Int32 {
    func strings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
      texts.map { strdup($0) } + [nil]
    }
    let arguments = strings(self.arguments)
    let environment = strings(
      self.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    defer { for word in arguments + environment { free(word) } }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // As its standard input, which neither program reads.
    if let held {
      posix_spawn_file_actions_adddup2(&actions, held, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    if words >= 0 { posix_spawn_file_actions_adddup2(&actions, words, 2) }
    // What this program ignores for itself would be ignored there as well.
    var standard = sigset_t()
    sigemptyset(&standard)
    posix_spawnattr_setsigmask(&attributes, &standard)
    sigaddset(&standard, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &standard)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    return posix_spawnp(&pid, self.arguments[0], &actions, &attributes, arguments, environment)
  }

  private static func tail(of file: Int32) -> String {
    let end = lseek(file, 0, SEEK_END)
    guard end > 0 else { return "" }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = pread(file, &buffer, buffer.count, max(0, end - off_t(buffer.count)))
    guard count > 0 else { return "" }
    let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
    return lines.suffix(2).joined(separator: "; ")
  }
}
