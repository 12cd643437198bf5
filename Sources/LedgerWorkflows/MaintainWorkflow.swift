import LedgerGit

/// What packing came to.
package struct Packed: Sendable {
  /// The repository.
  package let path: String
  /// The bytes that its objects took before, and take now.
  package let before: Int64
  package let after: Int64
}

/// Keeps a clone or a hub small.
package enum MaintainWorkflow {
  /// Lets git pack the repository at `path`, whose lock is held if it is a location's clone.
  /// - Throws: `GitProgramError`, `GitError`.
  package static func run(
    at path: String, environment: [String: String], in outside: Surroundings
  ) async throws -> Packed {
    _ = try LedgerRepository(path: path).description()
    let git = GitProgram(
      gitDirectory: path, environment: GitEnvironment(cleaning: environment))
    outside.progress(.step("packing"))
    let before = try await git.size().bytes
    try await git.pack(inBackground: false)
    let after = try await git.size().bytes
    outside.progress(.done)
    return Packed(path: path, before: before, after: after)
  }
}

extension OpenLocation {
  /// Lets git pack the clone in the background, where thousands of batches have left it loose. All is
  /// recorded and pushed by then, so that trouble is told and stops nothing.
  func packIfWanted() async {
    do {
      guard try git.wantsPacking() else { return }
      try await git.pack(inBackground: true)
    } catch {
      let words = (error as? GitProgramError)?.brief ?? "\(error)"
      outside.progress(
        .trouble("The clone can't be packed: \(words). Nothing is lost; see ledger maintain."))
    }
  }
}
