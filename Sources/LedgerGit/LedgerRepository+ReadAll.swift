import Dispatch
package import LedgerCore
internal import Synchronization

extension LedgerRepository {
  /// What `body` makes of each batch file of one location's stream: those of which it makes something, by
  /// the numbers in their names, and what in the stream does not belong there, sorted.
  ///
  /// Files are read on all cores at once, by threads as who asks can't wait for tasks, and a file's
  /// bytes are not kept longer than `body` takes.
  /// - Throws: `GitError` for an object that is missing or damaged.
  package func readBatches<Read: Sendable>(
    of location: LocationID, at commit: CommitID, _ body: @Sendable (BatchBlob) -> Read?
  ) throws(GitError) -> (read: [Read], oddities: [String]) {
    let (files, oddities) = try listBatches(of: location, at: commit)
    // So few are read before another repository is open.
    guard files.count > 32 else { return (try read(files[...], body), oddities) }
    let parts = stride(from: 0, to: files.count, by: files.count / 16 + 1).map {
      files[$0..<min($0 + files.count / 16 + 1, files.count)]
    }
    let done = Mutex([Result<[Read], GitError>?](repeating: nil, count: parts.count))
    DispatchQueue.concurrentPerform(iterations: parts.count) { [path] index in
      let part = Result { () throws(GitError) in
        // libgit2's objects are used by one thread at a time.
        try LedgerRepository(path: path).read(parts[index], body)
      }
      done.withLock { $0[index] = part }
    }
    var all: [Read] = []
    for part in done.withLock({ $0 }) {
      guard let part else { preconditionFailure("each part was read") }
      all += try part.get()
    }
    return (all, oddities)
  }

  private func read<Read>(
    _ files: ArraySlice<BatchFileID>, _ body: (BatchBlob) -> Read?
  ) throws(GitError) -> [Read] {
    var all: [Read] = []
    for file in files {
      if let one = body(BatchBlob(name: file.name.path, bytes: try blob(file.id))) {
        all.append(one)
      }
    }
    return all
  }
}
