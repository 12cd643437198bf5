package import LedgerCore

/// How a location's files are reached: a folder of this machine, an rclone remote, a listing.
///
/// Each implementation passes the storage laws of the tests. Nothing here overwrites a file of a person
/// or destroys one, but for `erase`; each step compares the bytes at the last moment.
package protocol LibraryStorage: Sendable {
  /// Under which folders the place keeps its files.
  var map: PathMap { get set }

  /// Whether a listing may leave files out without an error, so that only what two complete scans in a
  /// row lack is gone.
  var needsSecondScan: Bool { get }

  /// Whether only a person can remove a file there, so that a removal which a deletion wants carries it
  /// out.
  var isByHand: Bool { get }

  /// Why this can't be the place that joined, or nil where it is.
  ///
  /// - Throws: `StorageError`, `CancellationError`.
  func fault() async throws -> String?

  /// Finishes what a run that was killed has left undone.
  ///
  /// - Throws: `StorageError`, `PlaceError`.
  func finishInterrupted() async throws

  /// Sees what is there, by the place's own paths; what its map leaves out is only counted.
  ///
  /// - Parameters:
  ///   - next: what is expected, in byte order of the paths; nil at the end. Asked for little by little.
  ///   - keep: takes files of which the log has no copy as soon as they are read, some thousand or
  ///     more at a time, so that a scan that is cut short goes on where it was.
  /// - Throws: `StorageError` or `PlaceError` where nothing can be seen, `CancellationError`, what `next`
  ///   and `keep` throw.
  func observe(
    expecting next: @escaping () throws -> ExpectedFile?, options: ScanOptions,
    keep: @escaping @Sendable ([ObservedFile]) throws -> Void,
    progress: @escaping @Sendable (ScanProgress) -> Void
  ) async throws -> ScanResult

  /// Reads files once more, for a digest of another kind than they were told by; nil for what can't be
  /// read or has changed since.
  ///
  /// - Throws: `PlaceError`, `CancellationError`.
  func digests(
    of files: [ObservedFile], _ algorithm: DigestAlgorithm
  ) async throws -> [Digest?]

  /// Makes durable whatever any program has written there.
  ///
  /// - Parameter mounts: the folders where something else is mounted, as a scan found them.
  /// - Throws: `StorageError`.
  func flush(mounts: [[UInt8]]) throws

  /// Moves a file to the trash if it still has the expected bytes. Never removes one.
  ///
  /// - Parameters:
  ///   - path: the name as the place spells it.
  ///   - intent: what the entry tells of it.
  func trash(
    _ path: [UInt8], expecting content: Content, for intent: TrashIntent
  ) async -> Outcome

  /// Whether a file has a further name there, so that to remove this one frees nothing.
  func isLinked(_ path: [UInt8]) -> Bool

  /// How many bytes are free there; nil where that can't be told.
  func freeBytes() -> Int64?

  /// Gives a file another name if it still has the expected bytes and the name is free.
  func rename(_ path: [UInt8], to target: [UInt8], expecting content: Content) async -> Outcome

  /// Puts a trashed file back at a path, if it has its bytes and the name is free.
  func putBack(_ entry: TrashEntry, to target: [UInt8]) async -> Outcome

  /// Destroys a trashed file, if its bytes, compared just now, are those that were recorded.
  func erase(_ entry: TrashEntry) async -> Outcome

  /// What is in this location's trash, the oldest first.
  func trashEntries() throws -> [TrashEntry]

  /// Where a trashed file is, for people; nil where only the place's own trash knows.
  func whereabouts(of entry: TrashEntry) -> String?

  /// Notes durably that a person wants an entry back, before it is put back.
  ///
  /// - Throws: `StorageError`; then nothing may be put back.
  func noteRestore(_ entry: TrashEntry) throws

  /// The noted restores, sorted; those whose file is still in the trash are forgotten.
  ///
  /// - Throws: `StorageError`, `PlaceError`.
  func notedRestores() async throws -> [NotedRestore]

  /// Forgets a noted restore, which is recorded or came to nothing.
  func forgetRestore(_ entry: TrashEntry)
}

/// Why a file goes to the trash, as its entry tells.
package struct TrashIntent: Hashable, Sendable {
  /// The deletion that it carries out; for what makes room, the `pruned` event that is to tell of it.
  package let event: EventID
  /// The number of this location's last event.
  package let after: Int64
  /// Seconds since 1970.
  package let now: Int64
  /// For what makes room: how many other copies were wanted. Nil: a deletion.
  package let minCopies: Int?

  /// A deletion, or a pruning with `minCopies`.
  package init(_ event: EventID, after: Int64, now: Int64, minCopies: Int?) {
    self.event = event
    self.after = after
    self.now = now
    self.minCopies = minCopies
  }
}

/// A place that could not do what it was asked for, in words for a person.
package struct PlaceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What happened: a sentence without its full stop.
  package let description: String

  /// An error in words.
  package init(_ description: String) { self.description = description }
}

extension FolderStorage: LibraryStorage {
  /// A folder tells by name what is gone.
  package var needsSecondScan: Bool { false }

  /// The system moves files here.
  package var isByHand: Bool { false }

  /// What tells a folder from another one is its home's business: see `OpenLocation.storageFault`.
  package func fault() async throws -> String? { nil }

  /// The file in the trash of the root.
  package func whereabouts(of entry: TrashEntry) -> String? {
    "\(root)/\(text(trashPath))/\(entry.id)/file"
  }

  /// A folder reads for the kinds that are wanted to begin with.
  package func digests(
    of files: [ObservedFile], _ algorithm: DigestAlgorithm
  ) async throws -> [Digest?] { files.map { _ in nil } }

  /// Finishes what a `heal` that was killed has left.
  package func finishInterrupted() async throws { try finishHealings() }
}
