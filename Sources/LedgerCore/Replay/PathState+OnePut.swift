extension Event {
  /// The file that it put at a path; nil where it put none there.
  func put(at path: LibraryPath) -> FileFact? {
    switch fact {
    case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
      // A rename may have come from here.
      file.path == path ? file : nil
    default: nil
    }
  }
}

extension PathState {
  /// What `PathFold` makes of a path that one event alone put a file at, as most of a ledger are: there
  /// is nothing to delete, nothing older, and nothing that its cause could have put here before.
  init(of file: FileFact, putBy id: EventID, in context: ReplayContext) {
    let isRetired = context.isRetired(id.location)
    let name = context.identity.key(file.content)
    let copy = Copy(
      standing: .present(version: id), since: id, file: file, name: name, damage: nil)
    self.init(
      path: file.path,
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
