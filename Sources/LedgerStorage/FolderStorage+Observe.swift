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
  /// What was seen and what was not, but for `settled`.
  package var observation: Observation
  /// The files that are as they were expected: seen, and nothing to say about them.
  package var settled: FileTally
  /// What was expected and is not settled, in order.
  package var open: [ExpectedFile]
  /// The files that were read and not kept yet.
  package var unkept: [ObservedFile]
  /// The folders that are mount points now.
  package var mounts: [[UInt8]]
  /// Files and bytes read.
  package var hashedCount: Int
  package var hashedBytes: Int64
  /// What the place's map leaves out.
  package var outside = OutsideFiles()
}

/// How far a scan has come.
package struct ScanProgress: Sendable {
  /// Files and bytes hashed, and how many there are to hash so far; no bytes to hash while the walk
  /// only counts.
  package let files: Int
  package let bytes: Int64
  package let totalFiles: Int
  package let totalBytes: Int64
}

extension FolderStorage {
  /// Sees what is there: one stat a file, and the bytes only of files whose stamp is not the known.
  ///
  /// - Parameters:
  ///   - next: what is expected, in byte order of the paths; nil at the end. Asked for little by little.
  ///   - keep: takes files of which the log has no copy as soon as they are read, some thousand or
  ///     more at a time, so that a scan that is cut short goes on where it was.
  /// - Throws: `StorageError` where the root is gone, `CancellationError`, what `next` and `keep` throw.
  package func observe(
    expecting next: @escaping () throws -> ExpectedFile?, options: ScanOptions,
    keep: @escaping @Sendable ([ObservedFile]) throws -> Void = { _ in },
    progress: @escaping @Sendable (ScanProgress) -> Void
  ) async throws -> ScanResult {
    let rules = IgnoreRules(try readFile(".ledgerignore") ?? [])
    let ignoresCase = try isCaseInsensitive()
    var run = ScanRun(
      self, rules, try ScanPass(options, ignoresCase: ignoresCase, expecting: next), keep: keep,
      progress: progress)
    try await withThrowingTaskGroup(of: ScanPiece.self) { tasks in
      try await run.walk(ignoresCase: ignoresCase, &tasks)
      try await run.finish(&tasks)
    }
    return finish(run, rules)
  }

  private func finish(_ run: ScanRun, _ rules: IgnoreRules) -> ScanResult {
    let pass = run.pass
    var walk = pass.walk
    walk.mounts.sort { isBefore($0, $1) }
    for mount in pass.options.expectedMounts where !walk.mounts.contains(mount) {
      walk.isComplete = false
      walk.unknown.append(
        UnknownPath(
          diskBytes: mount, reason: .unreadable, detail: "was a mount point and is not mounted"))
    }
    walk.unknown += run.hashed.unknown
    let ignored = lookAgain(pass, rules, &walk)
    walk.unknown.sort()
    let files = (pass.files + run.hashed.files).sorted { $0.path < $1.path }
    return ScanResult(
      observation: Observation(
        files: files, unknown: walk.unknown, ignored: ignored, isComplete: walk.isComplete),
      settled: pass.settled, open: pass.open.sorted { $0.path < $1.path }, unkept: run.unkept,
      mounts: walk.mounts,
      hashedCount: run.hashed.files.count, hashedBytes: run.hashed.bytes, outside: walk.outside)
  }

  /// Asks once more for each file that the walk did not find: only ENOENT means gone.
  private func lookAgain(
    _ pass: ScanPass, _ rules: IgnoreRules, _ walk: inout Walk
  ) -> [LibraryPath] {
    var ignored: [LibraryPath] = []
    let told = Set(walk.unknown.map(\.diskBytes))
    for file in pass.missing where !pass.respelled.contains(file.path.folded) {
      let name = file.known?.diskBytes ?? file.path.bytes
      if isAtOrBelow(
        file.path.bytes, { LibraryPath(key: $0).map(walk.passedOver.contains) ?? false })
      {
        ignored.append(file.path)
      } else if !isAtOrBelow(name, { told.contains($0) || walk.unlisted.contains($0) }) {
        ask(file.path, name, rules, &ignored, &walk)
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

  private func isAtOrBelow(_ path: [UInt8], _ contains: ([UInt8]) -> Bool) -> Bool {
    var path = path
    while true {
      if contains(path) { return true }
      guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return contains([]) }
      path.removeSubrange(slash...)
    }
  }
}
