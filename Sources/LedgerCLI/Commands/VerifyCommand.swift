import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerWorkflows

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read files again, the oldest check first, and find damage.",
    discussion: """
      What was read counts from then on, so that runs with --limit go through the whole library one \
      after the other. A damaged file is recorded as such and makes no version; nothing is moved. \
      Exit status 2: something is damaged; 6: some files could not be read.

      EXAMPLE: ledger verify --limit 50G --older-than 90d
      """)

  @Option(help: "Only files last read before 90d ago, 2026-11-23, or an instant.")
  var olderThan: String?

  @Option(help: "Stop before more than this is read: 500M, 50G, or bytes.")
  var limit: String?

  @Argument(help: "Files or folders of the library; all by default.")
  var paths: [String] = []

  @OptionGroup var waiting: LockOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let (open, lock) = try common.openLocked(waiting)
    defer { withExtendedLifetime(lock) {} }
    var request = VerifyWorkflow.Request()
    request.names = paths
    request.before = try olderThan.map { try Moment.parse($0, now: open.outside.clock.now()) }
    request.byteLimit = try limit.map { try ByteCount.parse($0) }
    var workflow = VerifyWorkflow(open, request)
    let report = try await workflow.run()
    if common.json { put(report) } else { say(report) }
    if !report.damaged.isEmpty { throw ExitCode(ExitCodes.differs) }
    if !report.unreadable.isEmpty { throw ExitCode(ExitCodes.unreadable) }
  }

  private func say(_ report: VerifyWorkflow.Report) {
    for damaged in report.damaged {
      let names = damaged.holders.map(\.name).joined(separator: ", ")
      let whole =
        names.isEmpty
        ? "No other location holds the right bytes; look for them in backups and in trashes."
        : "The right bytes are at \(names)."
      Terminal.complain(
        "damaged: \(Terminal.printable(damaged.path.bytes)): nobody wrote to it, and its bytes are "
          + "not those that were recorded. Nothing was moved. \(whole)")
    }
    for file in report.unreadable {
      Terminal.complain("unreadable: \(Terminal.printable(file.path.bytes)): \(file.why)")
    }
    if !report.changed.isEmpty {
      print(
        "\(Text.files(report.changed.count)) changed since the last scan: ledger sync records that first."
      )
    }
    let whole = report.count - report.damaged.count
    let isWell = report.damaged.isEmpty && report.unreadable.isEmpty
    print(
      "\(isWell ? "All is well" : "Not all is well"): read \(Text.files(report.count)) (\(Text.bytes(report.byteCount))), "
        + "\(Text.count(whole)) whole, \(Text.count(report.damaged.count)) damaged.")
    if report.leftCount > 0 {
      print("\(Text.files(report.leftCount)) left for the next ledger verify.")
    }
  }

  private func put(_ report: VerifyWorkflow.Report) {
    for event in report.recorded { Terminal.put(JSONLines.event(event)) }
    for damaged in report.damaged {
      var line = JSONLines.object("damaged")
      line.append(path: damaged.path)
      line.append("content", damaged.content.digest.description)
      line.append("found", damaged.found.digest.description)
      line.append("locations", .array(damaged.holders.map { .string($0.name) }))
      JSONLines.put(line)
    }
    for file in report.unreadable {
      JSONLines.put(
        JSONLines.attention(
          Attention(reason: "unreadable", path: file.path.bytes, detail: file.why, waits: false)))
    }
    var line = JSONLines.object("verify")
    line.append("files", Int64(report.count))
    line.append("bytes", report.byteCount)
    line.append("damaged", Int64(report.damaged.count))
    line.append("changed", Int64(report.changed.count))
    line.append("unreadable", Int64(report.unreadable.count))
    line.append("left", Int64(report.leftCount))
    JSONLines.put(line)
  }
}

/// A number of bytes that a person typed.
enum ByteCount {
  /// Parses `500`, `500M`, `50G`, `2T`: powers of 1,000, as sizes are printed.
  static func parse(_ text: String) throws -> Int64 {
    guard let bytes = SettingValue.string(text).byteCount else {
      throw WorkflowError(
        .usage, "\(text.debugDescription) is no size.", hint: "Give bytes, 500M, 50G or 2T.")
    }
    return bytes
  }
}
