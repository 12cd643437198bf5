internal import Subprocess
internal import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A program that got so many seconds to end, with all that it started.
struct BoundedRun {
  /// Its exit status, 128 and the signal's number where a signal ended it; nil where its time was up.
  let exitStatus: Int32?
  /// What it said, where that was asked for.
  let output: [UInt8]
  let words: String

  /// Why a program did not run.
  struct Failure: Error {
    let words: String
  }

  /// Runs a program whose outputs both go to our standard error.
  static func run(
    _ program: String, input: [UInt8], environment: [String: String], folder: String,
    seconds: Double
  ) async throws -> BoundedRun {
    let descriptor = try openInput(input)
    return try await within(seconds) {
      let result = try await Subprocess.run(
        .path(FilePath(program)), environment: variables(environment),
        workingDirectory: FilePath(folder), platformOptions: ended,
        input: .fileDescriptor(
          FileDescriptor(rawValue: descriptor), closeAfterSpawningProcess: true),
        output: .fileDescriptor(.standardError, closeAfterSpawningProcess: false),
        error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
      return BoundedRun(exitStatus: status(result.terminationStatus), output: [], words: "")
    }
  }

  /// Runs a program and collects what it says.
  static func collect(
    _ name: String, _ arguments: [String], input: [UInt8], environment: [String: String],
    seconds: Double
  ) async throws -> BoundedRun {
    try await within(seconds) {
      let result = try await Subprocess.run(
        .name(name), arguments: Arguments(arguments), environment: variables(environment),
        platformOptions: ended, input: .array(input), output: .bytes(limit: 16 << 20),
        error: .string(limit: 1 << 20))
      var words = result.standardError
      while words.last?.isWhitespace == true { words.removeLast() }
      return BoundedRun(
        exitStatus: status(result.terminationStatus), output: result.standardOutput, words: words)
    }
  }

  // A session of its own, so that what it started ends with it.
  private static var ended: PlatformOptions {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2)),
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero),
    ]
    return options
  }

  private static func within(
    _ seconds: Double, _ body: @escaping @Sendable () async throws -> BoundedRun
  ) async throws -> BoundedRun {
    do {
      return try await withThrowingTaskGroup(of: BoundedRun?.self) { group in
        group.addTask { try await body() }
        group.addTask {
          try await Task.sleep(for: .seconds(seconds))
          return nil
        }
        let first = try await group.next() ?? nil
        group.cancelAll()
        return first ?? BoundedRun(exitStatus: nil, output: [], words: "")
      }
    } catch let error as SubprocessError {
      throw Failure(words: "\(error)")
    }
  }

  private static func variables(_ environment: [String: String]) -> Environment {
    .custom(
      Dictionary(
        uniqueKeysWithValues: environment.compactMap { name, value in
          Environment.Key(rawValue: name).map { ($0, value) }
        }))
  }

  private static func status(_ status: TerminationStatus) -> Int32 {
    switch status {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }

  // A file and no pipe: a program that reads none of it ends as it likes.
  private static func openInput(_ bytes: [UInt8]) throws -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = Array("\(folder)/ledger-hook.XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw Failure(words: String(cString: strerror(errno))) }
    unlink(name)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        close(descriptor)
        throw Failure(words: String(cString: strerror(errno)))
      }
      rest = rest.dropFirst(count)
    }
    lseek(descriptor, 0, SEEK_SET)
    return descriptor
  }
}
