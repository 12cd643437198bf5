/// A library of a Plex server: its key there and its folders as the server names them.
package struct PlexSection: Hashable, Sendable {
  /// The key that its addresses have.
  package let key: String
  /// What people call it.
  package let title: String
  /// Its folders, as bytes.
  package let folders: [[UInt8]]

  /// A library.
  package init(key: String, title: String, folders: [[UInt8]]) {
    (self.key, self.title, self.folders) = (key, title, folders)
  }

  /// Whether all its folders are a folder as the server names it, or in it.
  package func isWithin(_ folder: [UInt8]) -> Bool {
    let outer = PlexSection(key: key, title: title, folders: [folder])
    return folders.allSatisfy { outer.holds($0) }
  }

  /// Whether a folder as the server names it is one of the library's or in one.
  package func holds(_ folder: [UInt8]) -> Bool {
    folders.contains { own in
      let own = Array(own.reversed().drop { $0 == UInt8(ascii: "/") }.reversed())
      return folder.starts(with: own)
        && (folder.count == own.count || folder[own.count] == UInt8(ascii: "/"))
    }
  }
}

/// A folder that a library of a Plex server is to look at again.
package struct PlexRefresh: Hashable, Sendable {
  /// The library's key.
  package let section: String
  /// The folder as the server names it.
  package let folder: [UInt8]
}

/// Which folders a Plex server is to look at again: those that were touched, each in every library that
/// holds it. One inside another one goes with that.
///
/// - Parameters:
///   - folders: the folders that were touched, relative to the root; empty for the root itself.
///   - root: the root as the server names it.
/// - Returns: by library, then by folder.
package func plexRefreshes(
  of folders: Set<[UInt8]>, root: [UInt8], in sections: [PlexSection]
) -> [PlexRefresh] {
  let slash = UInt8(ascii: "/")
  let base = Array(root.reversed().drop { $0 == slash }.reversed())
  let outermost = folders.filter { folder in
    !folders.contains { other in
      other != folder
        && (other.isEmpty || (folder.starts(with: other) && folder[other.count] == slash))
    }
  }
  let named = outermost.map { $0.isEmpty ? base : base + [slash] + $0 }
    .sorted { $0.lexicographicallyPrecedes($1) }
  return sections.sorted { $0.key < $1.key }.flatMap { section in
    named.filter { section.holds($0) }.map { PlexRefresh(section: section.key, folder: $0) }
  }
}
