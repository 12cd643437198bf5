/// An event's `at`: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// A clock that never runs backwards along what its writer had seen; nothing is decided by it.
package struct Instant: Hashable, Sendable, Comparable {
  /// Milliseconds since 1970, from year 0 to year 9999.
  package let milliseconds: Int64

  /// An instant at so many milliseconds since 1970.
  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// The earlier first.
  package static func < (left: Instant, right: Instant) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The instant so many milliseconds later.
  package func advanced(milliseconds: Int64) -> Instant {
    Instant(milliseconds: self.milliseconds + milliseconds)
  }
}

/// A file's modification time, as a file system has it.
package struct FileTime: Hashable, Sendable, Comparable {
  /// Whole seconds since 1970, negative before.
  package let seconds: Int64
  /// Nanoseconds after `seconds`, 0 to 999,999,999.
  package let nanoseconds: Int32

  /// A time from its two parts.
  package init(seconds: Int64, nanoseconds: Int32) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// The time so many milliseconds later, or earlier where they are negative.
  package func advanced(milliseconds: Int64) -> FileTime {
    var nanoseconds = Int64(nanoseconds) + milliseconds % 1_000 * 1_000_000
    var seconds = seconds &+ milliseconds / 1_000
    if nanoseconds < 0 {
      nanoseconds += 1_000_000_000
      seconds &-= 1
    } else if nanoseconds >= 1_000_000_000 {
      nanoseconds -= 1_000_000_000
      seconds &+= 1
    }
    return FileTime(seconds: seconds, nanoseconds: Int32(nanoseconds))
  }

  /// The earlier first.
  package static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}
