/// What people see of a path; the first that holds, in this order.
package enum PathCondition: String, Hashable, Sendable, CaseIterable {
  case conflict, synced, new, partial, deleting, deleted, lost
}

/// What a location has at a path.
package struct Copy: Hashable, Sendable {
  /// Where a copy stands.
  package enum Standing: Hashable, Sendable {
    /// It is there: a copy of the version that this event made.
    case present(version: EventID)
    /// Gone from this location only.
    case pruned
    /// Removed by this deletion.
    case removed(by: EventID)
  }

  /// Where it stands, from the location's own stream alone.
  package let standing: Standing
  /// The event since which it stands so.
  package let since: EventID
  /// The file as that event described it.
  package let file: FileFact
  /// The name of its bytes, by all that is known of them.
  package let name: ContentIdentity.Key
  /// The digest of what is there in place of its bytes, where it was found damaged since.
  package let damage: Digest?

  /// Whether its bytes were found damaged.
  package var isDamaged: Bool { damage != nil }

  /// The version, where it is present.
  package var version: EventID? {
    if case .present(let version) = standing { version } else { nil }
  }
}

/// How a present copy stands to the heads.
package enum CopyState: String, Hashable, Sendable {
  case present, behind, diverged, pruned, removed, absent
}

/// What was decided on a deletion.
package enum Decision: String, Hashable, Sendable {
  case pending, approved, rejected, over
}

/// Why a deletion is not applied until a person approves it by name.
package enum Hold: String, Hashable, Sendable {
  /// Its location may only propose.
  case asks
  /// Its location is not authoritative for this type, or not any more.
  case notAuthoritative
  /// Its location has left the ledger.
  case retired
  /// A batch of its location can't be read.
  case voidStream
  /// An event of a type that this version doesn't know is about this path.
  case unknownEvent
}

/// A deletion as it stands now.
package struct Deletion: Hashable, Sendable {
  /// The event.
  package let id: EventID
  /// What was decided.
  package let decision: Decision
  /// The decision's event, where there is one.
  package let decidedBy: EventID?
  /// Where the file went, if it was a rename.
  package let replacedBy: LibraryPath?
  /// The versions that it covers.
  package let covered: Set<EventID>
  /// Why it needs an approval by name, unless it has one.
  package let hold: Hold?
  /// Whether people decided differently on it who had not heard of each other: then it is kept.
  package let isOpposed: Bool
  /// Whether what it removed was older than what its writer knew elsewhere.
  package let isOfOlder: Bool
  /// Whether its content is known by sha256, so that a file may be removed for it.
  package let isStrong: Bool
  /// The file as the deletion described it.
  package let file: FileFact

  /// Whether it may apply to copies at all.
  package var isInForce: Bool {
    switch decision {
    case .approved: true
    case .pending: !isOfOlder && hold != .asks
    case .rejected, .over: false
    }
  }
}

/// How a deletion stands to a copy that it meets.
package enum Meeting: Hashable, Sendable {
  /// It had seen the copy: it applies.
  case observed
  /// The copy was on its way when the photo was deleted.
  case lateArrival
  /// Neither had seen the other, and it was no arrival.
  case unseen
  /// The copy came after the deletion was known there; `isEcho`: a copy script's doing.
  case reappeared(isEcho: Bool)
  /// A head that its writer knew and did not delete.
  case otherHead
  /// Other bytes that its writer did not know.
  case editedAfterDeletion
  /// Other bytes that came after it.
  case newLife
}

/// Something at a path that a person should decide or at least hear of.
package struct PathConflict: Hashable, Sendable {
  /// What kind it is; the words of `cli.md`.
  package enum Reason: String, Hashable, Sendable {
    case diverged
    case editedAfterDelete = "edited-after-delete"
    case deleteOfOlder = "delete-of-older"
    case unseen
    case reappeared
    case damaged
    case opposedDecisions = "opposed-decisions"
  }

  /// What kind it is.
  package let reason: Reason
  /// The location whose copy it is about, if one.
  package let location: LocationID?
  /// The deletion that it is about, if one.
  package let deletion: EventID?
  /// Whether it makes the path a conflict, rather than only being told.
  package let needsDecision: Bool
}

/// A content that nothing present has replaced.
package struct Head: Hashable, Sendable {
  /// The version that holds it; the first in replay order where several are the same.
  package let version: EventID
  /// Its name.
  package let content: ContentIdentity.Key
  /// A file that has it.
  package let file: FileFact
}

/// All that is known of one path: a function of its events alone.
package struct PathState: Hashable, Sendable {
  /// The path.
  package let path: LibraryPath
  /// What people see.
  package let condition: PathCondition
  /// How its head is classed, or its last event where there is none.
  package let media: MediaType
  /// The heads, by content.
  package let heads: [Head]
  /// The deletions, by their ids.
  package let deletions: [EventID: Deletion]
  /// What each location has, retired ones left out.
  package let copies: [LocationID: Copy]
  /// How each location's copy stands to the heads.
  package let copyStates: [LocationID: CopyState]
  /// For each location the deletion that applies to its copy.
  package let applying: [LocationID: EventID]
  /// What a person should hear of, in a fixed order.
  package let conflicts: [PathConflict]

  /// The deletions that a location only proposes and that nobody has decided on, while some copy is
  /// there that they cover; by their ids.
  package var proposals: [Deletion] {
    deletions.values
      .filter { deletion in
        deletion.hold == .asks && deletion.decision == .pending
          && copies.values.contains { $0.version.map(deletion.covered.contains) ?? false }
      }
      .sorted { $0.id < $1.id }
  }

  /// The deletion in force at this path that is a rename, latest first in replay order.
  package func deletion(applyingAt location: LocationID) -> Deletion? {
    applying[location].flatMap { deletions[$0] }
  }
}
