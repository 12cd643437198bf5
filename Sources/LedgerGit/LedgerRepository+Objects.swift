internal import CLibgit2
internal import LedgerFailurePoints

/// An entry of a tree, apart from libgit2's memory.
struct TreeEntry {
  let name: String
  let id: git_oid
  let mode: git_filemode_t

  var isTree: Bool { mode == GIT_FILEMODE_TREE }
}

/// A tree of libgit2, freed with its last use.
final class Tree {
  private let pointer: OpaquePointer

  init(_ repository: OpaquePointer, _ id: git_oid) throws(GitError) {
    var (pointer, id): (OpaquePointer?, git_oid) = (nil, id)
    try GitError.check(git_tree_lookup(&pointer, repository, &id), "git_tree_lookup", id.hex)
    guard let pointer else { throw GitError(call: "git_tree_lookup", message: "no tree") }
    self.pointer = pointer
  }

  deinit { git_tree_free(pointer) }

  var id: git_oid { git_tree_id(pointer).pointee }

  /// The entries in git's order.
  var entries: [TreeEntry] {
    (0..<git_tree_entrycount(pointer)).map { Self.entry(git_tree_entry_byindex(pointer, $0)) }
  }

  func entry(_ name: String) -> TreeEntry? {
    git_tree_entry_byname(pointer, name).map { Self.entry($0) }
  }

  /// What git has as a file, to build another one from.
  func builder(_ repository: OpaquePointer) throws(GitError) -> TreeBuilder {
    try TreeBuilder(repository, pointer)
  }

  private static func entry(_ entry: OpaquePointer) -> TreeEntry {
    TreeEntry(
      name: String(cString: git_tree_entry_name(entry)), id: git_tree_entry_id(entry).pointee,
      mode: git_tree_entry_filemode_raw(entry))
  }
}

/// A tree in the making.
final class TreeBuilder {
  private let pointer: OpaquePointer

  init(_ repository: OpaquePointer, _ source: OpaquePointer?) throws(GitError) {
    var pointer: OpaquePointer?
    try GitError.check(git_treebuilder_new(&pointer, repository, source), "git_treebuilder_new")
    guard let pointer else { throw GitError(call: "git_treebuilder_new", message: "no builder") }
    self.pointer = pointer
  }

  deinit { git_treebuilder_free(pointer) }

  func insert(_ name: String, _ id: git_oid, _ mode: git_filemode_t) throws(GitError) {
    var id = id
    try GitError.check(
      git_treebuilder_insert(nil, pointer, name, &id, mode), "git_treebuilder_insert", name)
  }

  func write(_ id: inout git_oid) -> Int32 { git_treebuilder_write(&id, pointer) }
}

extension git_oid {
  var hex: String { CommitID(self).hex }
}

extension LedgerRepository {
  func tree(_ id: git_oid) throws(GitError) -> Tree { try Tree(pointer, id) }

  func tree(ofCommit id: CommitID) throws(GitError) -> Tree {
    let commit = try lookupCommit(id)
    defer { git_commit_free(commit) }
    return try tree(git_commit_tree_id(commit).pointee)
  }

  func parents(of id: CommitID) throws(GitError) -> [CommitID] {
    let commit = try lookupCommit(id)
    defer { git_commit_free(commit) }
    return (0..<git_commit_parentcount(commit)).map {
      CommitID(git_commit_parent_id(commit, $0).pointee)
    }
  }

  func message(of id: CommitID) throws(GitError) -> String {
    let commit = try lookupCommit(id)
    defer { git_commit_free(commit) }
    return git_commit_message_raw(commit).map { String(cString: $0) } ?? ""
  }

  func blob(_ id: git_oid) throws(GitError) -> [UInt8] {
    var (blob, id): (OpaquePointer?, git_oid) = (nil, id)
    try GitError.check(git_blob_lookup(&blob, pointer, &id), "git_blob_lookup", id.hex)
    defer { git_blob_free(blob) }
    let bytes = UnsafeRawBufferPointer(
      start: git_blob_rawcontent(blob), count: Int(git_blob_rawsize(blob)))
    return Array(bytes)
  }

  func writeBlob(_ bytes: [UInt8]) throws(GitError) -> git_oid {
    try write("a blob", "git_blob_create_from_buffer") { id in
      bytes.withUnsafeBytes {
        git_blob_create_from_buffer(&id, pointer, $0.baseAddress, $0.count)
      }
    }
  }

  /// Writes a tree that is `source` but for what `change` does.
  func writeTree(
    from source: Tree?, _ change: (TreeBuilder) throws(GitError) -> Void
  ) throws(GitError) -> git_oid {
    let builder =
      if let source { try source.builder(pointer) } else { try TreeBuilder(pointer, nil) }
    try change(builder)
    return try write("a tree", "git_treebuilder_write") { builder.write(&$0) }
  }

  /// Writes a commit object; no ref moves.
  func writeCommit(
    tree: git_oid, parents: [CommitID], message: String, author: CommitAuthor
  ) throws(GitError) -> CommitID {
    var signature: UnsafeMutablePointer<git_signature>?
    try GitError.check(
      git_signature_new(&signature, author.name, author.email, author.seconds, 0),
      "git_signature_new", author.name)
    defer { git_signature_free(signature) }
    var (treePointer, tree): (OpaquePointer?, git_oid) = (nil, tree)
    try GitError.check(git_tree_lookup(&treePointer, pointer, &tree), "git_tree_lookup", tree.hex)
    defer { git_tree_free(treePointer) }
    var commits: [OpaquePointer?] = []
    defer { for commit in commits { git_commit_free(commit) } }
    for parent in parents { commits.append(try lookupCommit(parent)) }
    let id = try write("a commit", "git_commit_create") { id in
      git_commit_create(
        &id, pointer, nil, signature, signature, nil, message, treePointer, commits.count, &commits)
    }
    return CommitID(id)
  }

  /// Writes an object, and makes sure that it is on the disk and whole: libgit2 takes an object that
  /// is there for written, also one that a full disk or a power cut left empty or cut short.
  private func write(
    _ what: String, _ call: String, _ body: (inout git_oid) -> Int32
  ) throws(GitError) -> git_oid {
    var id = git_oid()
    try GitError.check(effect("write \(what)") { body(&id) }, call)
    if try isWhole(id) { return id }
    let file = "\(path)/objects/\(id.hex.prefix(2))/\(id.hex.dropFirst(2))"
    do throws(FileError) { try FolderEffects.removeTemporary(file) } catch {
      throw GitError(error)
    }
    try GitError.check(effect("write \(what) again") { body(&id) }, call)
    guard try isWhole(id) else {
      throw GitError(call: call, message: "\(id.hex) \(GitError.unkept)")
    }
    return id
  }

  /// Whether an object can be read and has the bytes that its name says.
  private func isWhole(_ id: git_oid) throws(GitError) -> Bool {
    var (database, object, id): (OpaquePointer?, OpaquePointer?, git_oid) = (nil, nil, id)
    try GitError.check(git_repository_odb(&database, pointer), "git_repository_odb", path)
    defer { git_odb_free(database) }
    guard git_odb_read(&object, database, &id) == 0 else { return false }
    git_odb_object_free(object)
    return true
  }

  /// Syncs the folders that name these objects, before a ref names the objects.
  func syncObjects(_ ids: [git_oid]) throws(GitError) {
    for folder in Set(ids.map { "objects/\($0.hex.prefix(2))" }).sorted() {
      // What a pack has is not written again, so its folder may not be there.
      if try isFolder(folder) { try syncFolder(folder) }
    }
    try syncFolder("objects")
  }

  private func isFolder(_ relative: String) throws(GitError) -> Bool {
    do throws(FileError) {
      return try FolderEffects.kind(of: "\(path)/\(relative)") == .folder
    } catch {
      throw GitError(error)
    }
  }

  private func lookupCommit(_ id: CommitID) throws(GitError) -> OpaquePointer {
    var (commit, oid): (OpaquePointer?, git_oid) = (nil, id.oid)
    try GitError.check(git_commit_lookup(&commit, pointer, &oid), "git_commit_lookup", id.hex)
    guard let commit else { throw GitError(call: "git_commit_lookup", message: "no commit \(id)") }
    return commit
  }
}
