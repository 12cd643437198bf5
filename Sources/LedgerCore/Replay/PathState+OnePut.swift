extension PathHistory {
  /// The one event that names the path, where it put a file there: what most paths of a ledger are.
  var onlyPut: (event: HistoryEvent, file: FileFact)? {
    guard events.count == 1 else { return nil }
    switch events[0].event.fact {
    case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
      // A rename may have come from here.
      return file.path == path ? (events[0], file) : nil
    default: return nil
    }
  }
}

extension PathState {
  /// What `PathFold` makes of a path that one event alone put a file at: there is nothing to delete,
  /// nothing older, and nothing that its cause could have put here before.
  init(
    of put: (event: HistoryEvent, file: FileFact), at path: LibraryPath, in context: ReplayContext
  ) {
    let (id, file) = (put.event.id, put.file)
    let isRetired = context.isRetired(id.location)
    let name = context.identity.key(file.content)
    let copy = Copy(
      standing: .present(version: id), since: id, file: file, name: name, damage: nil)
    self.init(
      path: path,
      condition: isRetired
        ? .lost : context.isKept(file.media, onlyAt: id.location) ? .synced : .new,
      media: file.media,
      heads: isRetired ? [] : [Head(version: id, content: name, file: file)],
      deletions: [:],
      copies: isRetired ? [:] : [id.location: copy],
      copyStates: isRetired ? [:] : [id.location: .present],
      applying: [:],
      conflicts: [])
  }
}
