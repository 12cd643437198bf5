import LedgerCache
package import LedgerCore
import LedgerStorage

/// `ledger explain` of what the ledger has never heard of.
package enum ExplainWorkflow {
  /// Why no event names a path, as far as this place can tell.
  ///
  /// - Parameter folder: where the person is.
  package static func unheard(
    of path: LibraryPath, from folder: String, _ open: OpenLocation
  ) throws -> WorkflowError {
    let fromHere = LibraryPath(diskBytes: Array(open.libraryName("\(folder)/\(path)").utf8))
    if let fromHere, fromHere != path, try open.cache.state(of: fromHere) != nil {
      return WorkflowError(
        .notFound, "No event names \(path): names begin at \(open.paths.home).",
        hint: "Did you mean ledger explain \(ShellWord.quote(fromHere.bytes))?")
    }
    var below = 0
    try open.cache.paths(under: [path]) { _ in below += 1 }
    if below > 0 {
      let name = ShellWord.quote(path.bytes)
      return WorkflowError(
        .notFound, "\(path) is a folder, with \(below) paths that the ledger knows.",
        hint: "Name one of its files; ledger ls \(name) lists them.")
    }
    let meant = open.file.map.path(at: path)
    if let meant, meant != path, try open.cache.state(of: meant) != nil {
      return WorkflowError(
        .notFound, "No event names \(path), which is where \(open.location) has \(meant).",
        hint: "Did you mean ledger explain \(ShellWord.quote(meant.bytes))?")
    }
    let place = open.file.map.place(of: path)
    guard StateFolder.exists("\(open.paths.home)/\(place)") else {
      return WorkflowError(
        .notFound, "No event names \(path), and there is no such file at \(open.location).",
        hint: "Give a file relative to the location's folder, \(open.paths.home); "
          + "ledger ls lists what is known.")
    }
    return WorkflowError(
      .notFound, "No event names \(path), although it is there at \(open.location).",
      hint: "If it is new, ledger sync records it. If it stays unrecorded, the ignore rules leave "
        + "it out, or ledger sync says why it can't be read.")
  }
}
