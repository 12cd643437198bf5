package import LedgerCore
import LedgerFormat
package import LedgerGit

/// Reads what a hub holds.
package enum HubCheckWorkflow {
  /// What is wrong with the batches that a push brings to a stream, or nil: each must be whole, in
  /// sequence, later than the one before it, and its `seen` and `since` must not go down.
  ///
  /// - Parameters:
  ///   - old: where the stream ended; nil: it is new.
  ///   - new: where it is to end.
  /// - Throws: `GitError` for an object that can't be read.
  package static func fault(
    _ repository: LedgerRepository, stream location: LocationID, from old: CommitID?,
    to new: CommitID
  ) throws -> String? {
    var before: BatchHeader?
    var last: Int64 = 0
    if let old, let blob = try repository.lastBatch(of: location, at: old),
      let stored = BatchFile.decode(blob.bytes, name: blob.name)
    {
      last = stored.last
      if case .valid(let batch) = stored { before = batch.header }
    }
    let base = try old ?? repository.rootCommit()
    let listing = try repository.listBatches(of: location, from: base, to: new)
    if let oddity = listing.oddities.first { return oddity }
    // A push may bring millions of events: none is kept.
    let pushed = try repository.readBatches(listing.files) { blob in
      (name: blob.name, stored: BatchFile.decode(blob.bytes, name: blob.name)?.outline)
    }
    for (name, stored) in pushed {
      switch stored {
      case nil: return "\(name) is no batch"
      case .void(let void): return "\(void.file), line \(void.line): \(void.reason)"
      case .valid(let batch):
        let header = batch.header
        if let fault = fault(in: header, after: before, last) { return "\(name): \(fault)" }
        (before, last) = (header, header.last)
      }
    }
    return nil
  }

  private static func fault(
    in header: BatchHeader, after before: BatchHeader?, _ last: Int64
  ) -> String? {
    guard header.first == last + 1 else { return "the next number is \(last + 1)" }
    guard let before else { return nil }
    guard header.seen.covers(before.seen) else { return "seen goes down" }
    guard header.since.covers(before.since) else { return "since goes down" }
    guard header.at > before.at else { return "at is not after the batch before it" }
    return nil
  }

  /// Looks at a hub on this machine, the most basic things first. Changes nothing.
  ///
  /// - Parameter memory: how many bytes the machine has.
  package static func run(
    at path: String, environment: [String: String], memory: Int, found: (Finding) -> Void
  ) async {
    let clean = GitEnvironment(cleaning: environment)
    do {
      let repository = try LedgerRepository(path: path)
      _ = try repository.description()
      found(.fine("hub", path))
      await found(template(path, clean))
      let git = GitProgram(gitDirectory: path, environment: clean)
      found(
        try await git.check().map {
          .wrong(
            "objects", $0.split(separator: "\n").prefix(3).joined(separator: "; "),
            "Run ledger hub repair at the locations: their clones have everything.")
        } ?? .fine("objects", "git finds every object whole"))
      for finding in try log(repository, memory: memory) { found(finding) }
    } catch {
      found(.wrong("hub", "\(path): \(error)", "Name a ledger's hub on this machine."))
    }
  }

  private static func template(_ path: String, _ environment: GitEnvironment) async -> Finding {
    do {
      let address = try HubAddress(path, relativeTo: "/")
      let old = try await HubHost(address, environment: environment).outdatedFiles()
      return old.isEmpty
        ? .fine("hooks", "as this ledger makes them")
        : .wrong(
          "hooks", "\(old.joined(separator: ", ")) differ from those of this ledger",
          "Run ledger hub repair at a location, as the hub's owner.")
    } catch { return .wrong("hooks", "\(error)", "Look at that.") }
  }

  private static func log(_ repository: LedgerRepository, memory: Int) throws -> [Finding] {
    var findings: [Finding] = []
    let strange = try repository.heads(own: nil).strangeRefs
    if !strange.isEmpty {
      findings.append(
        .wrong(
          "refs", "\(strange.joined(separator: ", ")) belong to no ledger",
          "Nothing reads them; remove them with git update-ref -d."))
    }
    let replay = try repository.replayAll(own: nil, memory: memory)
    let faults = replay.problems.map { "\($0.subject): \($0.detail)" } + replay.oddities
    findings.append(
      faults.isEmpty
        ? .fine(
          "log",
          Count.text(replay.eventCount, "event") + " of "
            + Count.text(replay.heads.count, "location") + ", all whole")
        : .wrong("log", faults.prefix(5).joined(separator: "; "), "Look at what wrote that."))
    let heads = try repository.heads(own: nil).heads
    let main = try repository.mainHead()
    var lacking = 0
    for (location, head) in heads {
      lacking += try repository.listBatches(of: location, from: main, to: head).files.count
    }
    findings.append(
      lacking == 0
        ? .fine("main", "has every batch")
        : .fine("main", "lacks \(Count.text(lacking, "batch file")), which the next sync merges"))
    return findings
  }
}
