internal import CLibgit2
package import LedgerCore

extension LedgerRepository {
  /// The batch files that `new` has and `old` has not (nil: all), of one location's stream.
  ///
  /// Two trees are compared from the top and equal folders are stepped over, so the cost goes
  /// by what is new. No commit is walked.
  /// - Throws: `GitError` for an object that is missing or damaged.
  package func batchFiles(
    of location: LocationID, from old: CommitID?, to new: CommitID
  ) throws(GitError) -> BatchFiles {
    try read(comparing(location, old, new))
  }

  /// Which batch files `batchFiles(of:from:to:)` would give, without reading any.
  /// - Throws: `GitError` for a tree that is missing or damaged.
  package func listBatches(
    of location: LocationID, from old: CommitID?, to new: CommitID
  ) throws(GitError) -> BatchListing {
    list(try comparing(location, old, new))
  }

  /// The batch files of all streams that a commit of `main` holds, none of them read.
  /// - Throws: `GitError` for a tree that is missing or damaged.
  package func listBatches(atMainCommit commit: CommitID) throws(GitError) -> BatchListing {
    list(try comparing(nil, nil, commit))
  }

  private func list(_ comparison: TreeComparison) -> BatchListing {
    BatchListing(
      files: comparison.found.sorted { $0.name < $1.name },
      oddities: comparison.oddities.sorted())
  }

  private func comparing(
    _ location: LocationID?, _ old: CommitID?, _ new: CommitID
  ) throws(GitError) -> TreeComparison {
    var comparison = TreeComparison(location: location)
    if let old, old == new { return comparison }
    let oldTree: Tree? = if let old { try tree(ofCommit: old) } else { nil }
    try compare(oldTree, try tree(ofCommit: new), at: [], into: &comparison)
    return comparison
  }

  private func read(_ comparison: TreeComparison) throws(GitError) -> BatchFiles {
    let listing = list(comparison)
    var blobs: [BatchBlob] = []
    for file in listing.files { blobs.append(try batchBlob(file)) }
    return BatchFiles(blobs: blobs, oddities: listing.oddities)
  }

  /// Notes what `new` has and `old` has not; both stand at `folder`.
  func compare(
    _ old: Tree?, _ new: Tree, at folder: [String], into comparison: inout TreeComparison
  ) throws(GitError) {
    for entry in new.entries {
      let before = old?.entry(entry.name)
      var (here, there) = (entry.id, before?.id ?? git_oid())
      if let before, before.mode == entry.mode, git_oid_equal(&here, &there) == 1 { continue }
      let path = folder + [entry.name]
      guard comparison.belongs(entry, at: path) else {
        comparison.oddities.append("\(path.joined(separator: "/")) does not belong there")
        continue
      }
      if let before, before.isTree != entry.isTree || !entry.isTree {
        comparison.oddities.append("\(path.joined(separator: "/")) was changed")
      } else if entry.isTree {
        let oldTree: Tree? = if let before { try tree(before.id) } else { nil }
        try compare(oldTree, try tree(entry.id), at: path, into: &comparison)
      } else if let name = BatchName(path.joined(separator: "/")) {
        comparison.found.append(BatchFileID(name: name, id: entry.id))
      }
    }
    for entry in old?.entries ?? [] where new.entry(entry.name) == nil {
      let path = (folder + [entry.name]).joined(separator: "/")
      comparison.oddities.append("\(path) was removed")
    }
  }
}

/// A batch file that was not read yet.
package struct BatchFileID: Sendable {
  /// Where it stands.
  package let name: BatchName
  let id: git_oid
}

/// What is in the trees of a stream, none of it read.
package struct BatchListing: Sendable {
  /// The batch files, by location and then by the sequence number in their names.
  package let files: [BatchFileID]
  /// What does not belong there: see `BatchFiles`.
  package let oddities: [String]

  /// What was found of several streams.
  package init(files: [BatchFileID], oddities: [String]) {
    self.files = files
    self.oddities = oddities
  }
}

/// What a comparison of two trees has found so far.
struct TreeComparison {
  /// Whose stream; nil for `main`, which has all.
  let location: LocationID?
  var found: [BatchFileID] = []
  var oddities: [String] = []

  /// Whether format 1 has such an entry at `path`.
  func belongs(_ entry: TreeEntry, at path: [String]) -> Bool {
    switch path.count {
    case 1 where path[0] == "ledger.json": entry.mode == GIT_FILEMODE_BLOB
    case 1: path[0] == "events" && entry.isTree
    case 2: LocationID(path[1]).map { location == nil || $0 == location } == true && entry.isTree
    case 3: BatchName.isMonth(path[2]) && entry.isTree
    case 4: BatchName.isDigits(path[3], 2) && entry.isTree
    case 5:
      BatchName(path.joined(separator: "/")) != nil && entry.mode == GIT_FILEMODE_BLOB
    default: false
    }
  }
}

extension LedgerRepository {
  /// The batch file with the highest number that a stream's commit holds, nil when it has none.
  /// - Throws: `GitError` for an object that is missing or damaged.
  package func lastBatch(
    of location: LocationID, at commit: CommitID
  ) throws(GitError) -> BatchBlob? {
    var folder = try tree(ofCommit: commit)
    for name in ["events", location.name] {
      guard let entry = folder.entry(name), entry.isTree else { return nil }
      folder = try tree(entry.id)
    }
    var path = ["events", location.name]
    // Names sort as numbers and days do, and neither goes down along a stream.
    while let last = folder.entries.last {
      path.append(last.name)
      if !last.isTree {
        return BatchBlob(name: path.joined(separator: "/"), bytes: try blob(last.id))
      }
      folder = try tree(last.id)
    }
    return nil
  }
}
