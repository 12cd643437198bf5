internal import LedgerFailurePoints

/// What a fetch found.
package enum FetchResult: Hashable, Sendable {
  /// The clone has what the hub has.
  case done
  /// The hub lost or rewrote these branches, sorted by name: the clone kept what it had of them,
  /// and took in the others.
  case rewound([RewoundBranch])
}

/// A branch that the hub no longer has as this clone knew it.
package struct RewoundBranch: Hashable, Sendable {
  /// A location's name, or `main`.
  package let name: String
  /// What the clone knew of the hub, and keeps.
  package let kept: CommitID
  /// What the hub has now, which the clone did not follow; nil: no such branch.
  package let offered: CommitID?

  /// A branch from its parts.
  package init(name: String, kept: CommitID, offered: CommitID?) {
    self.name = name
    self.kept = kept
    self.offered = offered
  }
}

extension GitProgram {
  /// Fetches all streams, `main` and `seen` blobs from the hub, in one connection.
  ///
  /// Nothing is forced but `refs/ledger/seen/*`, this location's own included, and nothing is
  /// pruned. On return everything fetched is on the disk. What the hub offered is read from
  /// `FETCH_HEAD`, so that also a branch that vanished is noticed; only then the hub is asked again.
  /// - Throws: `GitProgramError`, of kind `unreachable` if the hub did not answer; `HubProblem` if
  ///   another repository is at its address: nothing of it is kept; `GitError`, `FileError`.
  package func fetch() async throws -> FetchResult {
    let before = try folderTimes()
    let known = try trackingRefs()
    // Without `--show-forced-updates`, which a user's configuration may turn off, git takes every
    // move of a ref for a fast-forward and follows a hub that has lost history.
    let run = try await programEffect("fetch") {
      try await self.connect([
        "fetch", "--show-forced-updates", "--no-tags", "--no-prune", "--no-recurse-submodules",
        "--no-write-commit-graph", "--no-auto-maintenance", "--write-fetch-head", "--no-progress",
        "--", "hub",
      ])
    }
    try syncChanges(since: before)
    // 1: some refs were refused, all others taken. Anything else: the fetch broke off.
    guard run.exitStatus == 0 || run.exitStatus == 1 else {
      throw run.error(GitOutput.kind(exitStatus: run.exitStatus, words: run.words))
    }
    let bytes = try FolderEffects.read("\(gitDirectory)/FETCH_HEAD") ?? []
    let offered = GitOutput.offeredBranches(fetchHead: String(decoding: bytes, as: UTF8.self))
    try await refuseForeign(offered: offered, known: known)
    var rewound = try rewoundBranches(offered: offered)
    if rewound.contains(where: { $0.offered == nil }) {
      // A full disk cuts FETCH_HEAD short, which must not accuse the hub: it is asked once more.
      let there = try await hubBranches()
      rewound.removeAll { $0.offered == nil && there[$0.name] != nil }
    }
    if rewound.isEmpty {
      guard run.exitStatus == 0 else { throw run.error(.other) }
      return .done
    }
    return .rewound(rewound)
  }

  private func trackingRefs() throws -> [String] {
    try LedgerRepository(path: gitDirectory).refNames().filter { $0.hasPrefix("refs/remotes/hub/") }
  }

  /// Takes back branches of another repository, which a wrong address has led to: as a stream they
  /// would be replayed, and once they are missing there the hub would seem to have lost them.
  private func refuseForeign(offered: [String: CommitID], known: [String]) async throws {
    // A clone in the making knows no first commit yet.
    guard !known.isEmpty else { return }
    let repository = try LedgerRepository(path: gitDirectory)
    let first = try repository.rootCommit()
    var foreign: CommitID?
    // One that git took follows on from what was known; only another is looked at to its beginning.
    if let main = offered["main"], try repository.target(of: "refs/remotes/hub/main") != main,
      try repository.firstCommit(below: main) != first
    {
      foreign = main
    }
    for ref in try trackingRefs() {
      // Also one that an earlier run was killed over; those that both sides have are not looked at.
      guard !known.contains(ref) || offered[String(ref.dropFirst(17))] == nil,
        let id = try repository.target(of: ref), try repository.firstCommit(below: id) != first
      else { continue }
      try await succeed(["update-ref", "-d", ref, id.hex])
      if !known.contains(ref) { foreign = id }
    }
    guard let foreign else { return }
    let url = try await succeed(["config", "--get", "remote.hub.url"])
    let isLedger = try await run(["cat-file", "-e", "\(foreign):ledger.json"]).exitStatus == 0
    throw HubProblem(
      path: String(url.prefix { $0 != "\n" }), kind: isLedger ? .isOtherLedger : .isRepository)
  }

  /// Compares what the clone has after a fetch with what the hub offered in it.
  private func rewoundBranches(offered: [String: CommitID]) throws -> [RewoundBranch] {
    let repository = try LedgerRepository(path: gitDirectory)
    let prefix = "refs/remotes/hub/"
    var rewound: [RewoundBranch] = []
    for name in try repository.refNames() where name.hasPrefix(prefix) {
      let branch = String(name.dropFirst(prefix.count))
      // Newer gits keep the hub's HEAD here, which is no branch.
      if branch == "HEAD" { continue }
      guard let kept = try repository.target(of: name), offered[branch] != kept else { continue }
      if let id = offered[branch], try repository.isAncestor(kept, of: id) {
        // A descendant that git did not take: no rewind, but a ref that could not be written.
        continue
      }
      rewound.append(RewoundBranch(name: branch, kept: kept, offered: offered[branch]))
    }
    return rewound
  }

  private func folderTimes() throws -> [String: Int64] {
    try FolderEffects.folderTimes(under: "\(gitDirectory)/objects").merging(
      FolderEffects.folderTimes(under: "\(gitDirectory)/refs")
    ) { $1 }
  }

  /// Syncs the folders that git has changed: it syncs files alone.
  func syncChanges(since before: [String: Int64]) throws {
    for (folder, time) in try folderTimes().sorted(by: { $0.key < $1.key })
    where before[folder] != time {
      try FolderEffects.sync(folder)
    }
  }
}
