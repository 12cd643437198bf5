import CLibgit2
package import LedgerCore

/// A batch file as it stands in git.
package struct BatchBlob: Hashable, Sendable {
  /// Its path in the tree.
  package let name: String
  /// Its bytes.
  package let bytes: [UInt8]
}

/// What is new in a stream.
package struct NewFiles: Sendable {
  /// The files that were added, in the order of their names.
  package var files: [BatchBlob] = []
  /// What does not belong in a stream: changed or removed files, files elsewhere.
  package var oddities: [String] = []
}

extension LedgerRepository {
  /// The files that a stream has at `new` and had not at `old`; equal folders are stepped over, so
  /// that the cost is by what is new.
  package func batchFiles(
    of location: LocationID, from old: CommitID?, to new: CommitID
  ) throws -> NewFiles {
    var found = NewFiles()
    let folder = "events/\(location.name)"
    let before = try old.map { try subtree(folder, of: $0) } ?? nil
    guard let after = try subtree(folder, of: new) else { return found }
    try compare(before, after, folder, &found)
    found.files.sort { $0.name < $1.name }
    return found
  }

  /// Every stream's files as a commit of `main` has them, in the order of their names.
  package func batchFiles(atMain commit: CommitID) throws -> NewFiles {
    var found = NewFiles()
    guard let events = try subtree("events", of: commit) else { return found }
    try compare(nil, events, "events", &found)
    found.files.sort { $0.name < $1.name }
    return found
  }

  private func subtree(_ path: String, of commit: CommitID) throws -> git_oid? {
    try withTree(of: commit) { tree in
      var entry: OpaquePointer?
      let code = git_tree_entry_bypath(&entry, tree, path)
      if code == GIT_ENOTFOUND.rawValue { return nil }
      try GitError.check(code, "git_tree_entry_bypath")
      defer { git_tree_entry_free(entry) }
      return git_tree_entry_type(entry) == GIT_OBJECT_TREE ? git_tree_entry_id(entry).pointee : nil
    }
  }

  private struct Entry {
    let id: git_oid
    let isTree: Bool
  }

  private func entries(_ id: git_oid?) throws -> [String: Entry] {
    guard var id else { return [:] }
    var tree: OpaquePointer?
    try GitError.check(git_tree_lookup(&tree, handle, &id), "git_tree_lookup")
    defer { git_tree_free(tree) }
    var entries: [String: Entry] = [:]
    for index in 0..<git_tree_entrycount(tree) {
      guard let entry = git_tree_entry_byindex(tree, index), let name = git_tree_entry_name(entry)
      else { continue }
      entries[String(cString: name)] = Entry(
        id: git_tree_entry_id(entry).pointee,
        isTree: git_tree_entry_type(entry) == GIT_OBJECT_TREE)
    }
    return entries
  }

  private func compare(
    _ old: git_oid?, _ new: git_oid, _ path: String, _ found: inout NewFiles
  ) throws {
    if let old, CommitID(old) == CommitID(new) { return }
    let before = try entries(old)
    let after = try entries(new)
    for name in before.keys.sorted() where after[name] == nil {
      found.oddities.append("\(path)/\(name) was removed")
    }
    for name in after.keys.sorted() {
      guard let entry = after[name] else { continue }
      let known = before[name]
      if entry.isTree {
        try compare(known?.isTree == true ? known?.id : nil, entry.id, "\(path)/\(name)", &found)
      } else if known == nil {
        found.files.append(BatchBlob(name: "\(path)/\(name)", bytes: try blob(entry.id)))
      } else if let known, CommitID(known.id) != CommitID(entry.id) {
        found.oddities.append("\(path)/\(name) was changed")
      }
    }
  }

  /// The bytes of a ref that points to a blob, or nil where it is not there.
  package func readBlob(ref: String) throws -> [UInt8]? {
    try target(of: ref).map { try blob(try $0.oid()) }
  }

  /// Points a ref to a blob of these bytes.
  package func writeBlob(_ bytes: [UInt8], ref: String) throws {
    var oid = try makeBlob(bytes)
    var reference: OpaquePointer?
    try GitError.check(
      git_reference_create(&reference, handle, ref, &oid, 1, "ledger"), "git_reference_create")
    git_reference_free(reference)
  }

  func makeBlob(_ bytes: [UInt8]) throws -> git_oid {
    var oid = git_oid()
    try GitError.check(
      git_blob_create_from_buffer(&oid, handle, bytes, bytes.count), "git_blob_create_from_buffer")
    return oid
  }
}
