/// The ssh that git would use, for what git has no command for.
struct SSHProgram {
  let host: String
  let port: Int?
  let environment: GitEnvironment

  /// Runs `script` with the host's `sh`. Its exit status is the script's, 255 ssh's own.
  /// - Throws: `GitProgramError` if it could not be started.
  func runShell(script: String) async throws -> ProgramRun {
    let environment = try await environment.endingSilence()
    var arguments: [String]
    // As git does: a command is for the shell, a program is not.
    if let command = try await environment.sshCommand() {
      arguments = ["sh", "-c", "\(command) \"$@\"", command]
    } else if let program = environment.variables["GIT_SSH"], !program.isEmpty {
      arguments = [program]
    } else {
      arguments = ["ssh"]
    }
    if let port { arguments += ["-p", String(port)] }
    // The script comes on standard input: the host's login shell may be any.
    arguments += ["--", host, "sh"]
    return try await ProgramRun.run(arguments, input: Array(script.utf8), in: environment)
  }
}

extension GitEnvironment {
  // An `-o` wins over the user's files, so it is given only for what those leave open; `ssh -G` tells
  // that, and connects to nobody.
  private static let patientSSH = """
    ledger_ssh() {
      settings=$(ssh -G "$@" 2>/dev/null)
      case $settings in *'connecttimeout none'*) set -- -o ConnectTimeout=30 "$@" ;; esac
      case $settings in
        *'serveraliveinterval 0'*) set -- -o ServerAliveInterval=15 -o ServerAliveCountMax=4 "$@" ;;
      esac
      exec ssh "$@"
    }
    ledger_ssh
    """

  /// This environment, with an ssh that ends when the host has been silent for about a minute, as
  /// where its network went away: of itself ssh waits for hours.
  ///
  /// What the user's ssh configuration says about `ServerAliveInterval` and `ConnectTimeout` stands, and
  /// so does a command for ssh that the user has set.
  func endingSilence(gitDirectory: String? = nil) async throws -> GitEnvironment {
    let program = variables["GIT_SSH"] ?? ""
    guard program.isEmpty, try await sshCommand(gitDirectory: gitDirectory) == nil else {
      return self
    }
    var changed = variables
    changed["GIT_SSH_COMMAND"] = Self.patientSSH
    // Else git would find it out by a further run of ssh.
    changed["GIT_SSH_VARIANT"] = variables["GIT_SSH_VARIANT"] ?? "ssh"
    return GitEnvironment(cleaning: changed)
  }

  /// The command for ssh that the user has set, for the shell.
  func sshCommand(gitDirectory: String? = nil) async throws -> String? {
    if let command = variables["GIT_SSH_COMMAND"], !command.isEmpty { return command }
    let clone = gitDirectory.map { ["--git-dir=\($0)"] } ?? []
    let run = try await ProgramRun.run(
      ["git"] + clone + ["config", "--get", "core.sshCommand"], in: self)
    guard run.exitStatus == 0 else { return nil }
    let command = String(decoding: run.output, as: UTF8.self).split(separator: "\n").first
    return command.map(String.init)
  }
}
