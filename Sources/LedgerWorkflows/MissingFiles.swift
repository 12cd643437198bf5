import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerStorage

/// What a scan of a place says that may leave files out of a listing.
struct Believed {
  var result: ScanResult
  /// What was missing, for the next scan; nil where there is nothing to keep.
  var missing: [LibraryPath]?
  /// How many files are missing for the first time.
  var newlyMissingCount = 0
}

extension OpenLocation {
  /// What is to be believed of a scan: of places that may leave files out of a listing, what two of
  /// them agree on.
  func believe(
    _ result: ScanResult, _ copies: [KnownCopy], _ identity: ContentIdentity
  ) throws -> Believed {
    guard storage.needsSecondScan else { return Believed(result: result) }
    var result = result
    result.observation.files = named(result.observation.files, as: copies, identity)
    let confirmed = confirmAbsence(
      in: result.observation, of: copies, missingBefore: try isSameListing() ? [] : readMissing(),
      trashed: try trashed(copies, identity), identity: identity)
    result.observation = confirmed.observation
    return Believed(
      result: result, missing: confirmed.missing, newlyMissingCount: confirmed.newlyMissingCount)
  }

  /// The same scan, where what may have been moved out of the place's map is unknown.
  func keepingMoved(
    _ result: ScanResult, _ copies: [KnownCopy], _ identity: ContentIdentity
  ) throws -> ScanResult {
    guard result.outside.count > 0 else { return result }
    let trashed = try trashed(copies, identity)
    var kept = result
    kept.observation = keepMovedOutside(
      in: result.observation, of: copies.filter { !trashed.contains($0.path) }, result.outside,
      by: file.map, identity)
    return kept
  }

  // Whether the listing is the very file that lacked them first: it can't agree with itself.
  private func isSameListing() throws -> Bool {
    guard let stamp = (storage as? ListingStorage)?.sourceStamp else { return false }
    return try StateFolder.read(paths.missingFile)?.starts(with: Array("# \(stamp)\n".utf8))
      ?? false
  }

  // What this location moved to its trash and did not record yet.
  private func trashed(
    _ copies: [KnownCopy], _ identity: ContentIdentity
  ) throws -> Set<LibraryPath> {
    let entries = Dictionary(grouping: try storage.trashEntries(), by: \.path)
    let found = copies.filter { copy in
      entries[copy.path]?.contains {
        copy.since.number <= $0.after && identity.areSame($0.content, copy.content)
      } ?? false
    }
    return Set(found.map(\.path))
  }

  // A place may tell more kinds of digests of the same bytes than before, as a newer rclone does.
  private func named(
    _ files: [ObservedFile], as copies: [KnownCopy], _ identity: ContentIdentity
  ) -> [ObservedFile] {
    var rest = copies[...]
    return files.map { file in
      while let first = rest.first, first.path < file.path { rest.removeFirst() }
      guard let copy = rest.first, copy.path == file.path, copy.content != file.content,
        identity.isShown(copy.content, by: file.content)
      else { return file }
      return ObservedFile(
        path: file.path, content: copy.content, stamp: file.stamp, wasHashed: file.wasHashed,
        diskBytes: file.diskBytes)
    }
  }

  /// What a person removed at a place where only people can, because a deletion wanted it: the deletion
  /// is carried out there, and nobody decided anything anew.
  func carriedOutByHand(_ copies: [KnownCopy], _ result: ScanResult) throws -> [TrashedFile] {
    guard storage.isByHand else { return [] }
    let last = try cache.numbers()[location]
    let seen = Set(result.observation.files.map(\.path))
    return try copies.filter { !seen.contains($0.path) }.compactMap { copy in
      guard let deletion = try cache.state(of: copy.path)?.deletion(applyingAt: location),
        deletion.replacedBy == nil, deletion.id.location != location
      else { return nil }
      return TrashedFile(
        path: copy.path, content: copy.content, deletion: deletion.id, after: last)
    }
  }

  /// The algorithms that a place tells its files by and that no folder computes: the ledger wants them
  /// from now on, so that contents meet.
  func wantedDigests(_ scanned: Scanned) throws -> [CausedFact] {
    guard storage.needsSecondScan else { return [] }
    return try wanting(
      Set(scanned.result.observation.files.map { $0.content.digests.min()?.algorithm ?? .sha256 }))
  }

  /// The same of a remote that joins: so the folders can begin before its first scan.
  func wantedDigests() async throws -> [CausedFact] {
    guard let remote = storage as? RcloneStorage,
      let told = try await remote.keptDigests().min()
    else { return [] }
    return try wanting([told])
  }

  private func wanting(_ told: Set<DigestAlgorithm>) throws -> [CausedFact] {
    let computed = try cache.context().settings.ledger.digests
    let missing = told.subtracting(computed)
    guard !missing.isEmpty else { return [] }
    let all = (computed + missing).sorted().map { SettingValue.string($0.rawValue) }
    return [CausedFact(.configured([SettingEntry(key: "digests", value: .array(all))]))]
  }

  /// What a person hears of files that a complete listing lacks for the first time.
  func missingOnce(_ scanned: Scanned) -> Attention {
    let names = scanned.result.observation.unknown.filter { $0.reason == .missingOnce }
    let first = names.prefix(3).map { String(decoding: $0.diskBytes, as: UTF8.self) }
    let more = names.count > first.count ? " …" : ""
    let count = names.count
    return Attention(
      reason: "unreadable", path: [],
      detail:
        "\(Count.files(count)) \(count == 1 ? "was" : "were") not listed (\(first.joined(separator: ", "))"
        + "\(more)); nothing of that is recorded yet, and the next scan that lacks "
        + "\(count == 1 ? "it" : "them") too records it", waits: false)
  }

  /// What the last complete scan lacked; losing it only means one more scan.
  func readMissing() throws -> Set<LibraryPath> {
    guard let bytes = try StateFolder.read(paths.missingFile) else { return [] }
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    return Set(
      // The first line may tell of which listing they are.
      lines.filter { $0.first != UInt8(ascii: "#") }.compactMap { line in
        Base64.decode(String(decoding: line, as: UTF8.self)).flatMap { LibraryPath(key: $0) }
      })
  }

  /// Keeps what a complete scan lacked for the next one, with the listing that lacked some of it first.
  func keepMissing(_ missing: [LibraryPath], isNews: Bool) throws {
    guard !missing.isEmpty else { return try StateFolder.removeOwn(paths.missingFile) }
    let old = try StateFolder.read(paths.missingFile)?.prefix { $0 != UInt8(ascii: "\n") } ?? []
    var source = old.first == UInt8(ascii: "#") ? String(decoding: old, as: UTF8.self) + "\n" : ""
    if isNews {
      source = (storage as? ListingStorage)?.sourceStamp.map { "# \($0)\n" } ?? ""
    }
    let text = source + missing.map { Base64.encode($0.bytes) + "\n" }.joined()
    guard try StateFolder.read(paths.missingFile) != Array(text.utf8) else { return }
    try StateFolder.write(Array(text.utf8), to: paths.missingFile)
  }
}
