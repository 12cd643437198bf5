import Dispatch
internal import Synchronization

extension LedgerRepository {
  /// A batch file that was listed.
  /// - Throws: `GitError` where it is missing or damaged.
  package func batchBlob(_ file: BatchFileID) throws(GitError) -> BatchBlob {
    BatchBlob(name: file.name.path, bytes: try blob(file.id))
  }

  /// What `body` makes of each of these batch files, in their order; nil is left out.
  ///
  /// Files are read on all cores at once, by threads as who asks can't wait for tasks, and a file's
  /// bytes are not kept longer than `body` takes.
  /// - Throws: `GitError` for an object that is missing or damaged.
  package func readBatches<Read: Sendable>(
    _ files: [BatchFileID], _ body: @Sendable (BatchBlob) -> Read?
  ) throws(GitError) -> [Read] {
    // So few are read before another repository is open.
    guard files.count > 32 else { return try read(files[...], body) }
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
    return all
  }

  private func read<Read>(
    _ files: ArraySlice<BatchFileID>, _ body: (BatchBlob) -> Read?
  ) throws(GitError) -> [Read] {
    var all: [Read] = []
    for file in files {
      if let one = body(try batchBlob(file)) { all.append(one) }
    }
    return all
  }
}
