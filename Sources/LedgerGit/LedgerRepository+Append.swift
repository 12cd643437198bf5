internal import CLibgit2
package import LedgerCore

extension LedgerRepository {
  /// Commits one batch file on top of a location's own stream.
  ///
  /// The stream must end at `parent` (nil: it does not exist and starts at the ledger's first
  /// commit). Only the folders on the file's path are written anew. On return the batch is on
  /// the disk; if the program dies before, the stream ends where it did.
  /// - Throws: `GitError`; `isConcurrentChange` when the stream no longer ends at `parent`, and
  ///   then nothing of this call is visible. A name that is not this location's, or that is
  ///   taken, is an error too: batches are immutable.
  package func append(
    _ file: BatchBlob, to location: LocationID, onto parent: CommitID?, message: String,
    author: CommitAuthor
  ) throws(GitError) -> CommitID {
    guard let name = BatchName(file.name), name.location == location else {
      throw GitError(call: "append", message: "\(file.name) is no batch file of \(location)")
    }
    let base = if let parent { parent } else { try rootCommit() }
    var written = [try writeBlob(file.bytes)]
    let tree = try insert(
      written[0], at: file.name.split(separator: "/").map(String.init)[...],
      into: try tree(ofCommit: base), &written)
    let commit = try writeCommit(tree: tree, parents: [base], message: message, author: author)
    try syncObjects(written + [commit.oid])
    try setRef("refs/heads/\(location.name)", to: commit, expecting: parent)
    return commit
  }

  /// Writes `old` with the blob at `path`, and notes each tree written.
  private func insert(
    _ blob: git_oid, at path: ArraySlice<String>, into old: Tree?, _ written: inout [git_oid]
  ) throws(GitError) -> git_oid {
    guard let name = path.first else {
      throw GitError(call: "append", message: "a batch file has a name")
    }
    let before = old?.entry(name)
    var (id, mode) = (blob, GIT_FILEMODE_BLOB)
    if path.count > 1 {
      let child: Tree? = if let before { try tree(before.id) } else { nil }
      id = try insert(blob, at: path.dropFirst(), into: child, &written)
      mode = GIT_FILEMODE_TREE
    } else if before != nil {
      throw GitError(
        call: "append", code: GIT_EEXISTS.rawValue,
        message: "\(name) is there already: batches are immutable")
    }
    let tree = try writeTree(from: old) { builder throws(GitError) in
      try builder.insert(name, id, mode)
    }
    written.append(tree)
    return tree
  }
}
