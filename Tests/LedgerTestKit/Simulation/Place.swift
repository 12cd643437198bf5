package import LedgerCore

/// A file on a simulated disk.
package struct PlaceFile: Hashable, Sendable {
  /// Its bytes.
  package var content: Content
  /// Its inode; a new one for each writing.
  package var inode: UInt64
}

/// What a machine keeps of a location outside the disk: all of it is lost or restored at once.
package struct PlaceMemory: Sendable {
  /// The clone.
  package var replica = Replica()
  /// The own batches that the hub is known to have.
  package var pushedCount = 0
  /// The quick-check facts.
  package var stamps: [LibraryPath: FileStamp] = [:]
  /// The deletions that were held.
  package var held: Set<EventID> = []
  /// Whether a sync was finished.
  package var hasSynced = false
  /// What was seen at the last complete scan.
  package var scannedSeen = Seen.nothing
  /// Whether disk or machine came back from an older copy, and no scan has shown since that nothing is
  /// missing.
  package var cameBack = false
  /// Up to which own event companions have followed.
  package var companionsDone: Int64 = 0
}

/// What is on a disk.
package struct PlaceDisk: Equatable, Sendable {
  /// The files.
  package var files: [LibraryPath: PlaceFile] = [:]
  /// The trash.
  package var trash: [TrashedFile] = []
  /// The marker's number.
  package var marker: Int64 = 0
  /// What a restored disk has not got: its absence is nobody's doing.
  package var lacks: Set<LibraryPath> = []
}

/// A location of a simulation: a disk, a machine's memory and a clock.
package struct Place: Sendable {
  /// The location.
  package let id: LocationID
  package var disk = PlaceDisk()
  package var memory = PlaceMemory()
  /// What backups of the two hold.
  package var diskBackup: PlaceDisk?
  package var memoryBackup: PlaceMemory?
  /// How far its clock is off, in milliseconds.
  package var clockOffset: Int64
  /// Whether the root is not mounted.
  package var isUnmounted = false
  /// Whether its machine came back from a backup and has not asked the hub since: a person who works
  /// on without a network then has git refuse the stream, which is no matter of this simulation.
  package var mustAskHub = false
  /// Whether it has not joined yet: its files are there, and nobody has heard of them.
  package var isToJoin = false
  /// Whether it has left the ledger and syncs no more.
  package var isRetired = false
  package var nextInode: UInt64 = 1

  init(id: LocationID, clockOffset: Int64) {
    self.id = id
    self.clockOffset = clockOffset
  }

  /// The own stream, in sequence.
  var own: [StoredBatch] { memory.replica.batches.filter { $0.location == id } }

  /// The contents in reach: on the disk or in the trash.
  var contents: Set<Content> {
    Set(disk.files.values.map(\.content)).union(disk.trash.map(\.content))
  }

  mutating func write(_ content: Content, at path: LibraryPath) {
    disk.files[path] = PlaceFile(content: content, inode: nextInode)
    nextInode += 1
  }

  /// What a scan sees; all below `blind` can't be listed.
  func observe(blind: [UInt8]?) -> Observation {
    let files = disk.files.keys.sorted().compactMap { path -> ObservedFile? in
      if let blind, path.isInside(blind) { return nil }
      return disk.files[path].map { file in
        ObservedFile(
          path: path, content: file.content, stamp: Self.stamp(of: file), wasHashed: true,
          diskBytes: nil)
      }
    }
    let unknown = blind.map {
      [UnknownPath(diskBytes: $0, reason: .unreadable, detail: "Permission denied", hiding: [$0])]
    }
    return Observation(
      files: files, unknown: unknown ?? [], ignored: [], isComplete: blind == nil)
  }

  static func stamp(of file: PlaceFile) -> FileStamp {
    let time = FileTime(seconds: 0, nanoseconds: 0)
    return FileStamp(
      byteCount: file.content.byteCount, modified: time, changed: time, inode: file.inode,
      device: 1)
  }
}
