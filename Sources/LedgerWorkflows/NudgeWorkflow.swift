import LedgerCore
import LedgerFormat
import LedgerHooks
import LedgerStorage

/// Tells others on this machine what a run did: Plex, and the person's own hooks. What they do, or fail
/// to do, changes nothing here.
package struct NudgeWorkflow {
  private let open: OpenLocation
  private let environment: [String: String]
  private let changed: [ChangedPath]

  /// After a run at a location. Its lock should be free by then, as a hook may want it.
  package init(_ open: OpenLocation, _ report: SyncReport, environment: [String: String]) {
    self.open = open
    self.environment = environment
    changed = ChangedPath.all(in: report)
  }

  /// Tells them.
  ///
  /// - Parameters:
  ///   - isSync: whether the run was a sync.
  ///   - summary: the summary of the run, as `--json` prints it.
  /// - Returns: what went wrong.
  package func run(_ report: SyncReport, isSync: Bool, summary: [UInt8]) async -> [Attention] {
    // A hook that runs ledger would be its own cause.
    guard environment[Hook.variable] == nil else { return [] }
    var found: [Attention] = []
    if !changed.isEmpty {
      if let plex = open.file.plex, let words = await refresh(plex, report) {
        found.append(Attention(reason: "plex", path: [], detail: words, waits: false))
      }
      found += await run(.afterApply, summary)
    }
    if isSync { found += await run(.afterSync, summary) }
    return found
  }

  private func run(_ moment: Hook.Moment, _ summary: [UInt8]) async -> [Attention] {
    guard let hook = Hook(moment, in: open.paths.hooks) else { return [] }
    var input = JSONObject()
    input.append("kind", "hook")
    input.append("hook", moment.rawValue)
    input.append("ledger", open.file.ledger)
    input.append("location", open.location.name)
    input.append("home", open.paths.home)
    input.append("summary", json: summary)
    input.append("changed", array: changed.map { $0.json(by: open.file.map) })
    let seconds = environment["LEDGER_HOOK_SECONDS"].flatMap { Double($0) } ?? 300
    let words = await hook.run(
      input: input.bytes + [UInt8(ascii: "\n")], environment: environment, home: open.paths.home,
      seconds: seconds)
    return words.map { [Attention(reason: "hook", path: [], detail: $0, waits: false)] } ?? []
  }

  // Plex may forget what it does not find just now: it is asked only where the disk is as it should be.
  private func refresh(_ plex: PlexSettings, _ report: SyncReport) async -> String? {
    guard !report.isUnhealthy, report.halts.isEmpty else {
      return "not told of what changed, as the scan was halted; its next scan of its own finds it"
    }
    do throws(PlexError) {
      let server = try PlexWorkflow.server(plex, environment: environment)
      let sections = try await server.sections()
      let refreshes = plexRefreshes(
        of: folders, root: Array((plex.root ?? open.paths.home).utf8), in: sections)
      guard !refreshes.isEmpty else {
        return "none of its libraries is at \(plex.root ?? open.paths.home); ledger plex shows them"
      }
      for refresh in refreshes { try await server.refresh(refresh) }
      guard plex.emptiesTrash, report.unknownCount == 0 else { return nil }
      // A library may have folders on other disks, of which nobody here knows whether they are mounted.
      let touched = Set(refreshes.map(\.section))
      let root = Array((plex.root ?? open.paths.home).utf8)
      let whole = sections.filter { touched.contains($0.key) && $0.isWithin(root) }
      for section in whole.map(\.key).sorted() {
        try await server.emptyTrash(ofSection: section)
      }
      return nil
    } catch {
      return "not told of what changed: \(error.description)"
    }
  }

  // The folders that something went from or came to; where one is gone, the next that is there.
  private var folders: Set<[UInt8]> {
    var folders: Set<[UInt8]> = []
    for path in changed.flatMap(\.paths) {
      var folder = Array(open.file.map.place(of: path).folder)
      while !folder.isEmpty, !StateFolder.isFolder("\(open.paths.home)/", folder) {
        folder = folder.lastIndex(of: UInt8(ascii: "/")).map { Array(folder[..<$0]) } ?? []
      }
      folders.insert(folder)
    }
    return folders
  }
}

/// A file that a run moved.
private struct ChangedPath {
  let action: String
  let path: LibraryPath
  var from: LibraryPath?

  var paths: [LibraryPath] { [path] + (from.map { [$0] } ?? []) }

  func json(by map: PathMap) -> [UInt8] {
    var object = JSONObject()
    object.append("action", action)
    object.append(path: path)
    if let from { object.append("from", from.description) }
    if !map.isNone { object.append("place", map.place(of: path).description) }
    return object.bytes
  }

  static func all(in report: SyncReport) -> [ChangedPath] {
    let steps = report.planned.filter { $0.isDone == true }.map { step in
      switch step.action {
      case .trash(let path, _, _, _): ChangedPath(action: "trash", path: path)
      case .rename(let path, let to, _, _): ChangedPath(action: "rename", path: to, from: path)
      case .putBack(let path, _, _, _, _): ChangedPath(action: "restore", path: path)
      case .fetch(let path, _, _, _): ChangedPath(action: "fetch", path: path)
      }
    }
    return steps
      + report.prunes.filter { $0.isDone == true }
      .map { ChangedPath(action: "prune", path: $0.step.path) }
  }
}
