package import LedgerCore

/// A history told event by event: who recorded what, and what of the others each had heard.
package struct Story: Sendable {
  private struct Teller {
    var number: Int64 = 0
    var seen = Seen.nothing
    var since = Seen.nothing
  }

  /// The batches so far.
  package private(set) var batches: [StoredBatch] = []
  private var tellers: [LocationID: Teller] = [:]
  /// The inodes that each location's last scan saw.
  var inodes: [LocationID: [LibraryPath: UInt64]] = [:]
  private var clock: Int64 = 1_000

  /// Locations that all have the say over photos and videos, and have heard of each other.
  package init(authoritative: LocationID...) {
    for location in authoritative {
      tell(location, .declared(nil, [Self.authority("photo", "video")]))
    }
    for location in authoritative { hear(location) }
  }

  /// The setting `authoritative`.
  package static func authority(_ types: String...) -> SettingEntry {
    SettingEntry(key: "authoritative", value: .array(types.map { .string($0) }))
  }

  /// A location hears of everything that was told so far. It has not scanned since.
  package mutating func hear(_ locations: LocationID...) {
    for location in locations {
      var seen = Seen.nothing
      for (other, teller) in tellers where other != location { seen[other] = teller.number }
      tellers[location, default: Teller()].seen = seen
    }
  }

  /// A location hears of what another has told, and of nothing else.
  package mutating func hear(_ location: LocationID, from other: LocationID) {
    tellers[location, default: Teller()].seen[other] = tellers[other]?.number ?? 0
  }

  /// A location hears of everything and scans to the end: what it finds from now on may have known.
  package mutating func sync(_ locations: LocationID...) {
    for location in locations {
      hear(location)
      var teller = tellers[location] ?? Teller()
      teller.since = teller.seen
      tellers[location] = teller
    }
  }

  /// A location records a fact, with what it has heard so far.
  @discardableResult
  package mutating func tell(
    _ location: LocationID, _ fact: Fact, cause: EventID? = nil
  ) -> EventID {
    var teller = tellers[location] ?? Teller()
    clock += 10
    let at = Instant(milliseconds: clock)
    teller.number += 1
    let id = EventID(location: location, number: teller.number)
    let header = BatchHeader(
      location: location, first: teller.number, count: 1, at: at, seen: teller.seen,
      since: teller.since, host: "test", version: "0")
    let event = Event(id: id, at: at, fact: fact, cause: cause)
    batches.append(.valid(Batch(header: header, events: [event])))
    tellers[location] = teller
    return id
  }

  /// The state of everything that was told.
  package var state: LibraryState { replay(batches) }

  /// The clone of a location: its own batches and those that it has heard of.
  func replica(of location: LocationID) -> Replica {
    var replica = Replica()
    let seen = tellers[location]?.seen ?? .nothing
    for batch in batches
    where batch.location == location || batch.last <= seen[batch.location] {
      replica.add(batch)
    }
    return replica
  }

  /// What a location should do, its disk being what it recorded and its trash what it removed.
  ///
  /// - Parameters:
  ///   - disk: what is on its disk in words, where that is not what it recorded.
  ///   - trash: what is in its trash, where that is not what it removed.
  ///   - change: what is out of the ordinary about the run.
  package func plan(
    at location: LocationID, held: Set<EventID> = [], isFirstSync: Bool = false,
    disk: [LibraryPath: String]? = nil, trash: [TrashedFile]? = nil,
    change: (inout PlanInput) -> Void = { _ in }
  ) -> Plan {
    let state = self.state
    var input = PlanInput(
      location: location, work: Array(state.paths.values), context: state.context,
      state: { state.paths[$0] },
      here: { path in
        if let disk { return disk[path].map { .of($0) } }
        guard let copy = state.paths[path]?.copies[location], copy.version != nil else {
          return nil
        }
        return copy.file.content
      })
    input.trash =
      trash
      ?? state.paths.values.compactMap { path in
        guard let copy = path.copies[location], case .removed(let deletion) = copy.standing,
          deletion.location != location
        else { return nil }
        return TrashedFile(
          path: path.path, content: copy.file.content, deletion: deletion,
          after: copy.since.number - 1)
      }
    input.held = held
    input.isFirstSync = isFirstSync
    change(&input)
    return LedgerCore.plan(input)
  }
}

extension Fact {
  /// A file of these words is here that was not.
  package static func added(_ path: LibraryPath, _ word: String) -> Fact {
    .added(.of(path, word))
  }

  /// Other words under the same path.
  package static func changed(_ path: LibraryPath, _ old: String, _ new: String) -> Fact {
    .changed(.of(path, new), previous: Content.of(old).digest)
  }

  /// The same words moved.
  package static func renamed(_ from: LibraryPath, _ to: LibraryPath, _ word: String) -> Fact {
    .renamed(.of(to, word), from: from)
  }

  /// The file is gone.
  package static func deleted(_ path: LibraryPath, _ word: String, asks: Bool = false) -> Fact {
    .deleted(.of(path, word), asks: asks)
  }

  /// The file is gone from here only.
  package static func pruned(_ path: LibraryPath, _ word: String) -> Fact {
    .pruned(.of(path, word))
  }

  /// A person brought it back.
  package static func restored(_ path: LibraryPath, _ word: String) -> Fact {
    .restored(.of(path, word))
  }
}

extension FileFact {
  /// A file that holds these words.
  package static func of(_ path: LibraryPath, _ word: String) -> FileFact {
    FileFact(path: path, media: MediaType.of(path), content: Content.of(word))
  }
}
