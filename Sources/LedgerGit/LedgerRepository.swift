import CLibgit2
package import LedgerCore

/// A bare repository with a ledger: a location's clone, or a hub.
///
/// Owns libgit2's handle; everything that comes out is a value. Used by one task at a time.
package final class LedgerRepository {
  /// Where it is.
  package let path: String
  let handle: OpaquePointer

  /// Opens a bare repository.
  ///
  /// - Throws: `GitError` where there is none.
  package init(path: String) throws {
    try GitError.check(git_libgit2_init(), "git_libgit2_init")
    _ = ledger_git_enable_fsync()
    var handle: OpaquePointer?
    try GitError.check(git_repository_open_bare(&handle, path), "git_repository_open_bare")
    guard let handle else { throw GitError(call: "git_repository_open_bare", message: "no handle") }
    self.handle = handle
    self.path = path
  }

  deinit {
    git_repository_free(handle)
    git_libgit2_shutdown()
  }

  /// Makes an empty bare repository whose HEAD is `main`.
  package static func create(path: String) throws -> LedgerRepository {
    try GitError.check(git_libgit2_init(), "git_libgit2_init")
    defer { git_libgit2_shutdown() }
    var handle: OpaquePointer?
    try GitError.check(git_repository_init(&handle, path, 1), "git_repository_init")
    defer { git_repository_free(handle) }
    try GitError.check(
      git_repository_set_head(handle, "refs/heads/main"), "git_repository_set_head")
    return try LedgerRepository(path: path)
  }

  /// What a ref points to, or nil where it is not there.
  package func target(of ref: String) throws -> CommitID? {
    var oid = git_oid()
    let code = git_reference_name_to_id(&oid, handle, ref)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    try GitError.check(code, "git_reference_name_to_id")
    return CommitID(oid)
  }

  /// The streams' heads: the own one from `refs/heads`, the others as last fetched from the hub.
  ///
  /// Without `own`, as for a hub or a plain clone: the streams of `refs/heads`, and as fetched from
  /// any remote where `refs/heads` has none.
  package func heads(own: LocationID?) throws -> [LocationID: CommitID] {
    var heads: [LocationID: CommitID] = [:]
    for (name, id) in try refs() {
      if name.hasPrefix("refs/heads/"), let location = LocationID(String(name.dropFirst(11))) {
        if own == nil || own == location { heads[location] = id }
      }
    }
    for (name, id) in try refs() where name.hasPrefix("refs/remotes/") {
      let parts = name.split(separator: "/")
      guard parts.count == 4, let location = LocationID(String(parts[3])), heads[location] == nil,
        location != own
      else { continue }
      heads[location] = id
    }
    return heads
  }

  /// Every ref with what it points to, by name; symbolic refs are left out.
  package func refs() throws -> [(name: String, id: CommitID)] {
    var iterator: OpaquePointer?
    try GitError.check(git_reference_iterator_new(&iterator, handle), "git_reference_iterator_new")
    defer { git_reference_iterator_free(iterator) }
    var refs: [(name: String, id: CommitID)] = []
    while true {
      var reference: OpaquePointer?
      let code = git_reference_next(&reference, iterator)
      if code == GIT_ITEROVER.rawValue { break }
      try GitError.check(code, "git_reference_next")
      defer { git_reference_free(reference) }
      if let oid = git_reference_target(reference), let name = git_reference_name(reference) {
        refs.append((String(cString: name), CommitID(oid.pointee)))
      }
    }
    return refs.sorted { $0.name < $1.name }
  }

  /// The ledger's first commit: the root of `main`, here or as fetched.
  package func rootCommit() throws -> CommitID? {
    guard let main = try mainTip() else { return nil }
    var current = main
    while let parent = try parents(of: current).first { current = parent }
    return current
  }

  /// The commits that a commit follows.
  package func parents(of id: CommitID) throws -> [CommitID] {
    try withCommit(id) { commit in
      (0..<git_commit_parentcount(commit)).compactMap { index in
        git_commit_parent_id(commit, index).map { CommitID($0.pointee) }
      }
    }
  }

  /// Whether `descendant` is `ancestor` or follows it.
  package func contains(_ ancestor: CommitID, in descendant: CommitID) throws -> Bool {
    if ancestor == descendant { return true }
    var (old, new) = (try ancestor.oid(), try descendant.oid())
    let code = git_graph_descendant_of(handle, &new, &old)
    try GitError.check(code, "git_graph_descendant_of")
    return code == 1
  }

  /// The bytes of `ledger.json`, or nil where this is no ledger.
  package func ledgerJSON() throws -> [UInt8]? {
    // Every tree has the same one, as no commit may change it.
    guard let tip = try mainTip() else { return nil }
    return try withTree(of: tip) { tree in
      guard let entry = git_tree_entry_byname(tree, "ledger.json"),
        git_tree_entry_type(entry) == GIT_OBJECT_BLOB
      else { return nil }
      return try blob(git_tree_entry_id(entry).pointee)
    }
  }

  private func mainTip() throws -> CommitID? {
    for ref in ["refs/heads/main", "refs/remotes/hub/main", "refs/remotes/origin/main"] {
      if let tip = try target(of: ref) { return tip }
    }
    return nil
  }

  func withCommit<Result>(_ id: CommitID, _ body: (OpaquePointer) throws -> Result) throws -> Result
  {
    var oid = try id.oid()
    var commit: OpaquePointer?
    try GitError.check(git_commit_lookup(&commit, handle, &oid), "git_commit_lookup")
    guard let commit else { throw GitError(call: "git_commit_lookup", message: "no commit") }
    defer { git_commit_free(commit) }
    return try body(commit)
  }

  func withTree<Result>(
    of id: CommitID, _ body: (OpaquePointer) throws -> Result
  ) throws -> Result {
    try withCommit(id) { commit in
      var tree: OpaquePointer?
      try GitError.check(git_commit_tree(&tree, commit), "git_commit_tree")
      guard let tree else { throw GitError(call: "git_commit_tree", message: "no tree") }
      defer { git_tree_free(tree) }
      return try body(tree)
    }
  }

  func blob(_ id: git_oid) throws -> [UInt8] {
    var id = id
    var blob: OpaquePointer?
    try GitError.check(git_blob_lookup(&blob, handle, &id), "git_blob_lookup")
    defer { git_blob_free(blob) }
    let count = Int(git_blob_rawsize(blob))
    guard count > 0, let start = git_blob_rawcontent(blob) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
