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
    let run = try await run(["ls-remote", "--quiet", "--heads", "--", "hub"])
    guard run.exitStatus == 0 else {
      throw run.error(GitOutput.kind(exitStatus: run.exitStatus, words: run.words))
    }
    return GitOutput.streams(listing: String(decoding: run.output, as: UTF8.self))
  }
}

extension GitOutput {
  /// Reads the lines of `git ls-remote`: `1f0c…<tab>refs/heads/desk`.
  static func streams(listing text: String) -> [LocationID: CommitID] {
    var streams: [LocationID: CommitID] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 2, let id = CommitID(String(parts[0])),
        parts[1].hasPrefix("refs/heads/"), let name = LocationID(String(parts[1].dropFirst(11)))
      else { continue }
      streams[name] = id
    }
    return streams
  }
}
