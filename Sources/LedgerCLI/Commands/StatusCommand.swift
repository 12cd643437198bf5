import ArgumentParser
import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerWorkflows

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say whether all is well, and what waits for a person.",
    discussion: "EXAMPLE: ledger status --check && echo all is well")

  @Flag(help: "End with status 3 if something waits for a person.")
  var check = false

  @Option(help: "As it was at a commit of main, or a time.")
  var at: String?

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let open = try common.open()
    let status: StatusReport
    if let at {
      let point = try ReplayCommand.point(at, in: open.repository)
      let past = try ReplayWorkflow.replay(
        open.repository, own: open.location, at: point, in: open.outside)
      let asked: Instant? = if case .instant(let instant) = point { instant } else { nil }
      status = try StatusWorkflow.past(past, at: asked)
    } else {
      try open.catchUp()
      status = try StatusWorkflow.run(open)
    }
    if common.json {
      put(status, open)
    } else {
      if status.isPast { print("As of \(InstantText.encode(status.now)):") }
      for line in StatusText(status).lines { print(line) }
    }
    if check, status.waits { throw ExitCode(ExitCodes.waits) }
  }

  private func put(_ status: StatusReport, _ open: OpenLocation) {
    var line = JSONLines.object("status")
    line.append("ledger", open.file.ledger)
    line.append("location", open.location.name)
    var paths = JSONObject()
    paths.append("home", open.paths.home)
    paths.append("clone", open.paths.clone)
    paths.append("cache", open.paths.cacheFile)
    paths.append("trash", open.paths.trash)
    paths.append("hooks", open.paths.hooks)
    line.append("paths", json: paths.bytes)
    line.append(
      "heads",
      .object(
        status.heads.sorted { $0.key < $1.key }
          .map { SettingEntry(key: $0.key, value: .string($0.value)) }))
    var counts = JSONObject()
    for condition in ["new", "partial", "synced", "lost", "deleting", "deleted", "conflict"] {
      let count = PathCondition(rawValue: condition).flatMap { status.counts[$0] } ?? 0
      counts.append(condition, Int64(count))
    }
    line.append("counts", json: counts.bytes)
    line.append("overdue", Int64(status.overdueCount))
    line.append("pending", array: status.pending.map { pending($0, status) })
    line.append(
      "attention",
      array: status.attention.map { item in
        var object = JSONObject()
        object.append("reason", item.reason)
        JSONLines.append(path: item.path, to: &object)
        object.append("detail", item.detail)
        return object.bytes
      })
    line.append("locations", array: status.locations.map { location($0) })
    JSONLines.put(line)
  }

  private func pending(_ entry: StatusReport.Pending, _ status: StatusReport) -> [UInt8] {
    var object = JSONObject()
    object.append("id", entry.deletion.id.description)
    object.append(path: entry.path)
    object.append("media", entry.deletion.file.media.rawValue)
    object.append("location", entry.deletion.id.location.name)
    object.append("at", InstantText.encode(entry.at))
    object.append("why", Text.pending(entry.reason, policy: status.policy))
    return object.bytes
  }

  private func location(_ location: StatusReport.Location) -> [UInt8] {
    var object = JSONObject()
    func list(_ media: Set<MediaType>) -> [[UInt8]] {
      media.sorted().map { JSONObject.quoted($0.rawValue) }
    }
    func instant(_ instant: Instant?) -> SettingValue {
      instant.map { .string(InstantText.encode($0)) } ?? .null
    }
    object.append("name", location.name.name)
    object.append("authoritative", array: list(location.settings.authoritative))
    object.append("keeps", array: list(location.settings.keeps))
    object.append("files", Int64(location.fileCount))
    object.append("bytes", location.byteCount)
    object.append("lastEvent", instant(location.lastEvent))
    object.append("lastScan", instant(location.lastScan))
    object.append("heard", instant(location.heardAt))
    object.append("unheard", location.unheardCount)
    object.append("retired", location.settings.isRetired)
    return object.bytes
  }
}
