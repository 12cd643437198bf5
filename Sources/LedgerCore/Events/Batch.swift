/// What stands before the events of a batch: who wrote it, when, and what the writer knew.
package struct BatchHeader: Hashable, Sendable {
  /// The location whose stream it is in.
  package let location: LocationID
  /// The number of the first event, at least 1.
  package let first: Int64
  /// How many events follow, at least 1.
  package let count: Int
  /// The instant of the batch and of all its events.
  package let at: Instant
  /// For each other location the last event that the writer had replayed.
  package let seen: Seen
  /// The `seen` of this location's previous complete scan: what whoever changed the disk may have
  /// known. Never more than `seen`.
  package let since: Seen
  /// The machine's name.
  package let host: String
  /// The version of the program.
  package let version: String
  /// Keys that this version doesn't know.
  package let extra: [ExtraKey]

  /// A header.
  package init(
    location: LocationID, first: Int64, count: Int, at: Instant, seen: Seen, since: Seen,
    host: String, version: String, extra: [ExtraKey] = []
  ) {
    self.location = location
    self.first = first
    self.count = count
    self.at = at
    self.seen = seen
    self.since = since
    self.host = host
    self.version = version
    self.extra = extra
  }

  /// The number of the last event.
  package var last: Int64 { first + Int64(count) - 1 }
}

/// The events of one run at one location: one file, one commit.
package struct Batch: Hashable, Sendable {
  /// Who, when, and what was known.
  package let header: BatchHeader
  /// `header.count` events, numbered from `header.first`.
  package let events: [Event]

  /// A batch.
  package init(header: BatchHeader, events: [Event]) {
    self.header = header
    self.events = events
  }
}

/// A batch file as it was read: either a batch, or void.
package enum StoredBatch: Hashable, Sendable {
  case valid(Batch)
  /// A file that can't be read as a batch. Its numbers count as present, its events do not.
  case void(VoidBatch)

  /// The location of the stream.
  package var location: LocationID {
    switch self {
    case .valid(let batch): batch.header.location
    case .void(let void): void.location
    }
  }

  /// The number of the last event, as far as the file tells.
  package var last: Int64 {
    switch self {
    case .valid(let batch): batch.header.last
    case .void(let void): void.first + Int64(max(void.lineCount - 2, 0))
    }
  }

  /// The number of the first event, from the file's name where the batch is void.
  package var first: Int64 {
    switch self {
    case .valid(let batch): batch.header.first
    case .void(let void): void.first
    }
  }
}

/// A malformed batch file.
package struct VoidBatch: Hashable, Sendable {
  /// The location of the stream.
  package let location: LocationID
  /// The number in the file's name.
  package let first: Int64
  /// How many lines the file has, its header too.
  package let lineCount: Int
  /// The file, as `events/desk/2026-11/23/000000000042.jsonl`.
  package let file: String
  /// The line that could not be read, from 1; 0 where it is the file as a whole.
  package let line: Int
  /// What is wrong with it.
  package let reason: String

  /// A malformed file.
  package init(
    location: LocationID, first: Int64, lineCount: Int, file: String, line: Int, reason: String
  ) {
    self.location = location
    self.first = first
    self.lineCount = lineCount
    self.file = file
    self.line = line
    self.reason = reason
  }
}
