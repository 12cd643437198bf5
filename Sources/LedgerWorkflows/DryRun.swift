import LedgerCache
import LedgerCore
import LedgerStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// `ledger sync --dry-run`: the same run on a copy of clone and cache that is thrown away, so that
/// what the hub has is in the plan and nothing changes anywhere.
package enum DryRun {
  /// Plans and touches nothing.
  package static func run(
    _ open: OpenLocation, extent: SyncWorkflow.Extent, consent: ScanConsent,
    environment: [String: String]
  ) async throws -> SyncReport {
    let scratch = "\(open.paths.state).dry-run-\(getpid())"
    // The lock is held, so that what lies there is of a run that was killed.
    let (parent, prefix) = ("\(open.paths.state)/..", "\(open.location).dry-run-")
    for name in StateFolder.names(in: parent) where name.hasPrefix(prefix) {
      try? StateFolder.removeOwn("\(parent)/\(name)")
    }
    defer { try? StateFolder.removeOwn(scratch) }
    try StateFolder.make(scratch)
    let paths = LocationPaths(
      home: open.paths.home, state: scratch, cache: "\(scratch)/cache", location: open.location)
    try StateFolder.copyClone(open.paths.clone, to: paths.clone)
    try StateFolder.write(open.file.encoded, to: paths.locationFile)
    if try open.hasComeBack() { try StateFolder.write([], to: paths.cameBackFile) }
    if let missing = try StateFolder.read(open.paths.missingFile) {
      try StateFolder.write(missing, to: paths.missingFile)
    }
    if open.wasScripted { try StateFolder.write([], to: paths.execFile) }
    var copy = try OpenLocation(paths: paths, environment: environment, in: open.outside)
    // With the listing that was brought, where there is one.
    copy.storage = (open.storage as? RcloneStorage)?.forShow ?? open.storage
    try copy.cache.updateFiles(upsert: try open.cache.knownFiles(), remove: [])
    var workflow = SyncWorkflow(copy, extent: extent, consent: consent)
    return try await workflow.dryRun()
  }
}

extension StateFolder {
  /// Copies a bare repository's refs and settings; its objects are borrowed, not copied.
  static func copyClone(_ clone: String, to new: String) throws {
    try make("\(new)/objects/info")
    // A fetch leaves packs there, which are looked for only where the folder was from the start.
    try make("\(new)/objects/pack")
    try copyTree("\(clone)/refs", to: "\(new)/refs")
    for name in ["HEAD", "config", "packed-refs"] {
      if let bytes = try read("\(clone)/\(name)") { try write(bytes, to: "\(new)/\(name)") }
    }
    try write(Array("\(clone)/objects\n".utf8), to: "\(new)/objects/info/alternates")
  }

  private static func copyTree(_ old: String, to new: String) throws {
    try make(new)
    for name in names(in: old) {
      if let bytes = try? read("\(old)/\(name)") {
        try write(bytes, to: "\(new)/\(name)")
      } else {
        try copyTree("\(old)/\(name)", to: "\(new)/\(name)")
      }
    }
  }
}
