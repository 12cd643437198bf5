import CLibgit2
package import LedgerCore

/// Who a commit names, and when: the location, at the batch's instant.
package struct CommitAuthor: Sendable {
  /// `desk`.
  package let name: String
  /// Milliseconds since 1970; git keeps whole seconds.
  package let at: Instant

  /// An author whose address is `<name>@ledger`.
  package init(name: String, at: Instant) {
    self.name = name
    self.at = at
  }

  func withSignature<Result>(
    _ body: (UnsafePointer<git_signature>) throws -> Result
  ) throws -> Result {
    var signature: UnsafeMutablePointer<git_signature>?
    // git's own reader refuses instants before 1970.
    let seconds = max(0, at.milliseconds / 1_000)
    try GitError.check(
      git_signature_new(&signature, name, "\(name)@ledger", seconds, 0), "git_signature_new")
    guard let signature else { throw GitError(call: "git_signature_new", message: "no signature") }
    defer { git_signature_free(signature) }
    return try body(signature)
  }
}

extension LedgerRepository {
  /// Makes the ledger's first commit, with `ledger.json` alone, on `main`.
  @discardableResult
  package func createFirstCommit(
    ledgerJSON: [UInt8], message: String, author: CommitAuthor
  ) throws -> CommitID {
    let tree = try insert(makeBlob(ledgerJSON), at: ["ledger.json"][...], into: nil)
    let commit = try commit(tree: tree, parents: [], message: message, author: author)
    try move("refs/heads/main", from: nil, to: commit)
    return commit
  }

  /// Appends one batch to a stream: a commit that adds one file.
  ///
  /// - Throws: `GitError`, also where the stream moved meanwhile; then nothing is appended.
  @discardableResult
  package func append(
    _ file: BatchBlob, to location: LocationID, message: String, author: CommitAuthor
  ) throws -> CommitID {
    let ref = "refs/heads/\(location.name)"
    let head = try target(of: ref)
    guard let parent = try head ?? rootCommit() else {
      throw GitError(call: "append", message: "the repository holds no ledger")
    }
    let blob = try makeBlob(file.bytes)
    let components = file.name.split(separator: "/").map(String.init)
    let tree = try insert(blob, at: components[...], into: try treeID(of: parent))
    let commit = try commit(tree: tree, parents: [parent], message: message, author: author)
    try move(ref, from: head, to: commit)
    try syncFolders([path + "/refs/heads"])
    return commit
  }

  /// Makes `main` the union of the streams: an ordinary merge of what it lacks.
  ///
  /// Nothing depends on `main`, so a local one that lost a race is dropped for the hub's.
  ///
  /// - Returns: the new commit, or nil where `main` has everything already.
  @discardableResult
  package func mergeStreams(
    _ heads: [LocationID: CommitID], author: CommitAuthor
  ) throws -> CommitID? {
    let local = try target(of: "refs/heads/main")
    let fetched = try target(of: "refs/remotes/hub/main")
    guard var base = fetched ?? local else { return nil }
    if let local, let fetched, try contains(fetched, in: local) { base = local }
    var missing: [(location: LocationID, head: CommitID)] = []
    for location in heads.keys.sorted() {
      guard let head = heads[location], try !contains(head, in: base) else { continue }
      missing.append((location, head))
    }
    guard !missing.isEmpty else {
      if base != local { try move("refs/heads/main", from: local, to: base) }
      return nil
    }
    var tree = try treeID(of: base)
    for (location, head) in missing {
      let folder = ["events", location.name]
      guard let events = try folderID(folder.joined(separator: "/"), of: head) else { continue }
      tree = try insert(events, at: folder[...], into: tree, isTree: true)
    }
    let names = missing.map(\.location.name).joined(separator: ", ")
    let merge = try commit(
      tree: tree, parents: [base] + missing.map(\.head), message: "main: \(names)\n",
      author: author)
    try move("refs/heads/main", from: local, to: merge)
    return merge
  }

  /// Moves the own stream forward to what the hub has, as after a restore of this machine.
  package func fastForward(_ location: LocationID, to commit: CommitID) throws {
    let ref = "refs/heads/\(location.name)"
    try move(ref, from: try target(of: ref), to: commit)
  }

  private func treeID(of commit: CommitID) throws -> git_oid {
    try withTree(of: commit) { git_tree_id($0).pointee }
  }

  private func folderID(_ path: String, of commit: CommitID) throws -> git_oid? {
    try withTree(of: commit) { tree in
      var entry: OpaquePointer?
      guard git_tree_entry_bypath(&entry, tree, path) == 0 else { return nil }
      defer { git_tree_entry_free(entry) }
      return git_tree_entry_id(entry).pointee
    }
  }

  // Rebuilds the folders along one path only; all others are reused.
  private func insert(
    _ object: git_oid, at path: ArraySlice<String>, into tree: git_oid?, isTree: Bool = false
  ) throws -> git_oid {
    guard let name = path.first else { return object }
    var source: OpaquePointer?
    if var tree {
      try GitError.check(git_tree_lookup(&source, handle, &tree), "git_tree_lookup")
    }
    defer { git_tree_free(source) }
    var builder: OpaquePointer?
    try GitError.check(git_treebuilder_new(&builder, handle, source), "git_treebuilder_new")
    defer { git_treebuilder_free(builder) }
    var child = object
    var mode = isTree ? GIT_FILEMODE_TREE : GIT_FILEMODE_BLOB
    if path.count > 1 {
      let known = git_treebuilder_get(builder, name).map { git_tree_entry_id($0).pointee }
      child = try insert(object, at: path.dropFirst(), into: known, isTree: isTree)
      mode = GIT_FILEMODE_TREE
    }
    try GitError.check(
      git_treebuilder_insert(nil, builder, name, &child, mode), "git_treebuilder_insert")
    var written = git_oid()
    try GitError.check(git_treebuilder_write(&written, builder), "git_treebuilder_write")
    return written
  }

  private func commit(
    tree: git_oid, parents: [CommitID], message: String, author: CommitAuthor
  ) throws -> CommitID {
    var handles: [OpaquePointer?] = []
    defer { for handle in handles { git_commit_free(handle) } }
    for parent in parents {
      var oid = try parent.oid()
      var found: OpaquePointer?
      try GitError.check(git_commit_lookup(&found, handle, &oid), "git_commit_lookup")
      handles.append(found)
    }
    var treeID = tree
    var treeHandle: OpaquePointer?
    try GitError.check(git_tree_lookup(&treeHandle, handle, &treeID), "git_tree_lookup")
    defer { git_tree_free(treeHandle) }
    return try author.withSignature { signature in
      var made = git_oid()
      try GitError.check(
        git_commit_create(
          &made, handle, nil, signature, signature, "UTF-8", message, treeHandle, handles.count,
          &handles), "git_commit_create")
      return CommitID(made)
    }
  }

  // Only from where it was seen to be: another writer's move is an error, not overwritten.
  private func move(_ ref: String, from old: CommitID?, to new: CommitID) throws {
    if old == new { return }
    var target = try new.oid()
    var reference: OpaquePointer?
    if let old {
      var expected = try old.oid()
      try GitError.check(
        git_reference_create_matching(&reference, handle, ref, &target, 1, &expected, "ledger"),
        "git_reference_create_matching")
    } else {
      try GitError.check(
        git_reference_create(&reference, handle, ref, &target, 0, "ledger"),
        "git_reference_create")
    }
    git_reference_free(reference)
  }
}
