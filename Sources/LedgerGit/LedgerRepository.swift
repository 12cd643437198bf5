internal import CLibgit2
package import LedgerCore
internal import LedgerFailurePoints

/// A bare git repository that holds a ledger: a location's clone, or any other clone or hub.
///
/// Owns libgit2's repository, hands values out, and is used by one task at a time. Every object
/// and ref that it writes is on the disk, with the folders that name it, when the call returns.
package final class LedgerRepository {
  /// The repository's folder, with no slash at the end.
  package let path: String
  let pointer: OpaquePointer

  // libgit2 counts its initialisations and is never shut down: a static let runs this once.
  private static let startCode: Int32 = {
    let code = git_libgit2_init()
    return code < 0 ? code : ledger_git_prepare()
  }()

  /// Opens the repository at `path`: a bare one, or the folder of a working tree.
  /// - Throws: `GitError` if there is none, or if it belongs to another user.
  package convenience init(path: String) throws(GitError) {
    try GitError.check(Self.startCode, "git_libgit2_init")
    var pointer: OpaquePointer?
    let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
    try GitError.check(
      git_repository_open_ext(&pointer, path, flags, nil), "git_repository_open_ext", path)
    try self.init(adopting: pointer, "git_repository_open_ext")
  }

  /// Makes an empty bare repository, HEAD `refs/heads/main`, without template and hooks.
  /// - Throws: `GitError` if `path` is a repository already or can't be written.
  package static func create(path: String) throws(GitError) -> LedgerRepository {
    try GitError.check(startCode, "git_libgit2_init")
    var options = git_repository_init_options()
    let version = UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION)
    try GitError.check(
      git_repository_init_options_init(&options, version), "git_repository_init_options_init")
    options.flags =
      GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_NO_REINIT.rawValue
      | GIT_REPOSITORY_INIT_MKDIR.rawValue
    var pointer: OpaquePointer?
    let code = effect("make the repository \(path)") {
      "main".withCString { name in
        options.initial_head = name
        return git_repository_init_ext(&pointer, path, &options)
      }
    }
    try GitError.check(code, "git_repository_init_ext", path)
    let repository = try LedgerRepository(adopting: pointer, "git_repository_init_ext")
    do throws(FileError) {
      // libgit2 has a template of its own, with sample hooks.
      for name in ["hooks", "info"] {
        try FolderEffects.removeTemporary("\(repository.path)/\(name)")
        try FolderEffects.makeFolder("\(repository.path)/\(name)")
      }
    } catch {
      throw GitError(error)
    }
    return repository
  }

  private init(adopting pointer: OpaquePointer?, _ call: String) throws(GitError) {
    guard let pointer, let folder = git_repository_path(pointer) else {
      throw GitError(call: call, message: "no repository came back")
    }
    let path = String(cString: folder)
    self.pointer = pointer
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    try GitError.check(
      ledger_git_guard_loose(pointer, "\(self.path)/objects"), "git_odb_add_backend", self.path)
    // Reflog entries name somebody even where the user has no git identity.
    try GitError.check(
      git_repository_set_ident(pointer, "ledger", "ledger@localhost"), "git_repository_set_ident")
  }

  deinit { git_repository_free(pointer) }

  /// The ledger's first commit: the one that `main` of the hub starts at.
  /// - Throws: `GitError` if the repository has no `main`, so is no ledger.
  package func rootCommit() throws(GitError) -> CommitID {
    // A clone remembers it, since `main` gets a commit with every sync.
    if let known = try remembered("ledger.first"), let id = CommitID(known) { return id }
    let names = try refNames().filter { $0.hasPrefix("refs/remotes/") && $0.hasSuffix("/main") }
    for name in ["refs/remotes/hub/main", "refs/heads/main"] + names {
      if let id = try target(of: name) { return try firstCommit(below: id) }
    }
    throw GitError(
      call: "rootCommit", code: GIT_ENOTFOUND.rawValue, message: "\(path) has no main: no ledger")
  }

  /// The commit with no parent that a commit leads to by first parents.
  /// - Throws: `GitError` if one is missing.
  package func firstCommit(below commit: CommitID) throws(GitError) -> CommitID {
    var id = commit
    while let parent = try parents(of: id).first { id = parent }
    return id
  }

  /// Whether the object is here.
  package func contains(_ id: CommitID) throws(GitError) -> Bool {
    var (odb, oid): (OpaquePointer?, git_oid) = (nil, id.oid)
    try GitError.check(git_repository_odb(&odb, pointer), "git_repository_odb", path)
    defer { git_odb_free(odb) }
    return git_odb_exists(odb, &oid) == 1
  }

  /// The bytes of `ledger.json` in the ledger's first commit.
  /// - Throws: `GitError` if this is no ledger.
  package func description() throws(GitError) -> [UInt8] {
    let root = try rootCommit()
    let tree = try tree(ofCommit: root)
    guard let entry = tree.entry("ledger.json"), !entry.isTree else {
      throw GitError(
        call: "description", code: GIT_ENOTFOUND.rawValue,
        message: "the first commit \(root) of \(path) has no ledger.json: no ledger")
    }
    return try blob(entry.id)
  }

  /// Starts a ledger: commits `ledger.json` alone as the first commit of `refs/heads/main`.
  /// - Throws: `GitError` if `main` is there already, or if the disk refuses.
  package func createFirstCommit(
    ledgerJSON: [UInt8], author: CommitAuthor
  ) throws(GitError) -> CommitID {
    let blob = try writeBlob(ledgerJSON)
    let tree = try writeTree(from: nil) { builder throws(GitError) in
      try builder.insert("ledger.json", blob, GIT_FILEMODE_BLOB)
    }
    let id = try writeCommit(
      tree: tree, parents: [], message: LedgerRepository.firstMessage, author: author)
    try syncObjects([blob, tree, id.oid])
    try setRef("refs/heads/main", to: id, expecting: nil)
    return id
  }

  /// The message of every ledger's first commit.
  static let firstMessage = "ledger: begins\n"

  /// Keeps the first commit's name in the clone's configuration, for `rootCommit`.
  func rememberRoot() throws(GitError) {
    let root = try rootCommit()
    var config: OpaquePointer?
    try GitError.check(git_repository_config(&config, pointer), "git_repository_config")
    defer { git_config_free(config) }
    let code = effect("remember the first commit") {
      git_config_set_string(config, "ledger.first", root.hex)
    }
    try GitError.check(code, "git_config_set_string")
  }

  private func remembered(_ key: String) throws(GitError) -> String? {
    var config: OpaquePointer?
    try GitError.check(
      git_repository_config_snapshot(&config, pointer), "git_repository_config_snapshot")
    defer { git_config_free(config) }
    var value: UnsafePointer<CChar>?
    let code = git_config_get_string(&value, config, key)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    try GitError.check(code, "git_config_get_string", key)
    return value.map { String(cString: $0) }
  }
}

/// Who makes a commit and when; author and committer are the same.
package struct CommitAuthor: Hashable, Sendable {
  /// The name: the location's.
  package let name: String
  /// The address: `desk@ledger`.
  package let email: String
  /// The instant, of which git keeps whole seconds.
  package let at: Instant

  /// An author from its parts; neither text may hold `<`, `>` or a line break.
  package init(name: String, email: String, at: Instant) {
    self.name = name
    self.email = email
    self.at = at
  }

  /// `desk <desk@ledger>`.
  package init(_ location: LocationID, at: Instant) {
    self.init(name: location.name, email: "\(location.name)@ledger", at: at)
  }

  /// Whole seconds since 1970, not before.
  var seconds: Int64 { max(0, at.milliseconds / 1000) }
}
