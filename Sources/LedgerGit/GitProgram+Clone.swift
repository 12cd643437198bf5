extension GitProgram {
  /// Makes a location's bare clone of a hub, beside `path` and then renamed to it: the clone is
  /// there whole or not at all.
  /// - Throws: `HubProblem` if something stands at `path` or the hub holds no ledger,
  ///   `GitProgramError` if the hub can't be reached or git is unusable, `FileError`, `GitError`.
  package static func clone(
    hub: HubAddress, into path: String, environment: GitEnvironment
  ) async throws -> GitProgram {
    try await checkVersion(in: environment)
    guard try FolderEffects.kind(of: path) == .nothing else {
      throw HubProblem(path: path, kind: .isNotEmpty)
    }
    let temporary = FolderEffects.temporarySibling(of: path)
    do {
      try await fill(temporary, from: hub, environment)
      try FolderEffects.syncAll(temporary)
      try FolderEffects.move(temporary, to: path)
    } catch {
      try FolderEffects.removeTemporary(temporary)
      throw error
    }
    return GitProgram(gitDirectory: path, environment: environment)
  }

  private static func fill(
    _ path: String, from hub: HubAddress, _ environment: GitEnvironment
  ) async throws {
    // Not `git clone`: it follows the user's templates and what the hub calls HEAD.
    _ = try LedgerRepository.create(path: path)
    try FolderEffects.write(Array(configuration(hub: hub).utf8), to: "\(path)/config")
    try FolderEffects.write(Array("*.jsonl -delta\n".utf8), to: "\(path)/info/attributes")
    let git = GitProgram(gitDirectory: path, environment: environment)
    guard case .done = try await git.fetch() else {
      preconditionFailure("an empty clone has nothing that a hub could have rewound")
    }
    let repository = try LedgerRepository(path: path)
    do throws(GitError) {
      _ = try repository.description()
      try repository.rememberRoot()
    } catch {
      throw HubProblem(path: hub.text, kind: .isNoLedger)
    }
    if let main = try repository.target(of: "refs/remotes/hub/main") {
      try repository.setRef("refs/heads/main", to: main, expecting: nil)
    }
  }

  /// The clone's configuration. Fetched heads are not forced, so lost history is refused.
  static func configuration(hub: HubAddress) -> String {
    """
    [core]
    \trepositoryformatversion = 0
    \tfilemode = true
    \tbare = true
    \tlogAllRefUpdates = true
    \tfsync = all
    \tfsyncMethod = fsync
    [gc]
    \tauto = 0
    [maintenance]
    \tauto = false
    [fetch]
    \tfsckObjects = true
    [remote "hub"]
    \turl = \(quoted(hub.text))
    \tfetch = refs/heads/*:refs/remotes/hub/*
    \tfetch = +refs/ledger/seen/*:refs/ledger/seen/*
    \ttagOpt = --no-tags
    \tprune = false

    """
  }

  /// A value as git's configuration files quote it; addresses have no line breaks.
  private static func quoted(_ text: String) -> String {
    "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
  }
}
