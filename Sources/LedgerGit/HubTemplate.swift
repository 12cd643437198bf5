/// The files that every hub has, embedded in the program from `ledger-template/`.
package enum HubTemplate {
  /// A file of the template.
  package struct File: Sendable {
    /// Its path in the hub.
    package let path: String
    /// Its text.
    package let text: String
    /// Whether it is a program.
    package let isExecutable: Bool
  }

  /// The files, in an order in which folders come before what is in them.
  package static var files: [File] {
    func file(_ path: String, _ bytes: [UInt8], isExecutable: Bool = false) -> File {
      File(path: path, text: String(decoding: bytes, as: UTF8.self), isExecutable: isExecutable)
    }
    return [
      file("config", PackageResources.config),
      file("description", PackageResources.description),
      file("README.md", PackageResources.readme),
      file("info/attributes", PackageResources.attributes),
      file("hooks/update", PackageResources.update, isExecutable: true),
      file("hooks/post-receive", PackageResources.post_receive, isExecutable: true),
    ]
  }

  /// A POSIX shell script that makes a hub of the template at `path`, here or on another host.
  ///
  /// It writes to a neighbouring name and renames that into place, so that a hub is there whole or
  /// not at all. Exit status 10: something else is there; 11: a git repository is there; 12: git is
  /// missing.
  package static func script(path: String) -> String {
    var lines = [
      "set -eu", "umask 022",
      "hub=\(shellPath(path))",
      "command -v git >/dev/null 2>&1 || exit 12",
      "if [ -e \"$hub/HEAD\" ] && [ -e \"$hub/objects\" ]; then exit 11; fi",
      "if [ -e \"$hub\" ] && { [ ! -d \"$hub\" ] || [ -n \"$(ls -A \"$hub\")\" ]; }; then exit 10; fi",
      "mkdir -p \"$(dirname \"$hub\")\"",
      "new=\"$hub.new.$$\"",
      "trap 'rm -rf \"$new\"' EXIT",
      "git init --quiet --bare --initial-branch=main --template= \"$new\"",
      "mkdir -p \"$new/hooks\" \"$new/info\"",
    ]
    for file in files {
      // Nothing in the template has this line, and the quotes keep the shell from reading it.
      lines.append("cat >\"$new/\(file.path)\" <<'END-OF-LEDGER-TEMPLATE'")
      lines.append(file.text + "END-OF-LEDGER-TEMPLATE")
      if file.isExecutable { lines.append("chmod +x \"$new/\(file.path)\"") }
    }
    lines += [
      "if [ -d \"$hub\" ]; then rmdir \"$hub\"; fi", "mv \"$new\" \"$hub\"", "trap - EXIT", "sync",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  // Quoted for a shell, but `~/` still means the home there.
  private static func shellPath(_ path: String) -> String {
    func quoted(_ text: Substring) -> String {
      "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        + "'"
    }
    if path.hasPrefix("~/") { return "\"$HOME\"/" + quoted(path.dropFirst(2)) }
    if path.hasPrefix("/~/") { return "\"$HOME\"/" + quoted(path.dropFirst(3)) }
    return quoted(path[...])
  }
}

extension GitProgram {
  /// Makes a hub at an address: the template's files, and then the first commit by a push.
  ///
  /// - Parameter scratch: a folder for a repository of our own; it may be removed afterwards.
  /// - Throws: `HubExists`, `GitProgramError`, `GitError`.
  package func createHub(
    at address: HubAddress, ledgerJSON: [UInt8], message: String, author: CommitAuthor,
    scratch: String
  ) async throws {
    let output: Output
    switch address {
    case .local(let path):
      output = try await runHere(script: HubTemplate.script(path: path))
    case .ssh(_, let host, let port, let path):
      output = try await runOnHost(host, port: port, script: HubTemplate.script(path: path))
    }
    switch output.status {
    case 0: break
    case 10: throw HubExists(isRepository: false)
    case 11: throw HubExists(isRepository: true)
    case 12:
      throw GitProgramError(
        kind: .unusable, command: "git", message: "git is not installed on the hub's host")
    default:
      throw GitProgramError(
        kind: output.status == 255 ? .unreachable : .refused, command: "making the hub",
        message: output.error.trimmingSpace)
    }
    let repository = try LedgerRepository.create(path: scratch)
    try repository.createFirstCommit(ledgerJSON: ledgerJSON, message: message, author: author)
    let pushed = try await run(
      ["push", "--quiet", "--", address.url, "refs/heads/main:refs/heads/main"],
      repository: scratch)
    try check(pushed, "git push")
  }
}

/// Something is where a hub was to be made; nothing was changed.
package struct HubExists: Error, Sendable {
  /// Whether it is a git repository.
  package let isRepository: Bool
}
