internal import CLibgit2
package import LedgerCore
internal import LedgerFailurePoints

/// Where each stream ends, as the refs of a repository say.
package struct StreamHeads: Hashable, Sendable {
  /// Each stream's last commit.
  package let heads: [LocationID: CommitID]
  /// Refs that no ledger has, sorted: nothing reads them.
  package let strangeRefs: [String]
}

extension LedgerRepository {
  /// Where each stream ends. `main` is no stream.
  ///
  /// With `own`, in a location's clone: its own stream from `refs/heads/`, the others from
  /// `refs/remotes/hub/`, as last fetched. Without, in a hub or any clone of one: from
  /// `refs/heads/` and, where absent there, from `refs/remotes/*/`.
  /// - Throws: `GitError` for a ref that can't be read: it is never taken for absent.
  package func heads(own: LocationID?) throws(GitError) -> StreamHeads {
    var local: [LocationID: CommitID] = [:]
    var fetched: [LocationID: CommitID] = [:]
    var strange: [String] = []
    for name in try refNames() {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      let last = parts[parts.count - 1]
      let isBranch = parts.count == 3 && parts[1] == "heads"
      let isFetched = parts.count == 4 && parts[1] == "remotes" && (own == nil || parts[2] == "hub")
      if isBranch || isFetched, last == "main" || (isFetched && last == "HEAD") { continue }
      guard isBranch || isFetched, let location = LocationID(last),
        own == nil || isFetched || location == own
      else {
        if !name.hasPrefix("refs/ledger/seen/") { strange.append(name) }
        continue
      }
      guard let id = try target(of: name) else { continue }
      if isBranch { local[location] = id } else { fetched[location] = fetched[location] ?? id }
    }
    if let own { fetched[own] = nil }
    return StreamHeads(heads: local.merging(fetched) { here, _ in here }, strangeRefs: strange)
  }

  /// Where a stream ended on the hub when it was last fetched or pushed, nil when it had none.
  /// - Throws: `GitError` if the ref can't be read.
  package func hubHead(of location: LocationID) throws(GitError) -> CommitID? {
    try target(of: "refs/remotes/hub/\(location.name)")
  }

  /// The last commit of this clone's `main`, nil when it has none.
  /// - Throws: `GitError` if the ref can't be read.
  package func mainHead() throws(GitError) -> CommitID? { try target(of: "refs/heads/main") }

  /// Takes the hub's `main` for what the clone knows of it, where neither contains the other. Nothing
  /// depends on `main`: it only merges streams.
  /// - Returns: whether it had parted.
  /// - Throws: `GitError` if a commit is missing.
  package func followMain(_ main: CommitID) throws(GitError) -> Bool {
    let name = "refs/remotes/hub/main"
    guard let known = try target(of: name) else { return false }
    if try isAncestor(known, of: main) { return false }
    if try isAncestor(main, of: known) { return false }
    try setRef(name, to: main, expecting: known)
    return true
  }

  /// Takes over the hub's copy of a stream as this clone's own, if that is newer or there is
  /// none here: for a location that is joined again, or whose clone was restored.
  /// - Returns: the stream's head now; nil when neither has one.
  /// - Throws: `GitError` with nothing changed if the two have diverged, or on a disk error.
  package func adoptStream(of location: LocationID) throws(GitError) -> CommitID? {
    let name = "refs/heads/\(location.name)"
    let own = try target(of: name)
    guard let hub = try hubHead(of: location), hub != own else { return own }
    if let own {
      if try isAncestor(hub, of: own) { return own }
      guard try isAncestor(own, of: hub) else {
        throw GitError(
          call: "adoptStream", code: GIT_ENONFASTFORWARD.rawValue,
          message: "\(location) here (\(own)) and on the hub (\(hub)) have diverged")
      }
    }
    try setRef(name, to: hub, expecting: own)
    return hub
  }

  /// Whether `old` is `new` or one of the commits that `new` stands on.
  /// - Throws: `GitError` if one of them is missing.
  package func isAncestor(_ old: CommitID, of new: CommitID) throws(GitError) -> Bool {
    if old == new { return true }
    var (ancestor, descendant) = (old.oid, new.oid)
    let code = git_graph_descendant_of(pointer, &descendant, &ancestor)
    try GitError.check(code, "git_graph_descendant_of", "\(old) \(new)")
    return code == 1
  }

  /// The blob of `refs/ledger/seen/<location>`, nil when there is none.
  /// - Throws: `GitError` if it can't be read or is no blob.
  package func readBlobRef(of location: LocationID) throws(GitError) -> [UInt8]? {
    guard let id = try target(of: "refs/ledger/seen/\(location.name)") else { return nil }
    return try blob(id.oid)
  }

  /// The locations that have a `refs/ledger/seen/` here, sorted.
  /// - Throws: `GitError` if the refs can't be listed.
  package func seenLocations() throws(GitError) -> [LocationID] {
    try refNames().compactMap { name in
      name.hasPrefix("refs/ledger/seen/") ? LocationID(String(name.dropFirst(17))) : nil
    }.sorted()
  }

  /// Writes a blob and points `refs/ledger/seen/<location>` at it, whatever it held.
  /// - Throws: `GitError` if the disk refuses.
  package func writeBlobRef(of location: LocationID, _ bytes: [UInt8]) throws(GitError) {
    let blob = try writeBlob(bytes)
    try syncObjects([blob])
    let name = "refs/ledger/seen/\(location.name)"
    try setRef(name, to: CommitID(blob), expecting: try target(of: name))
  }

  /// What a ref points at, nil when there is no such ref.
  func target(of name: String) throws(GitError) -> CommitID? {
    var oid = git_oid()
    let code = git_reference_name_to_id(&oid, pointer, name)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    try GitError.check(code, "git_reference_name_to_id", name)
    return CommitID(oid)
  }

  /// Moves a ref if it still is what it is expected to be (nil: not there), and syncs the
  /// folders that name it, which libgit2 leaves to the kernel.
  func setRef(_ name: String, to id: CommitID, expecting old: CommitID?) throws(GitError) {
    var new = id.oid
    var reference: OpaquePointer?
    let code = effect("set \(name)") {
      if var expected = old?.oid {
        git_reference_create_matching(&reference, pointer, name, &new, 1, &expected, "ledger")
      } else {
        git_reference_create_matching(&reference, pointer, name, &new, 0, nil, "ledger")
      }
    }
    git_reference_free(reference)
    try GitError.check(code, "git_reference_create_matching", name)
    guard try target(of: name) == id else {
      throw GitError(
        call: "git_reference_create_matching", message: "\(name) \(GitError.unkept)")
    }
    var folder = FolderEffects.parent(of: name)
    while folder != "." {
      try syncFolder(folder)
      folder = FolderEffects.parent(of: folder)
    }
  }

  func syncFolder(_ relative: String) throws(GitError) {
    do throws(FileError) { try FolderEffects.sync("\(path)/\(relative)") } catch {
      throw GitError(error)
    }
  }
}
