import LedgerCache
import LedgerCore

/// What becomes of a location while a script runs under its lock.
///
/// A scan before records what people did until then; a note beside the clone tells whichever scan
/// comes next that a script ran, also where this program did not live to make it.
package enum ExecWorkflow {
  /// Records what people did, and notes that a script runs from now on.
  ///
  /// - Throws: `WorkflowError` where the storage is not the one that joined, or where the guard halts:
  ///   what is missing would be taken for the script's doing.
  package static func begin(
    _ paths: LocationPaths, command: [String], environment: [String: String],
    in outside: Surroundings
  ) async throws {
    let report = try await scan(paths, environment, outside)
    let why = report.isUnhealthy ? report.attention.first?.detail : report.halts.first?.text
    if let why, report.isUnhealthy || !report.halts.isEmpty {
      throw WorkflowError(
        .unhealthy, "\(paths.location): \(why) The command was not run.",
        hint: "Run ledger sync -C \(ShellWord.quote(Array(paths.home.utf8))) first.")
    }
    let words = command.map { ShellWord.quote(Array($0.utf8)) }.joined(separator: " ")
    try StateFolder.write(Array(words.utf8) + [UInt8(ascii: "\n")], to: paths.execFile)
  }

  /// Records what the script did: what came are arrivals, what went is pruned.
  package static func end(
    _ paths: LocationPaths, environment: [String: String], in outside: Surroundings
  ) async throws -> SyncReport {
    try await scan(paths, environment, outside)
  }

  private static func scan(
    _ paths: LocationPaths, _ environment: [String: String], _ outside: Surroundings
  ) async throws -> SyncReport {
    do {
      return try await scanOnce(paths, environment, outside)
    } catch  where StateCache.isUnusable(error) {
      // The whole command must not be run again for this.
      try StateCache.discard(at: paths.cacheFile)
      return try await scanOnce(paths, environment, outside)
    }
  }

  private static func scanOnce(
    _ paths: LocationPaths, _ environment: [String: String], _ outside: Surroundings
  ) async throws -> SyncReport {
    let open = try OpenLocation.open(paths, environment: environment, in: outside)
    var workflow = SyncWorkflow(open, extent: .scan, consent: ScanConsent(allowedRemovals: nil))
    return try await workflow.run()
  }
}

extension OpenLocation {
  /// Whether a script ran here of whose doings not all is recorded.
  var wasScripted: Bool { StateFolder.exists(paths.execFile) }

  /// All that the script did is recorded.
  func endScript() throws { try StateFolder.removeOwn(paths.execFile) }
}
