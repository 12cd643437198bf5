import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerWorkflows

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Fold the whole log afresh and compare it with the cache.",
    discussion: """
      Two clones with the same events print the same fingerprint. Exit status 2: the cache differs.

      EXAMPLE: ledger replay --repo /srv/photos.git --dump
      """)

  @Option(help: "Replay this clone or hub, with no location at hand.")
  var repo: String?

  @Option(help: "Replay up to a commit of main, or a time.")
  var at: String?

  @Flag(help: "Replace a cache that differs.")
  var rebuild = false

  @Flag(help: "Print the state, a line a path, the fingerprint last.")
  var dump = false

  @OptionGroup var common: CommonOptions

  func run() async throws {
    var repository: LedgerRepository
    var open: OpenLocation?
    var lock: LocationLock?
    if let repo {
      let path = repo.hasPrefix("/") ? repo : "\(common.start)/\(repo)"
      repository = try checkedLedger(path)
    } else {
      let here = try common.open()
      if rebuild { lock = try here.takeLock() }
      repository = here.repository
      open = here
    }
    // A cache that is only behind is no difference.
    if let open, at == nil, try !open.cache.heads().isEmpty { try open.catchUp() }
    let point = try at.map { try Self.point($0, in: repository) } ?? .now
    let outside = CommonOptions.surroundings()
    let replay = try ReplayWorkflow.replay(
      repository, own: open?.location, at: point, in: outside)
    let comparing: OpenLocation? = at == nil ? open : nil
    // The lines themselves tell how far it is.
    let progress = dump ? { _ in } : outside.progress
    let dumps = dump
    var report = try ReplayWorkflow.run(replay, comparing: comparing, progress: progress) {
      if dumps { Terminal.put($0) }
    }
    // What stood at another time is no cache.
    if rebuild, let comparing, report.cache != .matches {
      try comparing.rebuildCache(from: replay)
      report = try ReplayWorkflow.run(
        replay, comparing: comparing, progress: outside.progress, line: { _ in })
    }
    outside.progress(.done)
    if common.json { put(report) } else { say(report) }
    withExtendedLifetime(lock) {}
    if report.cache == .differs { throw ExitCode(ExitCodes.differs) }
  }

  private func checkedLedger(_ path: String) throws -> LedgerRepository {
    do {
      let repository = try LedgerRepository(path: path)
      _ = try LedgerDescription(try repository.description())
      return repository
    } catch {
      throw WorkflowError(
        .notALedger, "\(path) is no ledger.", hint: "Name a hub or a clone of it.")
    }
  }

  /// A commit of `main`, by 7 or more of its digits, or a time that a person typed.
  static func point(_ text: String, in repository: LedgerRepository) throws -> ReplayPoint {
    let isCommit = text.utf8.count >= 7 && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    guard isCommit else {
      let now = CommonOptions.surroundings().clock.now()
      guard let instant = try? Moment.parse(text, now: now) else {
        throw WorkflowError(
          .usage, "\(text.debugDescription) is no time, and no commit.",
          hint: "Give 2026-11-23, an instant, 3d, or a commit of main by 7 or more of its digits.")
      }
      return .instant(min(instant, now))
    }
    guard let commit = try repository.commit(beginning: text.lowercased()) else {
      throw WorkflowError(
        .notFound, "There is no commit \(text) here. Nothing was replayed.",
        hint: "Name a commit of main, as git log in a clone of the hub shows them, or a time.")
    }
    return .commit(commit)
  }

  private func put(_ report: ReplayReport) {
    var line = JSONLines.object("replay")
    line.append(
      "heads",
      .object(
        report.heads.sorted { $0.key < $1.key }
          .map { SettingEntry(key: $0.key, value: .string($0.value)) }))
    line.append("events", Int64(report.eventCount))
    line.append("paths", Int64(report.pathCount))
    line.append("fingerprint", report.fingerprint.description)
    line.append("cache", report.cache.rawValue)
    line.append("differences", Int64(report.differences))
    line.append("seconds", json: JSONLines.seconds(report.seconds))
    JSONLines.put(line)
  }

  private func say(_ report: ReplayReport) {
    for problem in report.problems { Terminal.complain("problem: \(problem)") }
    let cache =
      switch report.cache {
      case .matches: "the cache matches"
      case .differs: "the cache differs at \(report.differences) paths: ledger replay --rebuild"
      case .absent: "no cache to compare"
      }
    if !dump {
      print(
        "\(Text.count(report.eventCount)) events, \(Text.count(report.pathCount)) paths; \(cache)")
    }
    print(report.fingerprint)
  }
}
