internal import CLibgit2

extension LedgerRepository {
  /// The commit that 4 to 40 hex digits begin the name of, or nil where there is none, or more than
  /// one.
  /// - Throws: `GitError` if the objects can't be read.
  package func commit(beginning digits: String) throws(GitError) -> CommitID? {
    let isHex = digits.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
    guard isHex, (4...40).contains(digits.utf8.count) else { return nil }
    var id = git_oid()
    try GitError.check(
      git_oid_fromstrn(&id, digits, digits.utf8.count), "git_oid_fromstrn", digits)
    var commit: OpaquePointer?
    let code = git_commit_lookup_prefix(&commit, pointer, &id, digits.utf8.count)
    if code == GIT_ENOTFOUND.rawValue || code == GIT_EAMBIGUOUS.rawValue { return nil }
    // A name of something else is no commit's.
    if code == GIT_EINVALIDSPEC.rawValue || code == GIT_EINVALID.rawValue { return nil }
    try GitError.check(code, "git_commit_lookup_prefix", digits)
    guard let commit, let found = git_commit_id(commit) else { return nil }
    defer { git_commit_free(commit) }
    return CommitID(found.pointee)
  }
}
