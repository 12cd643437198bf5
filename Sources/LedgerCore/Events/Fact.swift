/// A file that a fact is about, as it was when the fact was recorded.
package struct FileFact: Hashable, Sendable {
  /// Where it is or was.
  package let path: LibraryPath
  /// How it was classed.
  package let media: MediaType
  /// The bytes that are there, or that were.
  package let content: Content
  /// When it was modified, where that is known.
  package let modified: FileTime?

  /// A file at a path.
  package init(
    path: LibraryPath, media: MediaType, content: Content, modified: FileTime? = nil
  ) {
    self.path = path
    self.media = media
    self.content = content
    self.modified = modified
  }
}

/// What happened, in the past tense. `format.md` calls this an event's type.
package enum Fact: Hashable, Sendable {
  /// A file is here that was not.
  case added(FileFact)
  /// Other bytes under the same path; `previous` is what they replace at this location.
  case changed(FileFact, previous: Digest)
  /// The same bytes moved here from `from`.
  case renamed(FileFact, from: LibraryPath)
  /// The file is gone, and without a cause it goes everywhere; `asks`: the location only proposes.
  case deleted(FileFact, asks: Bool)
  /// The file is gone from this location only.
  case pruned(FileFact)
  /// A person brought the file back on purpose.
  case restored(FileFact)
  /// The bytes no longer match although nobody wrote them; `found` is the digest of what is there.
  case damaged(FileFact, found: Digest)
  /// Digests of the same bytes, computed by a location that has them.
  case identified(Content)
  /// A person's yes to pending deletions.
  case approved([EventID])
  /// A person's no to pending deletions.
  case rejected([EventID])
  /// A person's decision on a conflict of contents; nil keeps none.
  case resolved(LibraryPath, keep: Digest?)
  /// Settings of a location that change; the writer's own unless named.
  case declared(LocationID?, [SettingEntry])
  /// Settings of the whole ledger that change.
  case configured([SettingEntry])
  /// A type that this version doesn't know, with the paths that it names.
  case unknown(type: String, paths: [LibraryPath])

  /// The type's name in events.
  package var type: String {
    switch self {
    case .added: "added"
    case .changed: "changed"
    case .renamed: "renamed"
    case .deleted: "deleted"
    case .pruned: "pruned"
    case .restored: "restored"
    case .damaged: "damaged"
    case .identified: "identified"
    case .approved: "approved"
    case .rejected: "rejected"
    case .resolved: "resolved"
    case .declared: "declared"
    case .configured: "configured"
    case .unknown(let type, _): type
    }
  }

  /// The file that the fact is about, if it is about one.
  package var file: FileFact? {
    switch self {
    case .added(let file), .changed(let file, _), .renamed(let file, _), .deleted(let file, _),
      .pruned(let file), .restored(let file), .damaged(let file, _):
      file
    case .identified, .approved, .rejected, .resolved, .declared, .configured, .unknown: nil
    }
  }

  /// Every path that the fact names, the source of a rename last.
  package var paths: [LibraryPath] {
    switch self {
    case .renamed(let file, let from): [file.path, from]
    case .resolved(let path, _): [path]
    case .unknown(_, let paths): paths
    default: file.map { [$0.path] } ?? []
    }
  }

  /// The first path that the fact names; where a rename went.
  package var path: LibraryPath? {
    switch self {
    case .resolved(let path, _): path
    case .unknown(_, let paths): paths.first
    default: file?.path
    }
  }

  /// The further paths that the fact names, each once: the source of a rename.
  package var otherPaths: [LibraryPath] {
    switch self {
    case .renamed(let file, let from): from == file.path ? [] : [from]
    case .unknown(_, let paths):
      paths.indices.dropFirst().filter { !paths[..<$0].contains(paths[$0]) }.map { paths[$0] }
    default: []
    }
  }
}
