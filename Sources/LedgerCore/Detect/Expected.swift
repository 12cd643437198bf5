/// A path at which a scan should find a file, because the last scan or the log has one there.
package struct ExpectedFile: Hashable, Sendable {
  /// Its key.
  package let path: LibraryPath
  /// What the last scan knew of it; nil where only the log has it.
  package let known: Known?
  /// Whether the log has a copy here.
  package let isRecorded: Bool
  /// The type of the copy, where the log has a whole one with the bytes that the last scan knew: found
  /// with its old stamp, there is nothing to say about it.
  package let settled: MediaType?

  /// What the last scan knew of a file: as `KnownFile`.
  package struct Known: Hashable, Sendable {
    /// Its stamp when it was hashed.
    package let stamp: FileStamp
    /// When the scan that hashed it began.
    package let hashedAt: FileTime
    /// The name as the disk spells it, where that is not the key.
    package let diskBytes: [UInt8]?
    /// Its digests and size; nil where it is settled, as nobody asks for them.
    package let content: Content?

    /// What a scan knew.
    package init(stamp: FileStamp, hashedAt: FileTime, diskBytes: [UInt8]?, content: Content?) {
      self.stamp = stamp
      self.hashedAt = hashedAt
      self.diskBytes = diskBytes
      self.content = content
    }
  }

  /// A path at which a file is expected.
  package init(path: LibraryPath, known: Known?, isRecorded: Bool, settled: MediaType? = nil) {
    self.path = path
    self.known = known
    self.isRecorded = isRecorded
    self.settled = settled
  }
}
