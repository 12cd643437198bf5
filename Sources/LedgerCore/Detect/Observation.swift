/// A file as one scan saw it, with its bytes known.
package struct ObservedFile: Hashable, Sendable {
  /// Its key.
  package let path: LibraryPath
  /// Its digests and size.
  package let content: Content
  /// Size, times and inode, for the next quick check and for matching renames.
  package let stamp: FileStamp
  /// Whether its bytes were read in this scan, rather than believed from the last one.
  package let wasHashed: Bool
  /// The name as the disk spells it, where that is not the key.
  package let diskBytes: [UInt8]?

  /// A file that a scan saw.
  package init(
    path: LibraryPath, content: Content, stamp: FileStamp, wasHashed: Bool, diskBytes: [UInt8]?
  ) {
    self.path = path
    self.content = content
    self.stamp = stamp
    self.wasHashed = wasHashed
    self.diskBytes = diskBytes
  }
}

/// What a file system says of a file without reading it: the quick check compares all of it.
package struct FileStamp: Hashable, Sendable {
  /// Size in bytes.
  package let byteCount: Int64
  /// When its bytes were last modified.
  package let modified: FileTime
  /// When its inode last changed, which programs can't set; `modified` where there is none.
  package let changed: FileTime
  /// The inode; 0 where the storage has none.
  package let inode: UInt64
  /// The device; 0 where the storage has none.
  package let device: UInt64

  /// A stamp.
  package init(
    byteCount: Int64, modified: FileTime, changed: FileTime, inode: UInt64, device: UInt64
  ) {
    self.byteCount = byteCount
    self.modified = modified
    self.changed = changed
    self.inode = inode
    self.device = device
  }

  /// Whether its times are of FAT's kind: no time of change of its own, and in steps of two seconds
  /// or, as exFAT has them, of ten milliseconds.
  package var isCoarse: Bool {
    changed == modified && modified.nanoseconds % 10_000_000 == 0
  }

  /// Whether the inodes of two stamps of one path say nothing of whether it is the same file.
  ///
  /// A new file has a new time of change. But a file system without inodes of its own, as FAT, numbers
  /// the same files anew at each mount, and a number that another file had would make a rename.
  package func isRenumbered(_ other: FileStamp) -> Bool {
    if isCoarse && other.isCoarse { return true }
    return byteCount == other.byteCount && modified == other.modified && changed == other.changed
  }
}

/// What the last scan knew of a file: the quick check's side of the cache.
package struct KnownFile: Hashable, Sendable {
  /// Its key.
  package let path: LibraryPath
  /// Its digests and size.
  package let content: Content
  /// Its stamp when it was hashed.
  package let stamp: FileStamp
  /// When the scan that hashed it began. A file modified in that tick is hashed again (git's racy
  /// index).
  package let hashedAt: FileTime
  /// The name as the disk spells it, where that is not the key.
  package let diskBytes: [UInt8]?

  /// A file that the last scan knew.
  package init(
    path: LibraryPath, content: Content, stamp: FileStamp, hashedAt: FileTime, diskBytes: [UInt8]?
  ) {
    self.path = path
    self.content = content
    self.stamp = stamp
    self.hashedAt = hashedAt
    self.diskBytes = diskBytes
  }
}

/// What a scan could not see: never gone.
package struct UnknownPath: Hashable, Sendable, Comparable {
  /// A file's or a folder's path as the disk spells it, without a closing `/`; empty for the root.
  package let diskBytes: [UInt8]
  /// Why, for people: an errno's text, `still changing`, `name-collision` …
  package let detail: String
  /// What kind of trouble it is.
  package let reason: Reason
  /// The paths of the library at or below which everything is unknown; an empty one is all.
  package let hidden: [[UInt8]]

  /// What kinds of trouble there are.
  package enum Reason: String, Hashable, Sendable {
    /// It could not be listed, opened or read.
    case unreadable
    /// It was modified within the last seconds or while it was hashed: left for the next scan.
    case unsettled
    /// Two names with one key: both left alone.
    case nameCollision
    /// A complete listing lacks it for the first time, and may leave files out: the next one tells.
    case missingOnce
    /// It is missing, and may be what was moved out of the place's map.
    case outsideMap
  }

  /// A path that could not be seen, and what of the library is there.
  package init(diskBytes: [UInt8], reason: Reason, detail: String, hiding hidden: [[UInt8]]) {
    self.diskBytes = diskBytes
    self.reason = reason
    self.detail = detail
    self.hidden = hidden
  }

  /// Byte order of the paths.
  package static func < (left: UnknownPath, right: UnknownPath) -> Bool {
    left.diskBytes.lexicographicallyPrecedes(right.diskBytes)
  }
}

/// What one scan saw, with what it could not see.
package struct Observation: Sendable {
  /// The files, by the order of their paths.
  package var files: [ObservedFile]
  /// What could not be seen, in order. Everything at or below these paths is unknown.
  package var unknown: [UnknownPath]
  /// Paths that are on the disk but are no files of the library: ignored by a rule, or no regular
  /// files. Never gone, as a change of rules is no deletion.
  package var ignored: [LibraryPath]
  /// Whether every folder was listed to its end, so that what is missing may be called gone.
  package var isComplete: Bool

  /// What a scan saw.
  package init(
    files: [ObservedFile], unknown: [UnknownPath], ignored: [LibraryPath], isComplete: Bool
  ) {
    self.files = files
    self.unknown = unknown
    self.ignored = ignored
    self.isComplete = isComplete
  }
  /// What was seen at a path; nil where nothing was.
  package func file(at path: LibraryPath) -> ObservedFile? {
    var low = 0
    var high = files.count
    while low < high {
      let middle = (low + high) / 2
      if files[middle].path < path { low = middle + 1 } else { high = middle }
    }
    return low < files.count && files[low].path == path ? files[low] : nil
  }
}
