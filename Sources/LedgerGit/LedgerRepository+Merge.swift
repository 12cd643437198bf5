internal import CLibgit2
package import LedgerCore

extension LedgerRepository {
  /// Brings `refs/heads/main` up to the streams: an ordinary merge whose parents are `main` and
  /// the heads that it lacks, in the order of their names, and whose tree is the union of their
  /// `events/*` folders.
  ///
  /// A head older than what `main` holds of its stream is left out.
  ///
  /// It stands on the hub's `main` as last fetched, unless that is contained in this clone's. A
  /// `main` of this clone that lost a race is dropped: nothing depends on it.
  /// - Returns: `main` when the hub lacks it and it is worth a push; nil when the hub has all.
  /// - Throws: `GitError`; `isConcurrentChange` when another process moved `main` meanwhile.
  package func unionMain(
    heads: [LocationID: CommitID], author: CommitAuthor
  ) throws(GitError) -> CommitID? {
    let local = try mainHead()
    let hub = try target(of: "refs/remotes/hub/main")
    guard let base = try mainBase(local: local, hub: hub) else {
      throw GitError(
        call: "unionMain", code: GIT_ENOTFOUND.rawValue, message: "\(path) has no main: no ledger")
    }
    let baseTree = try tree(ofCommit: base)
    let events = try baseTree.entry("events").map { entry throws(GitError) in try tree(entry.id) }
    var folders: [(location: LocationID, head: CommitID, id: git_oid)] = []
    for (location, head) in heads.sorted(by: { $0.key < $1.key }) {
      guard let folder = try folder(of: location, at: head),
        try isNewer(folder, than: events?.entry(location.name), location)
      else { continue }
      folders.append((location, head, folder.id))
    }
    var main = base
    if !folders.isEmpty {
      let eventsTree = try writeTree(from: events) { builder throws(GitError) in
        for folder in folders {
          try builder.insert(folder.location.name, folder.id, GIT_FILEMODE_TREE)
        }
      }
      let tree = try writeTree(from: baseTree) { builder throws(GitError) in
        try builder.insert("events", eventsTree, GIT_FILEMODE_TREE)
      }
      let names = folders.map(\.location.name).joined(separator: ", ")
      main = try writeCommit(
        tree: tree, parents: [base] + folders.map(\.head), message: "main: \(names)\n",
        author: author)
      try syncObjects([eventsTree, tree, main.oid])
    }
    if main != local { try setRef("refs/heads/main", to: main, expecting: local) }
    return main == hub ? nil : main
  }

  /// The `main` to stand on: the hub's, unless this clone's contains it.
  private func mainBase(local: CommitID?, hub: CommitID?) throws(GitError) -> CommitID? {
    guard let hub else { return local }
    guard let local, local != hub else { return hub }
    return try isAncestor(hub, of: local) ? local : hub
  }

  private func folder(of location: LocationID, at head: CommitID) throws(GitError) -> Tree? {
    guard let events = try tree(ofCommit: head).entry("events"), events.isTree,
      let folder = try tree(events.id).entry(location.name), folder.isTree
    else { return nil }
    return try tree(folder.id)
  }

  /// Whether a stream's folder has all that `main` holds of it, and more.
  ///
  /// The folders say so at the cost of what is new. Git's ancestry would say the same, but has to
  /// walk the whole history for it, since `main`'s own commits are in no stream. A folder that
  /// lacks something or has something strange is left alone: the hub would refuse it.
  private func isNewer(
    _ folder: Tree, than held: TreeEntry?, _ location: LocationID
  ) throws(GitError) -> Bool {
    guard let held else { return true }
    guard held.isTree else { return false }
    var comparison = TreeComparison(location: location)
    try compare(
      try tree(held.id), folder, at: ["events", location.name], into: &comparison)
    return comparison.oddities.isEmpty && !comparison.found.isEmpty
  }
}
