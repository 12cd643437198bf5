/// Reads what git prints for programs. Pure.
package enum GitOutput {
  /// What became of one ref of a push.
  package enum PushedRef: Hashable, Sendable {
    /// The hub has it now.
    case landed
    /// The hub had it.
    case upToDate
    /// Git or the hub refused, for the reason in brackets.
    case refused(String)
  }

  /// The outcomes in the standard output of `git push --porcelain`, by the hub's ref name.
  ///
  /// Reads these lines (`\t` is a tab) and skips all others:
  /// ```
  /// To /srv/photos.git
  ///  \trefs/heads/desk:refs/heads/desk\t837197b..d8871f3
  /// *\trefs/heads/desk:refs/heads/desk\t[new branch]
  /// +\trefs/ledger/seen/desk:refs/ledger/seen/desk\t45b983b...9c1f2d0 (forced update)
  /// =\trefs/heads/main:refs/heads/main\t[up to date]
  /// !\trefs/heads/main:refs/heads/main\t[rejected] (non-fast-forward)
  /// !\trefs/heads/main:refs/heads/main\t[remote rejected] (hook declined)
  /// !\trefs/heads/desk:refs/heads/desk\t[remote failure] (remote failed to report status)
  /// Done
  /// ```
  package static func pushResults(porcelain: String) -> [String: PushedRef] {
    var results: [String: PushedRef] = [:]
    for line in porcelain.split(separator: "\n") {
      let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, fields[0].count == 1, let flag = fields[0].first,
        let colon = fields[1].lastIndex(of: ":")
      else { continue }
      let name = String(fields[1][fields[1].index(after: colon)...])
      switch flag {
      case " ", "*", "+": results[name] = .landed
      case "=": results[name] = .upToDate
      case "!": results[name] = .refused(String(fields[2]))
      default: continue
      }
    }
    return results
  }

  /// Whether a refusal of a ref is about the ref, and not about a hub that could not write it.
  ///
  /// Reads these reasons as judgements, and all others, as `[remote rejected] (unpacker error)` and
  /// `[remote rejected] (failed to update ref)`, as trouble that the hub has with itself:
  /// ```
  /// [rejected] (non-fast-forward)
  /// [rejected] (fetch first)
  /// [remote rejected] (hook declined)
  /// [remote rejected] (pre-receive hook declined)
  /// [remote rejected] (non-fast-forward)
  /// [remote rejected] (deletion prohibited)
  /// ```
  package static func isJudgement(_ reason: String) -> Bool {
    reason.hasPrefix("[rejected]")
      || ["hook declined)", "(non-fast-forward)", "prohibited)"].contains { reason.hasSuffix($0) }
  }

  /// The refs that the hub offered, from a clone's `FETCH_HEAD`: git lists every ref there that
  /// a refspec took in, also one that did not move and one that was refused.
  ///
  /// Reads these lines:
  /// ```
  /// 837197b9ee2c6a94652dcf79a00f72427fa63851\tnot-for-merge\tbranch 'desk' of /srv/photos.git
  /// 837197b9ee2c6a94652dcf79a00f72427fa63851\t\tbranch 'main' of nas:photos.git
  /// 45b983be36b73c0788dc9cbcb76cbb80fc7bb057\tnot-for-merge\t'refs/ledger/seen/desk' of nas:p.git
  /// ```
  package static func offeredBranches(fetchHead: String) -> [String: CommitID] {
    var branches: [String: CommitID] = [:]
    for line in fetchHead.split(separator: "\n") {
      let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, let id = CommitID(fields[0]), fields[2].hasPrefix("branch '") else {
        continue
      }
      // A ref's name has no space, so the first `' of ` ends it.
      let rest = Array(fields[2].dropFirst(8))
      let end = rest.indices.first { rest[$0...].starts(with: "' of ") }
      guard let end else { continue }
      branches[String(rest[..<end])] = id
    }
    return branches
  }

  /// The version in `git version 2.39.5` or `git version 2.39.5 (Apple Git-154)`.
  package static func version(_ text: String) -> GitVersion? {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard words.count >= 3, words[0] == "git", words[1] == "version" else { return nil }
    let numbers = words[2].split(separator: ".").map { Int($0) }
    guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    return GitVersion(major: major, minor: minor)
  }

  /// What stood in the way of a fetch or push, by its exit status and words in the language C.
  ///
  /// It decides only what a person is told and whether it is worth another try, never what is
  /// believed about the hub. These lines say that the hub was not reached:
  /// ```
  /// fatal: Could not read from remote repository.
  /// fatal: the remote end hung up unexpectedly
  /// fatal: the remote end hung up upon initial contact
  /// fatal: early EOF
  /// client_loop: send disconnect: Broken pipe
  /// ```
  /// So does an end by SIGPIPE: then git was writing to an ssh that had ended.
  package static func kind(exitStatus: Int32, words: String) -> GitProgramError.Kind {
    let unreachable = [
      "Could not read from remote repository", "hung up unexpectedly",
      "hung up upon initial contact", "early EOF", "unexpected disconnect", "send disconnect: ",
      "unable to look up", "unable to connect",
    ]
    if unreachable.contains(where: { contains(words, $0) }) { return .unreachable }
    if exitStatus == 128 + 13 { return .unreachable }
    return exitStatus == 1 ? .rejected : .other
  }

  private static func contains(_ text: String, _ part: String) -> Bool {
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    return text.indices.contains { text[$0...].starts(with: part) }
  }
}

/// A version of git, as far as it matters.
package struct GitVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The first number.
  package let major: Int
  /// The second number.
  package let minor: Int

  /// A version from its two numbers.
  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// The oldest that syncs everything it writes (`core.fsync`).
  package static let oldest = GitVersion(major: 2, minor: 36)

  /// Both numbers.
  package var description: String { "\(major).\(minor)" }

  /// The older first.
  package static func < (left: GitVersion, right: GitVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
