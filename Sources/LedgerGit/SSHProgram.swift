/// The ssh that git would use, for what git has no command for.
struct SSHProgram {
  let host: String
  let port: Int?
  let environment: GitEnvironment

  /// Runs `script` with the host's `sh`. Its exit status is the script's, 255 ssh's own.
  /// - Throws: `GitProgramError` if it could not be started.
  func runShell(script: String) async throws -> ProgramRun {
    let variables = environment.variables
    var arguments: [String]
    // As git does: a command is for the shell, a program is not.
    if let command = try await command() {
      arguments = ["sh", "-c", "\(command) \"$@\"", command]
    } else if let program = variables["GIT_SSH"], !program.isEmpty {
      arguments = [program]
    } else {
      arguments = ["ssh"]
    }
    if let port { arguments += ["-p", String(port)] }
    // The script comes on standard input: the host's login shell may be any.
    arguments += ["--", host, "sh"]
    return try await ProgramRun.run(arguments, input: Array(script.utf8), in: environment)
  }

  private func command() async throws -> String? {
    if let command = environment.variables["GIT_SSH_COMMAND"], !command.isEmpty { return command }
    let run = try await ProgramRun.run(
      ["git", "config", "--get", "core.sshCommand"], in: environment)
    guard run.exitStatus == 0 else { return nil }
    let command = String(decoding: run.output, as: UTF8.self).split(separator: "\n").first
    return command.map(String.init)
  }
}
