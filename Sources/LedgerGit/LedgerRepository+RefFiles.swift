internal import CLibgit2

extension LedgerRepository {
  /// Removes the lock files of a git that was killed. Only for one who holds the location's own
  /// lock, so that no git is running on this clone.
  /// - Returns: the locks, relative to the repository, sorted.
  /// - Throws: `FileError`.
  package func removeStaleLocks() throws(FileError) -> [String] {
    // A ref's name can't end so, and batches stand in objects: nothing else has this name.
    let locks = (try FolderEffects.names(in: path) + refFiles()).filter { $0.hasSuffix(".lock") }
    for lock in locks { try FolderEffects.removeTemporary("\(path)/\(lock)") }
    return locks
  }

  /// All ref names, sorted by their bytes.
  /// - Throws: `GitError` also for a ref whose file can't be read.
  func refNames() throws(GitError) -> [String] {
    var iterator: OpaquePointer?
    try GitError.check(
      git_reference_iterator_new(&iterator, pointer), "git_reference_iterator_new", path)
    defer { git_reference_iterator_free(iterator) }
    var names: Set<String> = []
    while true {
      var name: UnsafePointer<CChar>?
      let code = git_reference_next_name(&name, iterator)
      if code == GIT_ITEROVER.rawValue { break }
      try GitError.check(code, "git_reference_next_name", path)
      if let name { names.insert(String(cString: name)) }
    }
    // libgit2 steps over a ref's file that it can't read: a stream would seem to be gone.
    var files: [String] = []
    do throws(FileError) { files = try refFiles() } catch { throw GitError(error) }
    for file in files where !file.hasSuffix(".lock") && !names.contains(file) {
      throw GitError(
        call: "refNames", code: GIT_EINVALID.rawValue, message: "\(file) is broken in \(path)")
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The files under `refs`, locks too, relative to the repository.
  func refFiles() throws(FileError) -> [String] {
    var files: [String] = []
    for folder in try FolderEffects.folderTimes(under: "\(path)/refs").keys.sorted() {
      for name in try FolderEffects.names(in: folder)
      where try FolderEffects.kind(of: "\(folder)/\(name)") == .file {
        files.append("\(folder.dropFirst(path.count + 1))/\(name)")
      }
    }
    return files
  }
}
