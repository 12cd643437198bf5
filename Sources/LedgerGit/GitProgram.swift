internal import Subprocess
internal import SystemPackage

/// The user's `git` program, for what goes over the network, on one location's clone.
///
/// Each run has a fixed array of arguments and a clean environment; the user's hooks do not run.
package struct GitProgram: Hashable, Sendable {
  /// The clone's folder.
  package let gitDirectory: String
  /// The environment of every run.
  package let environment: GitEnvironment
  /// An open file that each git keeps open until it ends, also where this program is killed
  /// meanwhile: that of the clone's lock. Not owned; nil for none.
  package var held: Int32?

  /// Git on the bare clone at `gitDirectory`, which keeps no file open.
  package init(gitDirectory: String, environment: GitEnvironment) {
    self.gitDirectory = gitDirectory
    self.environment = environment
  }

  /// Finds git and its version.
  /// - Throws: `GitProgramError` of kind `unusable` when there is no git or it is too old.
  @discardableResult
  package static func checkVersion(in environment: GitEnvironment) async throws -> GitVersion {
    let run = try await ProgramRun.run(["git", "version"], in: environment)
    let text = String(decoding: run.output, as: UTF8.self)
    guard run.exitStatus == 0, let version = GitOutput.version(text) else {
      throw run.error(.unusable, "`git version` did not name a version: \(text)\(run.words)")
    }
    guard version >= .oldest else {
      throw run.error(
        .unusable, "git \(version) is too old; ledger needs \(GitVersion.oldest) or newer")
    }
    return version
  }

  /// Runs git on the clone. The exit status is the caller's to inspect.
  func run(_ arguments: [String]) async throws -> ProgramRun {
    try await run(arguments, in: environment)
  }

  /// Runs git on the clone, with a hub, so that one that falls silent ends the run.
  func connect(_ arguments: [String]) async throws -> ProgramRun {
    try await run(arguments, in: try await environment.endingSilence(gitDirectory: gitDirectory))
  }

  private func run(_ arguments: [String], in environment: GitEnvironment) async throws -> ProgramRun
  {
    // As its standard input, which no command here reads. Git's own helpers get pipes there, so that
    // what a hook of a hub on this machine leaves running never holds the lock.
    let input = try held.map { held throws(FileError) in try FolderEffects.duplicate(held) }
    return try await ProgramRun.run(
      ["git", "--git-dir=\(gitDirectory)"] + Self.settings + arguments, reading: input,
      in: environment)
  }

  /// Runs git on the clone and gives its output.
  /// - Throws: `GitProgramError` unless it ended with 0.
  @discardableResult
  func succeed(_ arguments: [String]) async throws -> String {
    let run = try await run(arguments)
    guard run.exitStatus == 0 else { throw run.error(.other) }
    return String(decoding: run.output, as: UTF8.self)
  }

  // What a user's configuration could turn on and what would lose or leak something: pruning
  // would follow a hub that lost a stream, hooks would run, gc would race with us.
  private static let settings = [
    "core.hooksPath=/dev/null", "core.fsync=all", "protocol.version=2", "gc.auto=0",
    "maintenance.auto=0", "fetch.prune=false", "remote.hub.prune=false", "fetch.fsckObjects=true",
    "push.gpgSign=false", "push.followTags=false", "push.negotiate=false",
    "remote.hub.followRemoteHEAD=never",
  ].flatMap { ["-c", $0] }
}

/// A program that has ended.
struct ProgramRun {
  let arguments: [String]
  let exitStatus: Int32
  let output: [UInt8]
  let words: String

  /// Runs a program, `input` on its standard input, and collects what it says.
  /// - Throws: `GitProgramError` of kind `unusable` if it could not be started, `other` if it
  ///   said more than 64 MiB.
  static func run(
    _ arguments: [String], input: [UInt8] = [], in environment: GitEnvironment
  ) async throws -> ProgramRun {
    // A file and no pipe: a program that ends before it has read all would end us by SIGPIPE.
    try await run(arguments, reading: try FolderEffects.openInput(input), in: environment)
  }

  /// Runs a program with an open file as its standard input, nil for nothing; closes it here.
  static func run(
    _ arguments: [String], reading input: Int32?, in environment: GitEnvironment
  ) async throws -> ProgramRun {
    let name = arguments[0]
    let descriptor = try input ?? FolderEffects.openInput([])
    do {
      let result = try await Subprocess.run(
        // By its path: looking for a name, Subprocess starts a process for each folder of PATH.
        environment.program(name).map { .path(FilePath($0)) } ?? .name(name),
        arguments: Arguments(Array(arguments.dropFirst())), environment: environment.subprocess,
        input: .fileDescriptor(
          FileDescriptor(rawValue: descriptor), closeAfterSpawningProcess: true),
        output: .bytes(limit: 64 << 20), error: .bytes(limit: 64 << 20))
      let status: Int32 =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
      var words = String(decoding: result.standardError, as: UTF8.self)
      while words.last?.isWhitespace == true { words.removeLast() }
      return ProgramRun(
        arguments: arguments, exitStatus: status, output: result.standardOutput, words: words)
    } catch let error as SubprocessError {
      let missing = error.code == .executableNotFound
      throw GitProgramError(
        arguments: arguments, exitStatus: -1,
        words: missing ? "there is no program `\(name)` in PATH" : "\(name): \(error)",
        kind: missing || error.code == .spawnFailed ? .unusable : .other)
    }
  }

  func error(_ kind: GitProgramError.Kind, _ words: String? = nil) -> GitProgramError {
    GitProgramError(
      arguments: arguments, exitStatus: exitStatus, words: words ?? self.words, kind: kind)
  }
}
