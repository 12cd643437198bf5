import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What `ledger doctor` found of one thing.
package struct Finding: Sendable, Equatable {
  /// What was looked at, in a word.
  package let subject: String
  /// Whether it is as it should be.
  package let isFine: Bool
  /// How it is.
  package let detail: String
  /// What to do where it is not fine.
  package let hint: String

  /// Something that is as it should be.
  package static func fine(_ subject: String, _ detail: String) -> Finding {
    Finding(subject: subject, isFine: true, detail: detail, hint: "")
  }

  /// Something that is not.
  package static func wrong(_ subject: String, _ detail: String, _ hint: String) -> Finding {
    Finding(subject: subject, isFine: false, detail: detail, hint: hint)
  }
}

/// Looks at everything that a location rests on. Changes nothing.
package enum DoctorWorkflow {
  private static let leastFreeBytes: UInt64 = 256_000_000

  /// What there is to say, the most basic things first.
  ///
  /// - Parameter found: hears each as soon as it is known.
  package static func run(
    _ paths: LocationPaths, environment: [String: String], in outside: Surroundings,
    found: (Finding) -> Void
  ) async {
    found(lock(paths))
    let open: OpenLocation
    do {
      open = try OpenLocation(paths: paths, environment: environment, in: outside)
    } catch {
      return found(failed("state", error))
    }
    found(.fine("state", paths.state))
    do { found(try await place(open)) } catch { found(failed("place", error)) }
    found(attempt("marker") { try marker(open) })
    await found(clone(open))
    await found(hub(open))
    found(attempt("cache") { try cache(open) })
    found(attempt("clock") { try clock(open) })
    for (subject, folder) in [("space", paths.home), ("space for state", paths.state)] {
      found(space(subject, folder))
    }
    found(attempt("trash") { try trash(open) })
  }

  private static func attempt(_ subject: String, _ body: () throws -> Finding) -> Finding {
    do { return try body() } catch { return failed(subject, error) }
  }

  private static func failed(_ subject: String, _ error: any Error) -> Finding {
    switch error {
    case let error as WorkflowError: .wrong(subject, error.message, error.hint)
    case let error as GitProgramError: .wrong(subject, error.brief, "Run ledger doctor again.")
    default: .wrong(subject, "\(error)", "Look at that; no file was touched.")
    }
  }

  private static func lock(_ paths: LocationPaths) -> Finding {
    if let holder = LocationLock.holder(at: paths.lock) {
      return .fine("lock", "\(holder) runs here")
    }
    if StateFolder.exists(paths.execFile) {
      return .wrong(
        "lock", "free, but what a script did under ledger exec is not recorded yet",
        "Run ledger sync.")
    }
    return .fine("lock", "free")
  }

  private static func place(_ open: OpenLocation) async throws -> Finding {
    let isFolder = open.file.place == .folder
    if let fault = try open.mapFault(of: open.cache.context().settings) {
      return .wrong("place", fault.what, fault.advice + ".")
    }
    guard let fault = try await open.storageFault() else {
      return .fine(
        "place", open.paths.home + (isFolder ? "" : ", the home of \(open.file.place.text)"))
    }
    guard isFolder else {
      return .wrong(
        "place", fault, "Look at the account and the folder that \(open.file.place.text) means.")
    }
    return .wrong(
      "place", fault,
      "Mount its disk; if it moved for good, run ledger join \(open.file.hub) --as \(open.location) "
        + "--take-over at its new folder.")
  }

  private static func marker(_ open: OpenLocation) throws -> Finding {
    guard let last = try open.marker()?.last else {
      return .wrong("marker", "\(open.paths.marker) is missing", "Mount the disk.")
    }
    let recorded = try open.cache.numbers()[open.location]
    if try open.hasComeBack() {
      return .wrong(
        "marker",
        "this disk or its ledger came back from an older copy (event \(last) of \(recorded))",
        "Run ledger sync; nothing is taken for deleted until the files are back or you say so.")
    }
    if last > recorded {
      return .wrong(
        "marker", "the disk has seen event \(last), the clone only \(recorded)",
        "Run ledger sync with the hub in reach.")
    }
    return .fine("marker", "event \(last), as the clone has it")
  }

  private static func clone(_ open: OpenLocation) async -> Finding {
    do {
      guard let words = try await open.git.check() else {
        return .fine("clone", "git finds every object whole")
      }
      return .wrong(
        "clone", words.split(separator: "\n").prefix(3).joined(separator: "; "),
        "Run ledger doctor --repair: it fetches the clone again and keeps the old one.")
    } catch { return failed("clone", error) }
  }

  private static func hub(_ open: OpenLocation) async -> Finding {
    do {
      let streams = try await open.git.hubStreams()
      let own = try open.repository.heads(own: open.location).heads[open.location]
      guard let there = streams[open.location] else {
        return own == nil
          ? .fine("hub", open.file.hub)
          : .wrong("hub", "it has no stream of \(open.location)", "Run ledger sync.")
      }
      if there == own { return .fine("hub", "\(open.file.hub) has everything of \(open.location)") }
      if let own, isKnown(there, before: own, open) {
        return .wrong("hub", "it lacks what was recorded here last", "Run ledger sync.")
      }
      return .wrong(
        "hub",
        "it has events of \(open.location) that this clone lacks: this machine came back from "
          + "an older copy, or another one writes as \(open.location)", "Run ledger sync.")
    } catch let error as GitProgramError where error.kind == .unreachable {
      return .wrong(
        "hub", "\(open.file.hub) can't be reached: \(error.brief)",
        "Check the address, the network and the key; ledger sync --offline works without.")
    } catch { return failed("hub", error) }
  }

  private static func isKnown(
    _ old: CommitID, before own: CommitID, _ open: OpenLocation
  ) -> Bool {
    // A commit that is not here at all is an error to git, and here the answer.
    do { return try open.repository.isAncestor(old, of: own) } catch { return false }
  }

  private static func cache(_ open: OpenLocation) throws -> Finding {
    let replay = try open.repository.replayAll(own: open.location, memory: open.outside.memory)
    guard try open.cache.heads() == replay.heads else {
      return .fine("cache", "older than the log; the next run brings it up to date")
    }
    let report = try ReplayWorkflow.run(replay, comparing: open, progress: { _ in }, line: { _ in })
    guard report.cache == .differs else {
      return .fine("cache", "as the \(Count.text(report.eventCount, "event")) of the log say")
    }
    return .wrong(
      "cache", "it differs from the log at \(Count.text(report.differences)) paths",
      "Run ledger replay --rebuild.")
  }

  private static func clock(_ open: OpenLocation) throws -> Finding {
    let now = open.outside.clock.now()
    if let latest = try open.cache.latestInstant(), latest > now.advanced(milliseconds: 86_400_000)
    {
      return .wrong(
        "clock", "an event is dated \(InstantText.encode(latest)), more than a day ahead",
        "Check the clocks; nothing is decided by them.")
    }
    return .fine("clock", InstantText.encode(now))
  }

  private static func space(_ subject: String, _ folder: String) -> Finding {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else {
      return .wrong(subject, "\(folder): \(String(cString: strerror(errno)))", "Look at that disk.")
    }
    let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    let words = "\(Count.text(Int(free / 1_000_000))) MB free at \(folder)"
    return free >= leastFreeBytes
      ? .fine(subject, words)
      : .wrong(
        subject, words, "Make room: without it nothing can be recorded, and nothing is done.")
  }

  private static func trash(_ open: OpenLocation) throws -> Finding {
    let entries = try open.storage.trashEntries()
    return .fine("trash", "\(Count.files(entries.count)) that ledger restore can bring back")
  }
}
