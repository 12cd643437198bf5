extension PathState {
  /// What `PathFold` makes of a path that one event alone put a file at, as most of a ledger are: there
  /// is nothing to delete, nothing older, and nothing that its cause could have put here before. Nil where
  /// the only event that names the path put no file there.
  init?(of event: Event, at path: LibraryPath, in context: ReplayContext) {
    switch event.fact {
    case .added(let file), .changed(let file, _), .restored(let file), .renamed(let file, _):
      // A rename may have come from here.
      guard file.path == path else { return nil }
      self.init(of: file, putBy: event.id, in: context)
    default: return nil
    }
  }

  private init(of file: FileFact, putBy id: EventID, in context: ReplayContext) {
    let isRetired = context.isRetired(id.location)
    let name = context.identity.key(file.content)
    let copy = Copy(
      standing: .present(version: id), since: id, file: file, name: name, damage: nil)
    self.init(
      path: file.path,
      condition: isRetired
        ? .lost : context.isKept(file.media) { $0 == id.location } ? .synced : .new,
      media: file.media,
      heads: isRetired ? [] : [Head(version: id, content: name, file: file)],
      deletions: [:],
      copies: isRetired ? [:] : [id.location: copy],
      copyStates: isRetired ? [:] : [id.location: .present],
      applying: [:],
      conflicts: [])
  }
}
