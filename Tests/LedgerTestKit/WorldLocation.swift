package import LedgerCore

/// A file on a disk of the world.
package struct WorldFile: Hashable, Sendable {
  package var content: Content
  package var inode: UInt64
}

/// A location of the world: a disk, a clone, a clock and a trash, all in memory.
package struct WorldLocation: Sendable {
  package struct TrashEntry: Hashable, Sendable {
    package var file: TrashedFile
  }

  package let id: LocationID
  package var disk: [LibraryPath: WorldFile] = [:]
  package var stamps: [LibraryPath: FileStamp] = [:]
  package var trash: [TrashedFile] = []
  /// The batches that the clone has, the own stream too.
  package var clone: [StoredBatch] = []
  package var pushed = 0
  package var clockOffset: Int64
  package var held: Set<EventID> = []
  package var hasSynced = false
  package var lastScanSeen = Seen.nothing
  package var nextInode: UInt64 = 1

  package init(id: LocationID, clockOffset: Int64) {
    self.id = id
    self.clockOffset = clockOffset
  }

  /// The own stream, in sequence.
  package var own: [StoredBatch] { clone.filter { $0.location == id } }

  /// The contents in reach: on the disk or in the trash.
  package var contents: Set<Content> {
    Set(disk.values.map(\.content)).union(trash.map(\.content))
  }

  /// Puts a file on the disk as a new inode, over whatever is there.
  package mutating func write(_ content: Content, at path: LibraryPath) {
    disk[path] = WorldFile(content: content, inode: nextInode)
    nextInode += 1
  }

  func observe() -> Observation {
    let files = disk.keys.sorted().compactMap { path in
      disk[path].map { file in
        ObservedFile(
          path: path, content: file.content, stamp: stamp(of: file), wasHashed: true,
          diskBytes: nil)
      }
    }
    return Observation(files: files, unknown: [], ignored: [], isComplete: true)
  }

  private func stamp(of file: WorldFile) -> FileStamp {
    let time = FileTime(seconds: 0, nanoseconds: 0)
    return FileStamp(
      byteCount: file.content.byteCount, modified: time, changed: time, inode: file.inode,
      device: 1)
  }
}
