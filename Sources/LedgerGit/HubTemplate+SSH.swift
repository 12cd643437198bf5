extension HubTemplate {
  /// The exit statuses of the script, and what they mean. ssh itself ends with 255.
  private static let statuses: [Int32: HubProblem.Kind] = [
    71: .isLedger, 72: .isRepository, 73: .isNotEmpty, 74: .isFile, 75: .hasNoParent,
    76: .hostHasNoGit,
  ]

  static func create(
    by script: String, over ssh: SSHProgram, for hub: HubAddress
  ) async throws -> CommitID {
    let run = try await ssh.runShell(script: script)
    if let problem = statuses[run.exitStatus] { throw HubProblem(path: hub.text, kind: problem) }
    guard run.exitStatus == 0 else {
      throw run.error(run.exitStatus == 255 ? .unreachable : .other)
    }
    // A host's greeting may come first.
    let lines = String(decoding: run.output, as: UTF8.self).split(separator: "\n")
    guard let last = lines.last, last.hasPrefix("ledger-first "),
      let id = CommitID(last.dropFirst(13))
    else { throw run.error(.other, "the host did not say that the hub was made: \(run.words)") }
    return id
  }

  /// A script for `sh` on the host, which needs only git there, and makes the same hub as
  /// `createFolder`. All of it stands in a function that the last line calls: of a script that
  /// was cut short nothing runs.
  static func remoteScript(path: String, ledgerJSON: [UInt8], author: CommitAuthor) -> String {
    let write = files.map { file in
      let line = "printf %s \(quoted(String(decoding: file.bytes, as: UTF8.self))) >\(file.name)"
      return file.isProgram ? "\(line)\n  chmod +x \(file.name)" : line
    }
    let place = shellPath(path)
    return """
      ledger_make_hub() {
        set -e
        unset GIT_DIR GIT_WORK_TREE GIT_OBJECT_DIRECTORY GIT_INDEX_FILE GIT_TEMPLATE_DIR
        LC_ALL=C; export LC_ALL
        place=\(place)
        case $place in -*) place=./$place ;; esac
        command -v git >/dev/null 2>&1 || exit 76
        if [ -d "$place" ]; then
          if [ -n "$(ls -A -- "$place")" ]; then
            if [ -e "$place/.git" ] || { [ -e "$place/HEAD" ] && [ -d "$place/objects" ]; }; then
              cd -- "$place"
              git cat-file -e refs/heads/main:ledger.json 2>/dev/null && exit 71
              exit 72
            fi
            exit 73
          fi
        elif [ -e "$place" ] || [ -h "$place" ]; then
          exit 74
        fi
        parent=$(dirname -- "$place")
        [ -d "$parent" ] || exit 75
        parent=$(cd -- "$parent" && pwd)
        place=$parent/$(basename -- "$place")
        new=$parent/.ledger-new-$$
        mkdir -- "$new"
        trap 'cd /; rm -rf -- "$new"' EXIT
        cd -- "$new"
        git init --quiet --bare --template= . </dev/null >&2
        git symbolic-ref HEAD refs/heads/main
        mkdir -p hooks info
        \(write.joined(separator: "\n  "))
        GIT_AUTHOR_NAME=\(quoted(author.name)) GIT_COMMITTER_NAME=\(quoted(author.name))
        GIT_AUTHOR_EMAIL=\(quoted(author.email)) GIT_COMMITTER_EMAIL=\(quoted(author.email))
        GIT_AUTHOR_DATE='\(author.seconds) +0000' GIT_COMMITTER_DATE='\(author.seconds) +0000'
        export GIT_AUTHOR_NAME GIT_COMMITTER_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_EMAIL
        export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
        blob=$(printf %s \(quoted(String(decoding: ledgerJSON, as: UTF8.self))) |
          git hash-object -w --stdin)
        tree=$(printf '100644 blob %s\\tledger.json\\n' "$blob" | git mktree)
        first=$(printf %s \(quoted(LedgerRepository.firstMessage)) | git commit-tree "$tree")
        git update-ref refs/heads/main "$first"
        find . -exec sync {} + 2>/dev/null || sync
        if [ -d "$place" ]; then rmdir -- "$place"; fi
        mv -- "$new" "$place"
        trap - EXIT
        sync "$parent" 2>/dev/null || sync
        echo "ledger-first $first"
      }
      ledger_make_hub

      """
  }

  /// A path on the host as a word of its shell, where `~/` leads to the home folder.
  static func shellPath(_ path: String) -> String {
    let isHome = path == "~" || path.hasPrefix("~/")
    return isHome ? "\"$HOME\"/" + quoted(String(path.dropFirst(2))) : quoted(path)
  }

  /// A word of the POSIX shell.
  static func quoted(_ text: String) -> String {
    "'" + text.flatMap { $0 == "'" ? Array("'\\''") : [$0] } + "'"
  }
}
