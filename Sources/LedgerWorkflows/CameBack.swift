import LedgerCache
import LedgerCore
import LedgerFormat
import LedgerStorage

/// A disk or a machine that came back from an older copy: what is missing there is nobody's deletion.
///
/// So may be a disk whose files were copied to another one. What tells it, a marker behind the clone or
/// a clone behind the hub, is overwritten by the first run
/// that records anything. So it is kept beside the clone until a scan has found nothing missing, or a
/// person has said yes to what is.
extension OpenLocation {
  /// Whether it came back, and no complete scan has put that right.
  func hasComeBack() throws -> Bool {
    if StateFolder.exists(paths.cameBackFile) { return true }
    return try isMarkerBehind() || isElsewhere
  }

  /// Whether the root is on another disk than before, as when its files were copied to a larger one:
  /// what that copy lacks is nobody's deletion.
  private var isElsewhere: Bool {
    guard file.place == .folder else { return false }
    let now = home.fileSystem()
    return file.fileSystem != 0 && now != 0 && file.fileSystem != now
  }

  /// Keeps in mind that it came back, before the evidence is overwritten.
  func keepCameBack() throws {
    guard !StateFolder.exists(paths.cameBackFile) else { return }
    try StateFolder.write([], to: paths.cameBackFile)
  }

  /// All is as it should be again: the marker catches up with the clone.
  mutating func endCameBack() throws {
    let fileSystem = home.fileSystem()
    if file.fileSystem != fileSystem {
      file.fileSystem = fileSystem
      try saveFile()
    }
    if try isMarkerBehind() { try writeMarker(last: try cache.numbers()[location]) }
    try StateFolder.removeOwn(paths.cameBackFile)
  }

  func isMarkerBehind() throws -> Bool {
    try marker()?.last ?? 0 < cache.numbers()[location]
  }

  func writeMarker(last: Int64) throws {
    let standard = LocationPaths(
      home: paths.home, ledger: file.ledger, location: location, in: outside)
    let marker = Marker(
      ledger: file.ledger, location: location, last: last,
      state: standard.state == paths.state ? nil : paths.state)
    try home.writeFile(paths.marker, marker.encoded)
  }
}
