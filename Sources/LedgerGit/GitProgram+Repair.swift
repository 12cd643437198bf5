package import LedgerCore
internal import LedgerFailurePoints

/// What a hub lacks or has otherwise than a clone.
package struct HubDifference: Sendable {
  /// What can be pushed, in this order: refs of the hub and the commits that they are to have.
  package var missing: [(ref: String, commit: CommitID)] = []
  /// Branches that the hub has rewritten: neither history contains the other.
  package var parted: [RewoundBranch] = []
}

extension GitProgram {
  /// The refs that a hub has, by name, without fetching anything.
  /// - Parameter address: git's word for it: `hub`, or another hub's address.
  /// - Throws: `GitProgramError`, of kind `unreachable` if it did not answer.
  package func refs(at address: String) async throws -> [String: CommitID] {
    let run = try await connect(["ls-remote", "--quiet", "--", address])
    guard run.exitStatus == 0 else {
      throw run.error(GitOutput.kind(exitStatus: run.exitStatus, words: run.words))
    }
    return GitOutput.refs(listing: String(decoding: run.output, as: UTF8.self))
  }

  /// What a hub lacks of this clone's streams and `main`. Objects that only the hub has are
  /// fetched, as evidence; no ref of this clone moves.
  /// - Throws: `HubProblem` if the hub is another ledger's; `GitProgramError`, `GitError`.
  package func difference(
    at address: String, refs there: [String: CommitID], heads: [LocationID: CommitID]
  ) async throws -> HubDifference {
    let repository = try LedgerRepository(path: gitDirectory)
    let first = try repository.rootCommit()
    let main = there["refs/heads/main"]
    let wanted = try there.filter { name, commit in
      guard name.hasPrefix("refs/heads/") else { return false }
      return try !repository.contains(commit)
    }
    if !wanted.isEmpty {
      let run = try await connect(
        ["fetch", "--no-tags", "--no-write-fetch-head", "--quiet", "--", address]
          + wanted.keys.sorted())
      guard run.exitStatus == 0 else { throw run.error(.other) }
    }
    if let main, try repository.firstCommit(below: main) != first {
      throw HubProblem(path: address, kind: .isOtherLedger)
    }
    // A ledger's hub may have lost its `main`; a repository that has other branches is no ledger.
    if main == nil {
      for (name, commit) in there where name.hasPrefix("refs/heads/") {
        guard try repository.firstCommit(below: commit) == first else {
          throw HubProblem(path: address, kind: .isRepository)
        }
      }
    }
    var difference = HubDifference()
    if main == nil { difference.missing.append(("refs/heads/main", first)) }
    var branches = heads.map { (name: $0.key.name, commit: $0.value) }.sorted { $0.name < $1.name }
    if let own = try repository.mainHead() { branches.append(("main", own)) }
    for (name, commit) in branches {
      let ref = "refs/heads/\(name)"
      guard let hub = there[ref] else {
        difference.missing.append((ref, commit))
        continue
      }
      if try hub == commit || repository.isAncestor(commit, of: hub) { continue }
      if try repository.isAncestor(hub, of: commit) {
        difference.missing.append((ref, commit))
      } else if name != "main" {
        // A `main` that lost a race is no loss: the next sync merges what it lacks.
        difference.parted.append(RewoundBranch(name: name, kept: commit, offered: hub))
      }
    }
    return difference
  }

  /// Pushes commits to a hub's refs, each for itself; nothing is forced.
  /// - Returns: by ref, what became of it, and what git and the hub said.
  /// - Throws: `GitProgramError` if the hub did not answer.
  package func push(
    _ missing: [(ref: String, commit: CommitID)], to address: String
  ) async throws -> (results: [String: GitOutput.PushedRef], words: String) {
    let specs = missing.map { "\($0.commit.hex):\($0.ref)" }
    let run = try await programEffect("push") {
      try await self.connect(
        ["push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--no-progress"]
          + ["--recurse-submodules=no", "--no-atomic", "--", address] + specs)
    }
    let results = GitOutput.pushResults(porcelain: String(decoding: run.output, as: UTF8.self))
    guard run.exitStatus == 0 || (run.exitStatus == 1 && !results.isEmpty) else {
      throw run.error(GitOutput.kind(exitStatus: run.exitStatus, words: run.words))
    }
    return (results, run.words)
  }

  /// The address of the clone's hub, as its configuration has it; nil where it has none.
  /// - Throws: `GitProgramError` if git can't be run.
  package func hubAddress() async throws -> String? {
    let run = try await run(["config", "--get", "remote.hub.url"])
    let text = String(decoding: run.output, as: UTF8.self)
    return run.exitStatus == 0 ? text.split(separator: "\n").first.map(String.init) : nil
  }

  /// Makes another address the clone's hub.
  /// - Throws: `GitProgramError`.
  package func setHub(_ address: HubAddress) async throws {
    try await succeed(["config", "remote.hub.url", address.text])
  }
}

extension GitOutput {
  /// Reads the lines of `git ls-remote`: `1f0c…<tab>refs/heads/desk`, and steps over others.
  package static func refs(listing text: String) -> [String: CommitID] {
    var refs: [String: CommitID] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 2, let id = CommitID(String(parts[0])), parts[1].hasPrefix("refs/")
      else { continue }
      refs[String(parts[1])] = id
    }
    return refs
  }
}
