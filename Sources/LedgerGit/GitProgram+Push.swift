package import LedgerCore
internal import LedgerFailurePoints

/// What became of a push; nil for what was not pushed.
package struct PushResult: Hashable, Sendable {
  /// The location's stream. A refusal is a thing for a person: two machines write as one
  /// location, or the hub has lost history.
  package let stream: GitOutput.PushedRef?
  /// `main`. A refusal is no trouble: the next sync makes it good.
  package let main: GitOutput.PushedRef?
  /// The location's `refs/ledger/seen/`.
  package let seen: GitOutput.PushedRef?
  /// What git and the hub's hook said about it, for a person.
  package let words: String
}

extension GitProgram {
  /// Pushes what `location` writes, in one connection: its stream, and on demand `main` and its
  /// `refs/ledger/seen/`. A ref that this clone lacks is left out.
  ///
  /// Each ref stands for itself (no `--atomic`): a `main` that lost a race never takes the stream
  /// down. After a landed push the clone's `refs/remotes/hub/` says so too.
  /// - Throws: `GitProgramError` if the hub did not answer (kind `unreachable`; whether it took
  ///   the refs is then unknown until the next fetch), could not write the stream (`unwritable`), or git
  ///   failed; `FileError`, `GitError`.
  package func push(stream location: LocationID, main: Bool, seen: Bool) async throws -> PushResult
  {
    let names = (
      stream: "refs/heads/\(location.name)", main: "refs/heads/main",
      seen: "refs/ledger/seen/\(location.name)"
    )
    let present = Set(try LedgerRepository(path: gitDirectory).refNames())
    var specs: [String] = []
    if present.contains(names.stream) { specs.append("\(names.stream):\(names.stream)") }
    if main, present.contains(names.main) { specs.append("\(names.main):\(names.main)") }
    if seen, present.contains(names.seen) { specs.append("+\(names.seen):\(names.seen)") }
    guard !specs.isEmpty else { return PushResult(stream: nil, main: nil, seen: nil, words: "") }

    let run = try await programEffect("push") {
      try await self.connect(
        [
          "push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--no-atomic",
          "--no-progress", "--recurse-submodules=no", "--", "hub",
        ] + specs)
    }
    let results = GitOutput.pushResults(porcelain: String(decoding: run.output, as: UTF8.self))
    try syncTrackingRefs()
    // 1: the hub answered about each ref. Anything else, or no answer: the push broke off.
    guard run.exitStatus == 0 || (run.exitStatus == 1 && !results.isEmpty) else {
      throw run.error(GitOutput.kind(exitStatus: run.exitStatus, words: run.words))
    }
    for case .refused(let reason) in results.values where reason.hasPrefix("[remote failure]") {
      throw run.error(.unreachable)
    }
    if case .refused(let reason) = results[names.stream], !GitOutput.isJudgement(reason) {
      throw run.error(.unwritable)
    }
    return PushResult(
      stream: results[names.stream], main: results[names.main], seen: results[names.seen],
      words: run.words)
  }

  private func syncTrackingRefs() throws {
    let folder = "\(gitDirectory)/refs/remotes/hub"
    if try FolderEffects.kind(of: folder) == .folder { try FolderEffects.sync(folder) }
  }
}
