/// One step of a plan, with the content that it expects to find and its reason.
package enum Action: Hashable, Sendable {
  /// Move the file to the trash; `decidedBy` is the deletion that policy judges.
  case trash(LibraryPath, Content, cause: EventID, MediaType)
  /// Move the file to the name that a rename elsewhere gave it.
  case rename(LibraryPath, to: LibraryPath, Content, cause: EventID)
  /// Put a trashed file back: `trashed` under this path by this deletion.
  case putBack(LibraryPath, Content, trashed: LibraryPath, deletion: EventID, cause: EventID)
  /// Bring bytes that this location lacks from one of these; the first that gives them is enough.
  case fetch(LibraryPath, Content, cause: EventID, from: [LocationID])

  /// The path that the action is about.
  package var path: LibraryPath {
    switch self {
    case .trash(let path, _, _, _), .rename(let path, _, _, _), .putBack(let path, _, _, _, _),
      .fetch(let path, _, _, _):
      path
    }
  }

  /// The event that the action carries out or answers.
  package var cause: EventID {
    switch self {
    case .trash(_, _, let cause, _), .rename(_, _, _, let cause), .putBack(_, _, _, _, let cause),
      .fetch(_, _, let cause, _):
      cause
    }
  }
}

/// Why a deletion is not applied here yet.
package enum PendingReason: Hashable, Sendable {
  /// The deletion itself needs an approval by name.
  case held(Hold)
  /// The ledger's policy wants an approval.
  case policy
  /// With what went here within the last day it is more than the guard allows.
  case guarded
  /// It is this location's first sync.
  case firstSync
  /// It was held before and nobody has decided.
  case heldBefore
  /// The content is not known by sha256.
  case weakDigest
  /// Batches that are here wait for events that are not: what they say may be against it.
  case incompleteLog
}

/// A deletion that waits for a person.
package struct PendingDeletion: Hashable, Sendable {
  /// The deletion.
  package let id: EventID
  /// The file here that would go.
  package let path: LibraryPath
  /// Its type.
  package let media: MediaType
  /// Why it waits.
  package let reason: PendingReason
}

/// A rename that can't be carried out, as other bytes have its target's name.
package struct BlockedRename: Hashable, Sendable {
  /// The file here.
  package let from: LibraryPath
  /// The name that is taken.
  package let to: LibraryPath
  /// The rename.
  package let cause: EventID
}

/// What a location should do about the ledger. Carrying it out is someone else's business.
package struct Plan: Sendable {
  /// The steps, renames first, in byte order of their paths.
  package var actions: [Action] = []
  /// What waits for a person, in byte order.
  package var pending: [PendingDeletion] = []
  /// The files that go by policy, for deletions that nobody approved by name.
  package var unapproved: Set<LibraryPath> = []
  /// What can't be carried out.
  package var blocked: [BlockedRename] = []
  /// The names that renames want for files of here, carried out or not.
  package var awaited: Set<LibraryPath> = []
}

/// A file in this location's trash.
package struct TrashedFile: Hashable, Sendable {
  /// Its old path.
  package let path: LibraryPath
  /// Its bytes.
  package let content: Content
  /// The deletion that it was trashed for.
  package let deletion: EventID
  /// The number of the location's last event when it was trashed.
  package let after: Int64
  /// Whether it made room, rather than that a deletion took it: `deletion` is the `pruned` event then.
  package var isPruned = false

  /// A file in the trash.
  package init(path: LibraryPath, content: Content, deletion: EventID, after: Int64) {
    self.path = path
    self.content = content
    self.deletion = deletion
    self.after = after
  }
}

/// Everything that decides what a location does.
package struct PlanInput {
  /// The location.
  package var location: LocationID
  /// The paths where it may have something to do.
  package var work: [PathState]
  /// What stands at any other path.
  package var state: (LibraryPath) -> PathState?
  /// The settings and identities.
  package var context: ReplayContext
  /// What the scan saw at a path; nil where it saw nothing.
  package var here: (LibraryPath) -> Content?
  /// Whether the scan can say nothing about a path.
  package var isUnknown: (LibraryPath) -> Bool = { _ in false }
  /// This location's trash.
  package var trash: [TrashedFile] = []
  /// The deletions that were held here before and that nobody has decided.
  package var held: Set<EventID> = []
  /// What this location has.
  package var present = FileTally.Total()
  /// What went here within the last day for deletions that nobody approved by name.
  package var recentlyTrashed = FileTally.Total()
  /// Whether batches wait for events that this clone has not got: then nothing is removed or renamed.
  package var isLogIncomplete = false
  /// Whether the location has never finished a sync.
  package var isFirstSync = false

  /// An input without exceptions.
  package init(
    location: LocationID, work: [PathState], context: ReplayContext,
    state: @escaping (LibraryPath) -> PathState?, here: @escaping (LibraryPath) -> Content?
  ) {
    self.location = location
    self.work = work
    self.context = context
    self.state = state
    self.here = here
  }
}

/// Decides what `input.location` should do. Touches nothing; the same arguments always give the same
/// plan.
package func plan(_ input: PlanInput) -> Plan {
  var planner = Planner(input: input)
  for state in input.work.sorted(by: { $0.path < $1.path }) { planner.consider(state) }
  return planner.finish()
}
