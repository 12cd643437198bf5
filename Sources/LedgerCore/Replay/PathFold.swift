/// What replay needs to know beside a path's own events.
///
/// A class, so that each path that is judged, on all cores, retains one object instead of five.
package final class ReplayContext: Sendable {
  /// The settings in force.
  package let settings: Settings
  /// Which digests belong to the same bytes.
  package let identity: ContentIdentity
  /// Every location that has an event.
  package let locations: [LocationID]
  /// The locations of which a batch is void.
  package let voidStreams: Set<LocationID>
  /// The locations that are not retired and keep a type.
  private let keepers: [MediaType: [LocationID]]

  /// A context.
  package init(
    settings: Settings, identity: ContentIdentity, locations: [LocationID],
    voidStreams: Set<LocationID>
  ) {
    self.settings = settings
    self.identity = identity
    self.locations = locations.sorted()
    self.voidStreams = voidStreams
    let present = self.locations.filter { !settings[$0].isRetired }
    let kept = MediaType.allCases.map { media in
      (media, present.filter { settings[$0].keeps.contains(media) })
    }
    keepers = Dictionary(uniqueKeysWithValues: kept)
  }

  /// This context, with the digests joined of contents of which none was joined with others before.
  package func joining(_ contents: [Content]) -> ReplayContext {
    guard !contents.isEmpty else { return self }
    var identity = identity
    identity.join(new: contents)
    return ReplayContext(
      settings: settings, identity: identity, locations: locations, voidStreams: voidStreams)
  }

  func isRetired(_ location: LocationID) -> Bool {
    settings.locations[location]?.isRetired ?? false
  }

  /// Whether every location that should hold a file of a type is one of these.
  func isKept(_ media: MediaType, onlyAt isHolder: (LocationID) -> Bool) -> Bool {
    keepers[media]?.allSatisfy(isHolder) ?? true
  }
}

/// The part of the events that someone had seen: everything up to a number in each stream.
struct View {
  private let seen: Seen?
  private let own: EventID?

  /// Every event that there is.
  static let everything = View(seen: nil, own: nil)

  /// What the writer of `event` had seen.
  static func seen(by event: HistoryEvent) -> View { View(seen: event.seen, own: event.id) }

  /// What whoever changed the disk before `event` was recorded may have known.
  static func since(_ event: HistoryEvent) -> View { View(seen: event.since, own: event.id) }

  func contains(_ id: EventID) -> Bool {
    guard let seen, let own else { return true }
    return id.location == own.location ? id.number < own.number : id.number <= seen[id.location]
  }
}

/// Folds the events of one path, in replay order, into what is needed to judge them.
struct PathFold {
  /// A deletion with what it covers, whatever is decided on it.
  struct Removal {
    let event: HistoryEvent
    let file: FileFact
    let covered: Set<EventID>
    let coveredKeys: Set<ContentIdentity.Key>
    let replacedBy: LibraryPath?
    let isOfOlder: Bool
    let asks: Bool
    let isResolution: Bool
  }

  /// What a person's decision on contents came to.
  struct Resolution {
    let event: HistoryEvent
    let kept: Set<EventID>
    let replaced: Set<EventID>
    let keepsNothing: Bool
  }

  let path: LibraryPath
  let context: ReplayContext
  let decisions: [HistoryEvent]
  /// Those that name `path`, in replay order.
  let events: [HistoryEvent]
  private let positions: [EventID: Int]
  private(set) var contents: [EventID: ContentIdentity.Key] = [:]
  private(set) var versionOf: [EventID: EventID] = [:]
  private(set) var removals: [Removal] = []
  private(set) var resolutions: [Resolution] = []
  private(set) var enders: [HistoryEvent] = []
  private(set) var hasUnknownEvents = false
  private(set) var lastFile: FileFact?
  private var replacements: [(old: EventID, new: EventID, by: EventID)] = []
  private var timelines: [LocationID: [(number: Int64, copy: Copy)]] = [:]

  /// - Parameters:
  ///   - events: those that name `path`, in any order.
  ///   - decisions: the `approved` and `rejected` events that may name its deletions.
  init(
    path: LibraryPath, events: [HistoryEvent], decisions: [HistoryEvent], context: ReplayContext
  ) {
    self.path = path
    self.context = context
    self.decisions = decisions
    self.events = events.count > 1 ? events.sorted(by: HistoryEvent.isBefore) : events
    positions = Dictionary(
      self.events.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { $1 })
    for event in self.events { fold(event) }
  }

  /// The event of an id; nil where it does not name the path.
  func event(_ id: EventID) -> HistoryEvent? { positions[id].map { events[$0] } }

  /// The locations that have an entry, sorted.
  var locations: [LocationID] { timelines.keys.sorted() }

  /// What `location` had as far as `view` goes.
  func copy(at location: LocationID, in view: View) -> Copy? {
    timelines[location]?.last {
      view.contains(EventID(location: location, number: $0.number))
    }?.copy
  }

  /// The versions' ages as far as `view` goes.
  func graph(in view: View) -> VersionGraph {
    // What most paths are: nothing was replaced.
    if replacements.isEmpty, resolutions.isEmpty { return .empty }
    var pairs = replacements.filter { view.contains($0.by) }.map { (old: $0.old, new: $0.new) }
    let decided = resolutions.filter { view.contains($0.event.id) && !$0.keepsNothing }
    for one in decided {
      for old in one.replaced {
        // A later decision undoes an earlier one; opposite ones that have not seen each other both
        // stand, so that neither version is older and the path stays diverged.
        let isUndone = decided.contains {
          $0.event.hadSeen(one.event.id) && $0.kept.contains(old)
            && !$0.replaced.isDisjoint(with: one.kept)
        }
        if !isUndone { pairs += one.kept.map { (old: old, new: $0) } }
      }
    }
    return VersionGraph(
      content: contents.filter { view.contains($0.key) }, replacements: pairs)
  }

  private mutating func fold(_ event: HistoryEvent) {
    switch event.event.fact {
    case .added(let file), .changed(let file, _), .restored(let file): put(file, event)
    case .renamed(let file, let from):
      if file.path == path { put(file, event) }
      if from == path && file.path != path { take(file, event, replacedBy: file.path) }
    case .deleted(let file, let asks):
      if event.event.cause == nil {
        remove(file, event, replacedBy: nil, asks: asks)
      } else {
        take(file, event, replacedBy: nil)
      }
    case .pruned(let file): stand(.pruned, file, event)
    case .damaged(_, let found): damage(found, event)
    case .resolved(_, let keep): resolve(keep, event)
    case .unknown: hasUnknownEvents = true
    case .identified, .approved, .rejected, .declared, .configured: break
    }
    if let file = event.event.fact.file, file.path == path { lastFile = file }
  }

  private func key(_ file: FileFact) -> ContentIdentity.Key { context.identity.key(file.content) }

  private mutating func stand(_ standing: Copy.Standing, _ file: FileFact, _ event: HistoryEvent) {
    let copy = Copy(
      standing: standing, since: event.id, file: file, name: key(file), damage: nil)
    timelines[event.id.location, default: []].append((event.id.number, copy))
  }

  private mutating func damage(_ found: Digest, _ event: HistoryEvent) {
    guard let now = timelines[event.id.location]?.last?.copy, now.version != nil else { return }
    let copy = Copy(
      standing: now.standing, since: now.since, file: now.file, name: now.name, damage: found)
    timelines[event.id.location, default: []].append((event.id.number, copy))
  }

  private mutating func put(_ file: FileFact, _ event: HistoryEvent) {
    let held = timelines[event.id.location]?.last?.copy
    if let version = arrival(of: file, event) {
      versionOf[event.id] = version
      stand(.present(version: version), file, event)
      return
    }
    versionOf[event.id] = event.id
    switch event.event.fact {
    case .changed(_, let previous):
      if let held, let old = held.version, held.file.content.digests.contains(previous) {
        replacements.append((old: old, new: event.id, by: event.id))
      }
    case .restored where event.event.cause == nil:
      for old in contents.keys where event.hadSeen(old) {
        replacements.append((old: old, new: event.id, by: event.id))
      }
      enders.append(event)
    case .renamed where event.event.cause == nil: enders.append(event)
    default: break
    }
    contents[event.id] = key(file)
    stand(.present(version: event.id), file, event)
  }

  // The version that an event with a cause is a copy of; nil where the cause put no such bytes here.
  private func arrival(of file: FileFact, _ event: HistoryEvent) -> EventID? {
    guard let cause = event.event.cause else { return nil }
    let name = key(file)
    if let version = versionOf[cause], contents[version] == name { return version }
    guard case .restored = event.event.fact else { return nil }
    // Put back on a decision: the version that stood here last, or else any of the same bytes.
    let before = timelines[event.id.location]?.last { $0.copy.version != nil }?.copy.version
    if let before, contents[before] == name { return before }
    return contents.keys.filter { contents[$0] == name && event.hadSeen($0) }.min()
  }

  // A removal that carries something out; `replacedBy` is where the file went.
  private mutating func take(_ file: FileFact, _ event: HistoryEvent, replacedBy: LibraryPath?) {
    if replacedBy != nil, event.event.cause == nil {
      remove(file, event, replacedBy: replacedBy, asks: false)
      return
    }
    let name = key(file)
    let fitting = removals.filter {
      event.hadSeen($0.event.id) && $0.coveredKeys.contains(name)
        && (replacedBy == nil ? $0.event.id == event.event.cause : $0.replacedBy != nil)
    }
    let exact = fitting.last { $0.event.id == event.event.cause } ?? fitting.last
    stand(exact.map { .removed(by: $0.event.id) } ?? .pruned, file, event)
  }

  private mutating func remove(
    _ file: FileFact, _ event: HistoryEvent, replacedBy: LibraryPath?, asks: Bool
  ) {
    let view = View.seen(by: event)
    let ages = graph(in: view)
    let known = contents.filter { view.contains($0.key) }
    var covered: Set<EventID> = []
    var isOfOlder = false
    if let held = timelines[event.id.location]?.last?.copy.version {
      let name = contents[held]
      covered = Set(
        known.keys.filter { $0 == held || known[$0] == name || ages.isOlder($0, than: held) })
      // Same bytes, but someone knowingly replaced them since: not covered.
      covered = covered.filter { $0 == held || !ages.isOlder(held, than: $0) }
      // Also where the newer one is damaged or at a retired place: its writer knew that it is newer.
      isOfOlder = timelines.keys.contains { other in
        guard other != event.id.location, let version = copy(at: other, in: view)?.version
        else { return false }
        return ages.isOlder(held, than: version) && contents[version] != name
      }
    } else {
      covered = Set(known.keys.filter { known[$0] == key(file) })
    }
    append(
      event, file, covered, replacedBy: replacedBy, isOfOlder: isOfOlder, asks: asks,
      isResolution: false)
    stand(.removed(by: event.id), file, event)
  }

  private mutating func append(
    _ event: HistoryEvent, _ file: FileFact, _ covered: Set<EventID>, replacedBy: LibraryPath?,
    isOfOlder: Bool, asks: Bool, isResolution: Bool
  ) {
    var keys = Set(covered.compactMap { contents[$0] })
    if !isResolution { keys.insert(key(file)) }
    removals.append(
      Removal(
        event: event, file: file, covered: covered, coveredKeys: keys, replacedBy: replacedBy,
        isOfOlder: isOfOlder, asks: asks, isResolution: isResolution))
  }

  private mutating func resolve(_ keep: Digest?, _ event: HistoryEvent) {
    let view = View.seen(by: event)
    // What a person decides among: the heads as if nobody had decided to keep none before.
    let heads = judgement(in: view, ignoringResolutions: true).heads
    let ages = graph(in: view)
    guard let keep else {
      guard let file = heads.first?.file else {
        // Nothing to delete, but an earlier decision to keep is undone.
        resolutions.append(
          Resolution(event: event, kept: [], replaced: [], keepsNothing: true))
        return
      }
      let versions = Set(heads.flatMap(\.versions))
      let covered = contents.keys.filter { one in
        view.contains(one)
          && (versions.contains(one) || versions.contains { ages.isOlder(one, than: $0) })
      }
      append(
        event, file, Set(covered), replacedBy: nil, isOfOlder: false, asks: false,
        isResolution: true)
      resolutions.append(
        Resolution(event: event, kept: [], replaced: versions, keepsNothing: true))
      return
    }
    func hasKept(_ head: JudgedHead) -> Bool {
      head.content == context.identity.key(keep, byteCount: head.content.byteCount)
    }
    var kept = Set(heads.filter(hasKept).flatMap(\.versions))
    if kept.isEmpty {
      kept = Set(
        contents.keys.filter { one in
          guard view.contains(one), let name = contents[one] else { return false }
          return name == context.identity.key(keep, byteCount: name.byteCount)
        })
    }
    let replaced = Set(heads.filter { !hasKept($0) }.flatMap(\.versions))
    resolutions.append(
      Resolution(event: event, kept: kept, replaced: replaced, keepsNothing: false))
  }
}
