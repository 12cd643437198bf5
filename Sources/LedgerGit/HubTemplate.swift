/// Makes hubs: a bare repository with the configuration and hooks of `ledger-template/`, whose
/// files are part of this program, and the ledger's first commit.
package enum HubTemplate {
  struct File {
    let name: String
    let bytes: [UInt8]
    let isProgram: Bool

    init(_ name: String, _ bytes: [UInt8], isProgram: Bool = false) {
      self.name = name
      self.bytes = bytes
      self.isProgram = isProgram
    }
  }

  /// Folders and run bits are not kept by embedding, so they are named here. The folders are
  /// `hooks` and `info`, which a new repository has.
  static let files = [
    File("README.md", PackageResources.README_md),
    File("config", PackageResources.config),
    File("description", PackageResources.description),
    File("hooks/pre-receive", PackageResources.pre_receive, isProgram: true),
    File("hooks/post-receive", PackageResources.post_receive, isProgram: true),
    File("hooks/update", PackageResources.update, isProgram: true),
    File("info/attributes", PackageResources.attributes),
    File("serve", PackageResources.serve, isProgram: true),
  ]

  /// Makes a hub at `hub`, over ssh if it is on another host, with `ledger.json` in its first
  /// commit. It is there whole or not at all; an empty folder may stand there before.
  /// - Throws: `HubProblem` when something is in the way, with nothing changed;
  ///   `GitProgramError` when the host can't be reached or its git fails; `GitError`, `FileError`.
  /// - Returns: the first commit.
  @discardableResult
  package static func create(
    at hub: HubAddress, ledgerJSON: [UInt8], author: CommitAuthor, environment: GitEnvironment
  ) async throws -> CommitID {
    switch hub.place {
    case .local(let path):
      try await GitProgram.checkVersion(in: environment)
      return try createFolder(path, ledgerJSON, author)
    case .ssh(let host, let port, let path):
      let script = remoteScript(path: path, ledgerJSON: ledgerJSON, author: author)
      let ssh = SSHProgram(host: host, port: port, environment: environment)
      return try await create(by: script, over: ssh, for: hub)
    }
  }

  private static func createFolder(
    _ path: String, _ ledgerJSON: [UInt8], _ author: CommitAuthor
  ) throws -> CommitID {
    guard try FolderEffects.kind(of: FolderEffects.parent(of: path)) != .nothing else {
      throw HubProblem(path: path, kind: .hasNoParent)
    }
    // A link that leads to an empty folder stays, and the hub is made where it leads.
    let place =
      try FolderEffects.kind(of: path) == .nothing ? path : try FolderEffects.resolved(path)
    if let problem = try problem(at: place) { throw HubProblem(path: path, kind: problem) }
    let temporary = FolderEffects.temporarySibling(of: place)
    do {
      let repository = try LedgerRepository.create(path: temporary)
      for file in files {
        // libgit2 has written some of these; a run bit is given at creation alone.
        try FolderEffects.removeTemporary("\(temporary)/\(file.name)")
        try FolderEffects.write(
          file.bytes, to: "\(temporary)/\(file.name)", mode: file.isProgram ? 0o777 : 0o666)
      }
      let first = try repository.createFirstCommit(ledgerJSON: ledgerJSON, author: author)
      try FolderEffects.syncAll(temporary)
      try FolderEffects.move(temporary, to: place)
      return first
    } catch {
      try FolderEffects.removeTemporary(temporary)
      throw error
    }
  }

  /// What is in the way at a path of this machine, nil if a hub can be made there.
  private static func problem(at path: String) throws -> HubProblem.Kind? {
    switch try FolderEffects.kind(of: path) {
    case .nothing: return nil
    case .file, .link: return .isFile
    case .folder: break
    }
    let names = try FolderEffects.names(in: path)
    if names.isEmpty { return nil }
    guard names.contains(".git") || Set(names).isSuperset(of: ["HEAD", "objects", "refs"]) else {
      return .isNotEmpty
    }
    do throws(GitError) {
      _ = try LedgerRepository(path: path).description()
      return .isLedger
    } catch {
      return .isRepository
    }
  }
}
