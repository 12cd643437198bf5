import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerGit

/// Fetches a location's clone again where it is missing or spoilt.
package enum RepairWorkflow {
  /// Repairs, if there is anything to repair; the lock must be held.
  ///
  /// The new clone is there whole or not at all, and the old one is kept beside it. What was recorded
  /// here and never pushed goes on from what can be read of the old one.
  ///
  /// - Returns: what was carried over and where the old clone is; nil where the clone is whole.
  /// - Throws: `WorkflowError`, `GitProgramError`; then nothing was changed.
  package static func run(
    _ paths: LocationPaths, environment: [String: String], in outside: Surroundings
  ) async throws -> (carried: CarriedOver, oldClone: String?)? {
    guard let bytes = try StateFolder.read(paths.locationFile),
      let file = LocationFile(try JSONText.parse(bytes))
    else {
      throw WorkflowError(
        .state, "\(paths.locationFile) is missing or can't be read. Nothing was changed.",
        hint: "Join again with ledger join HUB --as \(paths.location) --take-over.")
    }
    let clean = GitEnvironment(cleaning: environment)
    let isCutShort = StateFolder.exists(paths.carryFile)
    if !isCutShort, try await isWhole(paths, file, clean) { return nil }
    let hub = try InitWorkflow.address(file.hub, paths.home)
    let scratch = "\(paths.state)/clone.fetched"
    try StateFolder.removeOwn(scratch)
    outside.progress(.step("cloning the hub"))
    _ = try await GitProgram.clone(hub: hub, into: scratch, environment: clean)
    let id = try LedgerDescription(try LedgerRepository(path: scratch).description()).id
    guard id == file.ledger else {
      try StateFolder.removeOwn(scratch)
      throw WorkflowError(
        .notALedger, "The hub \(file.hub) belongs to another ledger. Nothing was changed.")
    }
    outside.progress(.done)
    let oldClone = try paths.moveCloneAside()
    try StateFolder.move(scratch, to: paths.clone)
    var open = try OpenLocation(paths: paths, environment: environment, in: outside)
    open.hasAskedHub = true
    _ = try open.repository.adoptStream(of: open.location)
    try open.catchUp()
    // What the hub has of this location may be another machine's: nothing missing is a deletion then.
    let marked = try open.marker()?.last ?? 0
    try open.keepCameBack()
    if let oldClone { try makeReadable(oldClone, as: paths.clone) }
    var carried = CarriedOver()
    if let oldClone { carried = await open.carryOver(from: oldClone) }
    try tellLost(&carried, open, marked: marked)
    try paths.endCarry()
    return (carried, oldClone)
  }

  private static func isWhole(
    _ paths: LocationPaths, _ file: LocationFile, _ environment: GitEnvironment
  ) async throws -> Bool {
    guard let repository = try? LedgerRepository(path: paths.clone),
      (try? repository.heads(own: file.location)) != nil
    else { return false }
    let git = GitProgram(gitDirectory: paths.clone, environment: environment)
    guard try await git.hubAddress() == file.hub else { return false }
    return try await git.check() == nil
  }

  // Without these two files a repository can't be opened, however whole its objects are.
  private static func makeReadable(_ old: String, as new: String) throws {
    if (try? LedgerRepository(path: old)) != nil { return }
    for name in ["HEAD", "config"] {
      if let bytes = try StateFolder.read("\(new)/\(name)") {
        try StateFolder.write(bytes, to: "\(old)/\(name)")
      }
    }
  }

  // Numbers that the disk has seen and no clone has any more: what they recorded is found again by the
  // next scan, which must take nothing that is missing for deleted.
  private static func tellLost(
    _ carried: inout CarriedOver, _ open: OpenLocation, marked: Int64
  ) throws {
    let last = try open.cache.numbers()[open.location]
    guard marked > last else { return }
    carried.lostCount = Int(marked - last)
    try open.writeMarker(last: last)
  }
}
