import LedgerCache
import LedgerCore
import LedgerWorkflows

extension ListCommand {
  /// Prints what a location lacks and should have, of what another one has where that is asked for.
  func listWanted(
    _ open: OpenLocation, at wanting: LocationID, from place: LocationID?,
    under prefixes: [LibraryPath]
  ) throws {
    try open.catchUp()
    let context = try open.cache.context()
    try check(wanting, context)
    try check(place, context)
    var wanted: [PathState] = []
    // Nothing else is wanted anywhere; most of a library is synced.
    for condition in [PathCondition.new, .partial] {
      try open.cache.paths(condition: condition, under: prefixes) { state in
        guard state.isWanted(at: wanting, in: context) else { return }
        if let place {
          guard let copy = state.copies[place], copy.version != nil, !copy.isDamaged,
            state.heads.contains(where: { $0.content == copy.name })
          else { return }
        }
        wanted.append(state)
      }
    }
    var untold = 0
    for state in wanted.sorted(by: { $0.path < $1.path }) {
      if json {
        show(state, context, isOverdue: false)
        continue
      }
      let name = try open.spelling(of: state.path)
      if nul {
        Terminal.put(name + [0])
      } else if Self.fitsLine(name) {
        Terminal.put(name + [UInt8(ascii: "\n")])
      } else {
        untold += 1
      }
    }
    let map = context.settings.map(of: wanting)
    if !wanted.isEmpty, map != open.file.map {
      Terminal.complain(
        "\(wanting) has its files under other folders than this place: where these paths are copied as "
          + "they are, it takes them for others; have it fetch them (fetch-from), or map them.")
    }
    guard untold > 0 else { return }
    Terminal.complain(
      "\(Text.files(untold)) left out, whose names a list of lines can't tell; -0 lists all.")
  }

  // As rsync and rclone read lists: a line each, and comments.
  private static func fitsLine(_ name: [UInt8]) -> Bool {
    !name.contains(UInt8(ascii: "\n")) && !name.contains(UInt8(ascii: "\r"))
      && name.first != UInt8(ascii: "#") && name.first != UInt8(ascii: ";")
  }

  private var json: Bool { common.json }
}
