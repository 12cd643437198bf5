package import LedgerCore

extension GitProgram {
  /// Lets git read every object of the clone.
  ///
  /// - Returns: what is wrong, in git's own words, or nil.
  /// - Throws: `GitProgramError` if git can't be run.
  package func check() async throws -> String? {
    let run = try await run(["fsck", "--full", "--no-dangling", "--no-progress"])
    guard run.exitStatus != 0 else { return nil }
    let words = String(decoding: run.output, as: UTF8.self) + run.words
    return words.isEmpty ? "git fsck ended with \(run.exitStatus)" : words
  }

  /// The streams that the hub has, without fetching anything.
  ///
  /// - Throws: `GitProgramError`, of kind `unreachable` if the hub did not answer.
  package func hubStreams() async throws -> [LocationID: CommitID] {
    var streams: [LocationID: CommitID] = [:]
    for (name, commit) in try await hubBranches() {
      if let location = LocationID(name) { streams[location] = commit }
    }
    return streams
  }

  /// All branches that the hub has, `main` too.
  func hubBranches() async throws -> [String: CommitID] {
    let refs = try await refs(at: "hub").filter { $0.key.hasPrefix("refs/heads/") }
    let branches = refs.map { (String($0.key.dropFirst(11)), $0.value) }
    return Dictionary(branches, uniquingKeysWith: { $1 })
  }
}
