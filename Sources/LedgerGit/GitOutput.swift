/// What a push did to one ref.
package struct PushResult: Hashable, Sendable {
  /// The ref at the hub.
  package let ref: String
  /// Whether the hub has it now.
  package let isAccepted: Bool
  /// git's summary, as `[rejected] (fetch first)`.
  package let summary: String

  /// A result.
  package init(ref: String, isAccepted: Bool, summary: String) {
    self.ref = ref
    self.isAccepted = isAccepted
    self.summary = summary
  }
}

/// Reads what git prints for programs. Nothing else of its output decides anything but whether the
/// other side was reached.
package enum GitOutput {
  /// The lines of `git push --porcelain`, tabs between the columns:
  ///
  ///     To /srv/photos.git
  ///     *	refs/heads/desk:refs/heads/desk	[new branch]
  ///      	refs/heads/desk:refs/heads/desk	1fb1c5a..2b0c4d1
  ///     =	refs/heads/main:refs/heads/main	[up to date]
  ///     !	refs/heads/main:refs/heads/main	[rejected] (fetch first)
  ///     Done
  package static func pushResults(porcelain text: String) -> [PushResult] {
    text.split(separator: "\n").compactMap { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard columns.count == 3, columns[0].count == 1, let colon = columns[1].lastIndex(of: ":")
      else { return nil }
      return PushResult(
        ref: String(columns[1][columns[1].index(after: colon)...]), isAccepted: columns[0] != "!",
        summary: String(columns[2]))
    }
  }

  /// The lines of `git ls-remote`: an id, a tab, a ref.
  package static func refs(lsRemote text: String) -> [String: CommitID] {
    var refs: [String: CommitID] = [:]
    for line in text.split(separator: "\n") {
      let columns = line.split(separator: "\t")
      if columns.count == 2, let id = CommitID(String(columns[0])) { refs[String(columns[1])] = id }
    }
    return refs
  }

  /// Whether what git or ssh said means that the hub was not reached or did not let us in.
  ///
  ///     fatal: Could not read from remote repository.
  ///     fatal: '/srv/photos.git' does not appear to be a git repository
  ///     fatal: unable to access 'https://…'
  static func isUnreachable(_ message: String) -> Bool {
    let signs = [
      "Could not read from remote repository", "unable to access",
      "does not appear to be a git repository", "Connection", "hung up", "early EOF",
    ]
    return signs.contains { message.contains($0) }
  }
}
