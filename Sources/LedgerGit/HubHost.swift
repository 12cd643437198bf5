/// The account that a hub belongs to, on this machine or behind ssh, for what git has no command
/// for: its `authorized_keys` and the files of the template.
package struct HubHost: Sendable {
  private let hub: HubAddress
  private let environment: GitEnvironment

  /// The account of the hub at `hub`.
  package init(_ hub: HubAddress, environment: GitEnvironment) {
    self.hub = hub
    self.environment = environment
  }

  /// The hub's absolute path there, and the keys that may use it, in the order of the file.
  /// - Throws: `GitProgramError`; `HubProblem` if no ledger's hub is there.
  package func keys() async throws -> (path: String, keys: [HubKey]) {
    var lines = try await run("pwd -P; cat \"$HOME/.ssh/authorized_keys\" 2>/dev/null || true")
    guard !lines.isEmpty else { throw HubProblem(path: hub.text, kind: .isNoLedger) }
    let path = lines.removeFirst()
    return (path, lines.compactMap { HubKey(line: $0, hubPath: path) })
  }

  /// Adds a line to `authorized_keys`, unless it is there.
  /// - Throws: `GitProgramError` with nothing changed.
  package func add(line: String) async throws {
    _ = try await run(
      """
      umask 077
      mkdir -p "$HOME/.ssh"
      file=$HOME/.ssh/authorized_keys
      line=\(HubTemplate.quoted(line))
      if ! grep -qxF -e "$line" "$file" 2>/dev/null; then
        # A last line without an end would swallow ours.
        if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then echo >>"$file"; fi
        printf '%s\\n' "$line" >>"$file"
      fi
      """)
  }

  /// Removes these lines from `authorized_keys`, and keeps the others as they are.
  /// - Throws: `GitProgramError` with nothing changed.
  package func remove(lines: [String]) async throws {
    let patterns = lines.map { "-e \(HubTemplate.quoted($0))" }.joined(separator: " ")
    _ = try await run(
      """
      umask 077
      file=$HOME/.ssh/authorized_keys
      # grep ends with 1 when no line is left.
      grep -vxF \(patterns) "$file" >"$file.ledger-new" || [ $? -eq 1 ]
      mv -f "$file.ledger-new" "$file"
      """)
  }

  /// Makes an empty bare repository with the template there, where nothing or an empty folder is.
  /// - Returns: whether it was made; false where a repository is.
  /// - Throws: `HubProblem` when something else is in the way; `GitProgramError`.
  package func makeIfMissing() async throws -> Bool {
    let lines = try await run(
      """
      place=$PWD
      if [ -d objects ] && [ -f HEAD ]; then echo there; exit 0; fi
      if [ -n "$(ls -A)" ]; then echo full; exit 0; fi
      git init --quiet --bare --template= . </dev/null >&2
      git symbolic-ref HEAD refs/heads/main
      echo made
      """, isNew: true)
    switch lines.last {
    case "there": return false
    case "made":
      try await installTemplate()
      return true
    default: throw HubProblem(path: hub.text, kind: .isNotEmpty)
    }
  }

  /// Brings the hub's own files up to those of this program: hooks and `serve`, and on a new hub the
  /// configuration and the rest, which its owner may have changed on an old one.
  /// - Throws: `GitProgramError`.
  package func installTemplate(isNew: Bool = true) async throws {
    let write = HubTemplate.files.filter { isNew || $0.isProgram }.map { file in
      let text = HubTemplate.quoted(String(decoding: file.bytes, as: UTF8.self))
      let name = "'\(file.name)'"
      return "printf %s \(text) >\(name).new\(file.isProgram ? "; chmod +x \(name).new" : "")\n"
        + "mv -f \(name).new \(name)"
    }
    _ = try await run("mkdir -p hooks info\n\(write.joined(separator: "\n"))")
  }

  /// Which of the template's files differ there from those of this program, sorted.
  /// - Throws: `GitProgramError`.
  package func outdatedFiles() async throws -> [String] {
    let look = HubTemplate.files.map { file in
      let text = HubTemplate.quoted(String(decoding: file.bytes, as: UTF8.self))
      let test = file.isProgram ? "[ -x '\(file.name)' ] && " : ""
      return "{ \(test)printf %s \(text) | cmp -s - '\(file.name)'; } || echo '\(file.name)'"
    }
    return try await run(look.joined(separator: "\n")).sorted()
  }

  /// Runs a script in the hub's folder with the host's `sh`, and gives the lines of its output.
  private func run(_ body: String, isNew: Bool = false) async throws -> [String] {
    let enter =
      isNew
      ? "[ -d \"$place\" ] || mkdir -- \"$place\"; cd -- \"$place\""
      : "cd -- \"$place\"\n[ -d objects ] && [ -d refs ] || { echo \"there is no hub at $PWD\" >&2; exit 1; }"
    // All of it stands in a function that the last line calls: of a script cut short nothing runs.
    func script(_ path: String) -> String {
      """
      ledger_at_hub() {
        set -e
        LC_ALL=C; export LC_ALL
        place=\(HubTemplate.shellPath(path))
        \(enter)
        echo \(Self.marker)
        \(body)
      }
      ledger_at_hub

      """
    }
    let run: ProgramRun
    switch hub.place {
    case .local(let path):
      run = try await ProgramRun.run(["sh"], input: Array(script(path).utf8), in: environment)
    case .ssh(let host, let port, let path):
      let ssh = SSHProgram(host: host, port: port, environment: environment)
      run = try await ssh.runShell(script: script(path))
    }
    guard run.exitStatus == 0 else {
      throw run.error(run.exitStatus == 255 ? .unreachable : .other)
    }
    // A host's greeting may come first.
    let lines = String(decoding: run.output, as: UTF8.self).split(separator: "\n")
    guard let start = lines.lastIndex(of: Self.marker) else {
      throw run.error(.other, "the host did not run what it was asked to: \(run.words)")
    }
    return lines[(start + 1)...].map(String.init)
  }

  private static let marker: Substring = "ledger-at-hub"
}
