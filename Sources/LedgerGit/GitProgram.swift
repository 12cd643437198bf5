import Subprocess
import SystemPackage

/// A run of git or ssh that failed, in their own words.
package struct GitProgramError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Kind: Sendable {
    /// The other side could not be reached, or did not let us in.
    case unreachable
    /// It answered, and said no.
    case refused
    /// The program is missing or too old.
    case unusable
  }

  /// What kind of failure it is.
  package let kind: Kind
  /// What was run.
  package let command: String
  /// What it said.
  package let message: String

  /// A failure.
  package init(kind: Kind, command: String, message: String) {
    self.kind = kind
    self.command = command
    self.message = message
  }

  /// The command with what it said.
  package var description: String { "\(command): \(message)" }
}

/// Runs the `git` program, and `ssh` for what git does not do, in a clean environment.
///
/// The user's ssh configuration, agents and credential helpers work; the user's hooks and `GIT_*`
/// variables do not reach the clone.
package struct GitProgram: Sendable {
  /// What a run printed.
  package struct Output: Sendable {
    /// The exit status; 128 and more for a signal.
    package let status: Int32
    /// Standard output.
    package let output: String
    /// Standard error.
    package let error: String
  }

  /// The oldest version that works: 2.36 has `core.fsync`.
  package static let minimumVersion = (major: 2, minor: 36)

  private static let outputLimit = 64 << 20
  private let environment: [String: String]

  /// - Parameter environment: the user's variables.
  package init(environment: [String: String]) {
    let kept = [
      "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
    ]
    var clean = environment.filter { !$0.key.hasPrefix("GIT_") || kept.contains($0.key) }
    clean["LC_ALL"] = "C"
    clean["LANGUAGE"] = "C"
    clean["GIT_TERMINAL_PROMPT"] = "0"
    self.environment = clean
  }

  /// Runs git on a repository.
  ///
  /// - Throws: `GitProgramError` where git can't be started; a failing exit status is a result.
  package func run(_ arguments: [String], repository: String?) async throws -> Output {
    var all = ["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=0"]
    all += ["-c", "core.fsync=all", "-c", "protocol.version=2", "-c", "core.quotePath=true"]
    if let repository { all.append("--git-dir=\(repository)") }
    return try await start("git", all + arguments, input: [])
  }

  /// Runs `ssh` with a script for the other host's shell on standard input.
  package func runOnHost(
    _ host: String, port: Int?, script: String
  ) async throws -> Output {
    var arguments = port.map { ["-p", String($0)] } ?? []
    arguments += [host, "sh -s"]
    let input = Array(script.utf8)
    if let command = environment["GIT_SSH_COMMAND"] {
      // As git does: the user's words are a shell's, ours are not.
      return try await start("sh", ["-c", "\(command) \"$@\"", "ssh"] + arguments, input: input)
    }
    return try await start(environment["GIT_SSH"] ?? "ssh", arguments, input: input)
  }

  /// Runs a script in this machine's shell.
  func runHere(script: String) async throws -> Output {
    try await start("sh", ["-s"], input: Array(script.utf8))
  }

  private func start(
    _ program: String, _ arguments: [String], input: [UInt8]
  ) async throws -> Output {
    let variables = Dictionary(
      environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) },
      uniquingKeysWith: { $1 })
    let executable: Executable =
      program.contains("/") ? .path(FilePath(program)) : .name(program)
    do {
      let result = try await Subprocess.run(
        executable, arguments: Arguments(arguments), environment: .custom(variables),
        input: .array(input), output: .string(limit: Self.outputLimit),
        error: .string(limit: 1 << 20))
      let status: Int32 =
        switch result.terminationStatus {
        case .exited(let code): Int32(code)
        case .signaled(let signal): 128 + Int32(signal)
        }
      return Output(
        status: status, output: result.standardOutput, error: result.standardError)
    } catch let error as SubprocessError {
      throw GitProgramError(
        kind: .unusable, command: program,
        message: "can't be run (\(error)); install it, or put it on the PATH")
    }
  }

  /// Checks that git is there and new enough.
  package func checkVersion() async throws {
    let answer = try await run(["version"], repository: nil)
    let numbers = answer.output.split(separator: " ").dropFirst(2).first?.split(separator: ".")
      .compactMap { Int($0) }
    guard let numbers, numbers.count >= 2 else {
      throw GitProgramError(kind: .unusable, command: "git version", message: answer.output)
    }
    if (numbers[0], numbers[1]) < (Self.minimumVersion.major, Self.minimumVersion.minor) {
      throw GitProgramError(
        kind: .unusable, command: "git version",
        message: "git \(numbers[0]).\(numbers[1]) is too old; 2.36 or newer is needed")
    }
  }

  /// Throws unless the run went well, and tells an unreachable hub from one that refuses.
  func check(_ output: Output, _ command: String) throws {
    guard output.status != 0 else { return }
    let text = output.error.isEmpty ? output.output : output.error
    let message = text.trimmingSpace
    throw GitProgramError(
      kind: GitOutput.isUnreachable(message) ? .unreachable : .refused, command: command,
      message: message)
  }
}

extension String {
  /// Without white space at its ends.
  var trimmingSpace: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    return String(text)
  }
}
