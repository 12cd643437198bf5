import LedgerCore
import LedgerFormat
import LedgerTestKit
import LedgerWorkflows
import Testing

@Suite struct `What a location knows of itself` {
  @Test func `is read as it was written, with all that went at one instant`() throws {
    let desk: LocationID = "desk"
    var file = LocationFile(
      ledger: "l", location: desk, hub: "h", root: "/r", device: 1, inode: 2)
    let (now, later) = (Instant(milliseconds: 1_000), Instant(milliseconds: 9_000_000))
    var photo = FileTally()
    photo.add(.photo, byteCount: 10)
    photo.add(.video, byteCount: 20)
    file.recentlyGone.add(photo, at: now)
    file.recentlyGone.add(photo, at: later)
    // A clock that was put back makes two parts of one instant.
    file.recentlyGone.add(FileTally(), at: now)
    file.scannedAt = now
    file.scannedSeen = Seen([desk: 3])

    let value = try JSONText.parse(file.encoded)
    let read = try #require(LocationFile(value))

    #expect(read.recentlyGone.tally(at: now) == photo + photo)
    #expect(read.scannedAt == now && read.scannedSeen == file.scannedSeen)
    #expect(read.replayedAt == nil && read.location == desk)
  }
}
