/// What a place is believed about that may leave files out of a listing without an error.
package struct ConfirmedObservation: Sendable {
  /// What was seen, with what is missing for the first time among the unknown.
  package var observation: Observation
  /// What is missing, in order: to be told to the next scan. Nil where the listing was not complete,
  /// which says nothing about it.
  package var missing: [LibraryPath]?
  /// How many of them are missing for the first time.
  package var newlyMissingCount = 0
}

/// Calls only what two complete scans in a row lack gone: what is missing for the first time is unknown.
///
/// A new file with the bytes of one that is missing for the first time may be that file under another
/// name: it waits for the next scan too, so that a rename is told as one.
///
/// - Parameter trashed: what the location itself has moved to its trash, and seen there.
package func confirmAbsence(
  in observation: Observation, of known: [KnownCopy], missingBefore: Set<LibraryPath>,
  trashed: Set<LibraryPath> = [], identity: ContentIdentity
) -> ConfirmedObservation {
  guard observation.isComplete else {
    return ConfirmedObservation(observation: observation, missing: nil)
  }
  let blind = BlindSpots(observation)
  let seen = Set(observation.files.map(\.path))
  let missing = known.filter {
    !seen.contains($0.path) && !blind.hides($0.path) && !trashed.contains($0.path)
  }
  let new = missing.filter { !missingBefore.contains($0.path) }
  var confirmed = ConfirmedObservation(
    observation: observation, missing: missing.map(\.path), newlyMissingCount: new.count)
  guard !new.isEmpty else { return confirmed }
  let contents = Set(new.filter { $0.content.byteCount > 0 }.map { identity.key($0.content) })
  let recorded = Set(known.map(\.path))
  var files: [ObservedFile] = []
  for file in observation.files {
    guard !recorded.contains(file.path), contents.contains(identity.key(file.content)) else {
      files.append(file)
      continue
    }
    confirmed.observation.unknown.append(
      UnknownPath(
        diskBytes: file.diskBytes ?? file.path.bytes, reason: .unsettled,
        detail: "it may be a file that is missing under another name; the next scan tells",
        hiding: [file.path.bytes]))
  }
  confirmed.observation.files = files
  confirmed.observation.unknown += new.map {
    UnknownPath(
      diskBytes: $0.path.bytes, reason: .missingOnce,
      detail: "not listed; gone if the next scan lacks it too", hiding: [$0.path.bytes])
  }
  confirmed.observation.unknown.sort()
  return confirmed
}
