internal import CLibgit2
package import LedgerCore

/// What became of refs whose files a power cut had emptied or cut short.
package struct MendedRefs: Hashable, Sendable {
  /// Those that stand again where they stood.
  package var restored: [String: CommitID] = [:]
  /// Those that were taken away, sorted: the next fetch or merge makes them anew, and nothing that
  /// this clone has depends on them.
  package var dropped: [String] = []
  /// Those of which it can't be told where they stood, sorted; their files are as they were.
  package var unknown: [String] = []

  /// Nothing but what is given.
  package init(unknown: [String] = []) { self.unknown = unknown }
}

extension LedgerRepository {
  /// Sets refs again whose files hold no commit's name, such as empty ones after a power cut. Only
  /// for one who holds the location's own lock.
  ///
  /// A stream is set to its last commit among the objects, as objects reach the disk before any ref
  /// that names them; of several last ones, which only refused or killed runs leave, to the one that
  /// the ref's own log ends with. So nothing is forgotten of what this clone has seen. `main`, the
  /// `refs/ledger/seen/` and what the hub had of `own` are dropped.
  /// - Throws: `FileError`, `GitError`.
  package func mendRefs(own: LocationID) throws -> MendedRefs {
    var mended = MendedRefs()
    var streams: [String: LocationID] = [:]
    for name in try brokenRefs() {
      let parts = name.split(separator: "/").map(String.init)
      let isFetched = name.hasPrefix("refs/remotes/hub/") && parts.count == 4
      // Unlike the last commit here, what the hub had of the own stream is surely on the hub.
      let isDroppable =
        name == "refs/heads/main" || name.hasPrefix("refs/ledger/seen/")
        || (isFetched && ["main", "HEAD", own.name].contains(parts[3]))
      if isDroppable {
        try FolderEffects.removeTemporary("\(path)/\(name)")
        mended.dropped.append(name)
      } else if isFetched || name == "refs/heads/\(own.name)",
        let location = LocationID(parts[parts.count - 1])
      {
        streams[name] = location
      } else {
        mended.unknown.append(name)
      }
    }
    guard !streams.isEmpty else { return mended }
    let ends = try streamEnds(Set(streams.values))
    for (name, location) in streams.sorted(by: { $0.key < $1.key }) {
      let found = ends[location] ?? []
      let logged = try lastLogged(name)
      guard let end = found.count == 1 ? found.first : found.first(where: { $0 == logged }) else {
        mended.unknown.append(name)
        continue
      }
      // In one step: killed between a removal and a new file, the stream would seem to be gone.
      try FolderEffects.write(Array("\(end.hex)\n".utf8), to: "\(path)/\(name).lock")
      try FolderEffects.move("\(path)/\(name).lock", to: "\(path)/\(name)")
      mended.restored[name] = end
    }
    mended.unknown.sort()
    return mended
  }

  /// The refs whose files hold neither a commit's name nor another ref's, sorted.
  private func brokenRefs() throws(FileError) -> [String] {
    var broken: [String] = []
    for name in try refFiles().sorted() where !name.hasSuffix(".lock") {
      // A whole one: `837197b9ee2c6a94652dcf79a00f72427fa63851\n` or `ref: refs/…\n`.
      let text = String(decoding: try FolderEffects.read("\(path)/\(name)") ?? [], as: UTF8.self)
      if CommitID(text.prefix(40)) == nil && !text.hasPrefix("ref: ") { broken.append(name) }
    }
    return broken
  }

  /// The last whole entry of a ref's log, whose own end a power cut may have cut off.
  private func lastLogged(_ name: String) throws(FileError) -> CommitID? {
    // `<old> <new> ledger <ledger@localhost> 1795449600 +0000\tledger\n`
    let text = String(decoding: try FolderEffects.read("\(path)/logs/\(name)") ?? [], as: UTF8.self)
    for line in text.split(separator: "\n").reversed() {
      let words = line.split(separator: " ")
      if words.count > 2, CommitID(words[0]) != nil, let new = CommitID(words[1]) { return new }
    }
    return nil
  }

  /// The batch commits of each stream, among all objects, that no other one follows.
  private func streamEnds(
    _ locations: Set<LocationID>
  ) throws(GitError) -> [LocationID: Set<CommitID>] {
    var ends: [LocationID: Set<CommitID>] = [:]
    var followed: Set<CommitID> = []
    for id in try allCommits() {
      // One that was cut short was never in a stream: no ref names what is not on the disk.
      guard let location = try? streamOfBatch(id), locations.contains(location) else { continue }
      ends[location, default: []].insert(id)
      followed.formUnion(try parents(of: id))
    }
    return ends.mapValues { $0.subtracting(followed) }
  }

  private func allCommits() throws(GitError) -> [CommitID] {
    var odb: OpaquePointer?
    try GitError.check(git_repository_odb(&odb, pointer), "git_repository_odb", path)
    defer { git_odb_free(odb) }
    var ids: [git_oid] = []
    let code = withUnsafeMutablePointer(to: &ids) { ids in
      git_odb_foreach(
        odb,
        { id, ids in
          if let id { ids?.assumingMemoryBound(to: [git_oid].self).pointee.append(id.pointee) }
          return 0
        }, ids)
    }
    try GitError.check(code, "git_odb_foreach", path)
    return ids.filter { id in
      var (id, size, type) = (id, 0, GIT_OBJECT_INVALID)
      return git_odb_read_header(&size, &type, odb, &id) == 0 && type == GIT_OBJECT_COMMIT
    }.map { CommitID($0) }
  }

  /// Whose batch a commit is by both its trailer and its tree, or nil where it is none, as `main`'s.
  private func streamOfBatch(_ id: CommitID) throws(GitError) -> LocationID? {
    guard let location = BatchTrailer.location(in: try message(of: id)),
      let events = try tree(ofCommit: id).entry("events"), events.isTree,
      try tree(events.id).entries.map(\.name) == [location.name]
    else { return nil }
    return location
  }
}

/// The trailer of a batch's commit: `Ledger-Batch: desk:42-45`.
enum BatchTrailer {
  /// Whose batch the message names, or nil.
  static func location(in message: String) -> LocationID? {
    let key = "Ledger-Batch: "
    guard let line = message.split(separator: "\n").last(where: { $0.hasPrefix(key) }) else {
      return nil
    }
    return LocationID(String(line.dropFirst(key.count).prefix { $0 != ":" }))
  }
}
