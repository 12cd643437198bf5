internal import LedgerFailurePoints

extension GitProgram {
  /// Whether the clone has so many loose objects that packing them pays: by git's own estimate, from
  /// one folder of the 256 (gc.auto in git-config(1)).
  /// - Throws: `FileError`.
  package func wantsPacking() throws -> Bool {
    let folder = "\(gitDirectory)/objects/17"
    guard try FolderEffects.kind(of: folder) == .folder else { return false }
    return try FolderEffects.names(in: folder).count > 27
  }

  /// Lets git pack what thousands of batches have left. Nothing is ever pruned.
  ///
  /// - Parameter inBackground: git goes on by itself and this returns at once; it then keeps off refs,
  ///   so that no lock of its own is taken for one that a killed git has left.
  /// - Throws: `GitProgramError`.
  package func pack(inBackground: Bool) async throws {
    var settings = [
      "gc.pruneExpire=never", "gc.reflogExpire=never", "gc.reflogExpireUnreachable=never",
      "gc.writeCommitGraph=false", "gc.bigPackThreshold=64m", "pack.windowMemory=64m",
    ]
    if inBackground { settings += ["gc.auto=6700", "gc.autoDetach=true", "gc.packRefs=false"] }
    let arguments = settings.flatMap { ["-c", $0] } + ["gc", "--quiet"]
    _ = try await programEffect("pack") {
      try await self.succeed(arguments + (inBackground ? ["--auto"] : []))
    }
    if !inBackground { try FolderEffects.syncAll(gitDirectory) }
  }

  /// The bytes that the repository's objects take, loose and packed, and how many are loose.
  /// - Throws: `GitProgramError`.
  package func size() async throws -> (bytes: Int64, looseCount: Int64) {
    // Lines as `size-pack: 143` in KiB, `count: 12` loose ones and `size: 48` theirs.
    var values: [Substring: Int64] = [:]
    for line in try await succeed(["count-objects", "-v"]).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { values[parts[0]] = Int64(parts[1].drop { $0 == " " }) }
    }
    let kibibytes = (values["size"] ?? 0) + (values["size-pack"] ?? 0)
    return (kibibytes * 1024, values["count"] ?? 0)
  }
}
