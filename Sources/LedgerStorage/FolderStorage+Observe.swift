import CLedgerSystem
package import LedgerCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How a scan is done.
package struct ScanOptions: Sendable {
  /// The digests to compute, sha256 among them.
  package var digests: [DigestAlgorithm] = [.sha256]
  /// A file modified within so many seconds before the scan is left for the next one.
  package var settleSeconds: Int64 = 2
  /// When the scan begins, by the wall clock.
  package var now: FileTime
  /// The folders that were mount points at the last scan.
  package var expectedMounts: [[UInt8]] = []
  /// How many files are hashed at once.
  package var width: Int

  /// Options for a scan that begins at `now`.
  package init(now: FileTime, width: Int) {
    self.now = now
    self.width = max(1, width)
  }
}

/// What a scan found, with what it cost.
package struct ScanResult: Sendable {
  /// What was seen and what was not.
  package var observation: Observation
  /// The folders that are mount points now.
  package var mounts: [[UInt8]]
  /// Files and bytes read.
  package var hashedCount: Int
  package var hashedBytes: Int64
}

/// How far a scan has come.
package struct ScanProgress: Sendable {
  /// Files and bytes hashed, and how many there are to hash.
  package let files: Int
  package let bytes: Int64
  package let totalFiles: Int
  package let totalBytes: Int64
}

extension FolderStorage {
  /// Sees what is there: one stat a file, and the bytes only of files whose stamp is not the known.
  ///
  /// - Parameters:
  ///   - known: what the last scan knew, in byte order of the paths.
  ///   - recorded: the paths that the log has here, in byte order; asked for again where missing.
  /// - Throws: `StorageError` where the root itself can't be listed, `CancellationError`.
  package func observe(
    known: [KnownFile], recorded: [LibraryPath] = [], options: ScanOptions,
    progress: @Sendable (ScanProgress) -> Void
  ) async throws -> ScanResult {
    let rules = IgnoreRules(try readFile(".ledgerignore") ?? [])
    var walk = try walk(rules) {
      progress(ScanProgress(files: 0, bytes: 0, totalFiles: $0, totalBytes: 0))
    }
    let ignoresCase = try isCaseInsensitive()
    markCollisions(&walk, ignoresCase: ignoresCase)
    for mount in options.expectedMounts where !walk.mounts.contains(mount) {
      walk.isComplete = false
      walk.unknown.append(
        UnknownPath(
          diskBytes: mount, reason: .unreadable, detail: "was a mount point and is not mounted"))
    }
    walk.files.sort { $0.path < $1.path }
    var files: [ObservedFile] = []
    files.reserveCapacity(walk.files.count)
    var toHash: [WalkedFile] = []
    for (file, known) in merged(walk.files, known) {
      if let known, isUnchanged(file, known) {
        files.append(
          ObservedFile(
            path: file.path, content: known.content, stamp: file.stamp, wasHashed: false,
            diskBytes: file.diskBytes == file.path.bytes ? nil : file.diskBytes))
      } else if isSettling(file.stamp, options) {
        walk.unknown.append(
          UnknownPath(
            diskBytes: file.diskBytes, reason: .unsettled, detail: "modified just now"))
      } else {
        toHash.append(file)
      }
    }
    let hashed = try await hash(toHash, options, progress)
    files += hashed.files
    walk.unknown += hashed.unknown
    files.sort { $0.path < $1.path }
    // Where case is ignored, an old spelling still finds the file that was seen under another.
    let respelled = ignoresCase ? Set(files.map { folded($0.path) }) : []
    let missing = Missing(known: known, recorded: recorded, respelled: respelled)
    let ignored = lookAgain(missing, files, rules, &walk)
    walk.unknown.sort()
    return ScanResult(
      observation: Observation(
        files: files, unknown: walk.unknown, ignored: ignored, isComplete: walk.isComplete),
      mounts: walk.mounts, hashedCount: hashed.files.count, hashedBytes: hashed.bytes)
  }

  private func merged(
    _ files: [WalkedFile], _ known: [KnownFile]
  ) -> [(WalkedFile, KnownFile?)] {
    var rest = known[...]
    return files.map { file in
      while let first = rest.first, first.path < file.path { rest.removeFirst() }
      if let first = rest.first, first.path == file.path { return (file, first) }
      return (file, nil)
    }
  }

  // A file that was written in the tick in which it was hashed may have been written after that.
  // Kernels stamp with the time of their last tick, at most 10 ms ago, and FAT in steps of two
  // seconds. A time of modification that lies in the future was set on purpose, and a write would
  // bring it back to the present.
  private func isUnchanged(_ file: WalkedFile, _ known: KnownFile) -> Bool {
    guard known.stamp == file.stamp else { return false }
    let settled = known.hashedAt.advanced(milliseconds: file.stamp.isCoarse ? -2_000 : -20)
    let future = known.hashedAt.advanced(milliseconds: 86_400_000)
    return file.stamp.changed < settled
      && (file.stamp.modified < settled || file.stamp.modified > future)
  }

  private func isSettling(_ stamp: FileStamp, _ options: ScanOptions) -> Bool {
    guard options.settleSeconds > 0 else { return false }
    let limit = FileTime(
      seconds: options.now.seconds - options.settleSeconds, nanoseconds: options.now.nanoseconds)
    return stamp.modified > limit && stamp.modified <= options.now
  }

  private func markCollisions(_ walk: inout Walk, ignoresCase: Bool) {
    var names: [LibraryPath: [Int]] = [:]
    for (index, file) in walk.files.enumerated() {
      names[ignoresCase ? folded(file.path) : file.path, default: []].append(index)
    }
    let colliding = names.values.filter { $0.count > 1 }.flatMap { $0 }
    guard !colliding.isEmpty else { return }
    for index in colliding {
      walk.unknown.append(
        UnknownPath(
          diskBytes: walk.files[index].diskBytes, reason: .nameCollision,
          detail: "another file here has the same name in another spelling; rename one of them"))
    }
    let dropped = Set(colliding)
    walk.files = walk.files.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
  }

  private func folded(_ path: LibraryPath) -> LibraryPath {
    path.text.flatMap { LibraryPath($0.lowercased()) } ?? path
  }

  /// What may be missing, and the files that were seen, in lower case where case is ignored.
  private struct Missing {
    let known: [KnownFile]
    let recorded: [LibraryPath]
    let respelled: Set<LibraryPath>
  }

  /// Asks once more for each file that the walk did not find: only ENOENT means gone.
  private func lookAgain(
    _ missing: Missing, _ files: [ObservedFile], _ rules: IgnoreRules, _ walk: inout Walk
  ) -> [LibraryPath] {
    let known = missing.known
    var ignored: [LibraryPath] = []
    var found = files[...]
    var stamped = known[...]
    let told = Set(walk.unknown.map(\.diskBytes))
    for path in union(known, missing.recorded) {
      while let first = found.first, first.path < path { found.removeFirst() }
      if found.first?.path == path || missing.respelled.contains(folded(path)) { continue }
      while let first = stamped.first, first.path < path { stamped.removeFirst() }
      let name = (stamped.first?.path == path ? stamped.first?.diskBytes : nil) ?? path.bytes
      if isAtOrBelow(path.bytes, { LibraryPath(key: $0).map(walk.passedOver.contains) ?? false }) {
        ignored.append(path)
      } else if !isAtOrBelow(name, { told.contains($0) || walk.unlisted.contains($0) }) {
        ask(path, name, rules, &ignored, &walk)
      }
    }
    return ignored
  }

  private func ask(
    _ path: LibraryPath, _ diskBytes: [UInt8], _ rules: IgnoreRules,
    _ ignored: inout [LibraryPath], _ walk: inout Walk
  ) {
    let (folder, name) = split(diskBytes)
    do {
      guard let status = try descriptor.folder(folder).status(ofName: name) else { return }
      if status.isRegular && !rules.ignoresAnywhere(diskBytes) {
        walk.unknown.append(
          UnknownPath(diskBytes: diskBytes, reason: .unsettled, detail: "appeared while listing"))
      } else {
        ignored.append(path)
      }
    } catch let error as StorageError where error.code == ENOENT || error.code == ENOTDIR {
      return
    } catch let error as StorageError where error.code == ELOOP {
      ignored.append(path)
    } catch {
      let detail = (error as? StorageError)?.text ?? "\(error)"
      walk.unknown.append(UnknownPath(diskBytes: diskBytes, reason: .unreadable, detail: detail))
    }
  }

  private func union(_ known: [KnownFile], _ recorded: [LibraryPath]) -> [LibraryPath] {
    var paths: [LibraryPath] = []
    paths.reserveCapacity(recorded.count)
    var rest = known[...]
    for path in recorded {
      while let first = rest.first, first.path < path { paths.append(rest.removeFirst().path) }
      if rest.first?.path == path { rest.removeFirst() }
      paths.append(path)
    }
    return paths + rest.map(\.path)
  }

  private func isAtOrBelow(_ path: [UInt8], _ contains: ([UInt8]) -> Bool) -> Bool {
    var path = path
    while true {
      if contains(path) { return true }
      guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return contains([]) }
      path.removeSubrange(slash...)
    }
  }
}
