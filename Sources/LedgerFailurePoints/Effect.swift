#if DEBUG
  internal import Synchronization

  #if canImport(Darwin)
    internal import Darwin
  #elseif canImport(Musl)
    internal import Musl
  #else
    internal import Glibc
  #endif
#endif

/// Carries out one effect on the disk or the hub, of which a test can end the program just before
/// or just after.
///
/// Only in debug builds, for the kill tests: with `LEDGER_FAIL_AT=7` (or `7:before`, `7:after`) in
/// the environment the program ends itself by SIGKILL at its 7th effect, so that nothing of it is
/// tidied up; `LEDGER_FAIL_LOG=FILE` gets the name of each effect that was begun, a line each. A
/// release build has `body` alone.
///
/// - Parameter name: what is done, to what, for the log.
package func effect<Result, Failure: Error>(
  _ name: @autoclosure () -> String, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  #if DEBUG
    let number = FailurePoint.begin(name)
    let result = try body()
    FailurePoint.end(number)
    return result
  #else
    return try body()
  #endif
}

/// As `effect`, for what another program does for us meanwhile.
package func programEffect<Result>(
  _ name: @autoclosure () -> String, isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Result
) async throws -> Result {
  #if DEBUG
    let number = FailurePoint.begin(name)
    let result = try await body()
    FailurePoint.end(number)
    return result
  #else
    return try await body()
  #endif
}

#if DEBUG
  private enum FailurePoint {
    private static let count = Mutex(0)

    private static func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }
    }

    /// The effect to end at, and on which side of it.
    private static let deadline: (number: Int, isAfter: Bool)? = {
      guard let words = variable("LEDGER_FAIL_AT")?.split(separator: ":"),
        let number = words.first.flatMap({ Int($0) })
      else { return nil }
      return (number, words.last == "after")
    }()

    private static let log: Int32? = variable("LEDGER_FAIL_LOG").flatMap { path in
      let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      return descriptor < 0 ? nil : descriptor
    }

    static func begin(_ name: () -> String) -> Int {
      let number = count.withLock { count in
        count += 1
        return count
      }
      if let log {
        let line = Array("\(name())\n".utf8)
        _ = line.withUnsafeBytes { write(log, $0.baseAddress, $0.count) }
      }
      if let deadline, deadline == (number, false) { die() }
      return number
    }

    static func end(_ number: Int) {
      if let deadline, deadline == (number, true) { die() }
    }

    private static func die() {
      kill(getpid(), SIGKILL)
      // The signal is under way; nothing more may be done.
      while true { pause() }
    }
  }
#endif
