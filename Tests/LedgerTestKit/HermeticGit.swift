internal import Subprocess
internal import SystemPackage

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// Git as no user has configured it.
package enum HermeticGit {
  /// An environment without anybody's configuration, with a fixed author; `extra` wins.
  package static func environment(_ extra: [String: String] = [:]) -> [String: String] {
    [
      "PATH": path,
      "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
      "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
      "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@ledger",
      "GIT_AUTHOR_DATE": "1800000000 +0000",
      "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@ledger",
      "GIT_COMMITTER_DATE": "1800000000 +0000",
    ].merging(extra) { $1 }
  }

  /// Where programs are looked for: as for who runs the tests, without the folders that hold an
  /// installed `ledger`, which a hub's hook would ask about each line.
  package static let path: String = {
    let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
    let kept = folders.filter { access("\($0)/ledger", X_OK) != 0 }.joined(separator: ":")
    return kept.isEmpty ? "/usr/bin:/bin" : kept
  }()

  /// Runs the real git in `folder` and gives its standard output, without the last line break.
  /// - Throws: `TestKitError` with both outputs if it fails.
  @discardableResult
  package static func run(
    _ arguments: String..., in folder: String
  ) async throws -> String {
    let run = try await runProgram(
      ["git"] + arguments, in: folder, environment: environment())
    guard run.exitStatus == 0 else {
      throw TestKitError("git \(arguments.joined(separator: " ")): \(run.output)\(run.words)")
    }
    return run.output
  }

  private static func executable(_ name: String) -> Executable {
    name.contains("/") ? .path(FilePath(name)) : .name(name)
  }

  /// Runs any program to its end; both outputs come without the last line break.
  /// - Throws: if it could not be started.
  package static func runProgram(
    _ arguments: [String], in folder: String, environment: [String: String]
  ) async throws -> (exitStatus: Int32, output: String, words: String) {
    try await Gate.programs.pass {
      try await runNow(arguments, in: folder, environment: environment)
    }
  }

  private static func runNow(
    _ arguments: [String], in folder: String, environment: [String: String]
  ) async throws -> (exitStatus: Int32, output: String, words: String) {
    let variables = Dictionary(
      uniqueKeysWithValues: environment.compactMap { name, value in
        Environment.Key(rawValue: name).map { ($0, value) }
      })
    let result = try await Subprocess.run(
      executable(arguments[0]), arguments: Arguments(Array(arguments.dropFirst())),
      environment: .custom(variables), workingDirectory: FilePath(folder),
      input: .none, output: .string(limit: 64 << 20), error: .string(limit: 64 << 20))
    func trimmed(_ text: String) -> String { text.hasSuffix("\n") ? String(text.dropLast()) : text }
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return (status, trimmed(result.standardOutput), trimmed(result.standardError))
  }
}
