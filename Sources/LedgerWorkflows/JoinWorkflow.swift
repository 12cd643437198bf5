import LedgerCache
package import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Makes a folder a location.
package struct JoinWorkflow {
  /// What a person asks for.
  package struct Request: Sendable {
    /// The hub's address as given.
    package var hub: String
    /// The location's name as given.
    package var name: String
    /// The folder, absolute.
    package var folder: String
    /// Settings to declare.
    package var settings: [SettingEntry]
    /// Where clone and cache go instead of the standard places.
    package var state: String?
    /// Whether to go on as a location that another machine was.
    package var takesOver: Bool
    /// How the files are reached; `folder` is then the home.
    package var place = LocationPlace.folder

    /// A request for a folder.
    package init(
      hub: String, name: String, folder: String, settings: [SettingEntry], state: String?,
      takesOver: Bool
    ) {
      self.hub = hub
      self.name = name
      self.folder = folder
      self.settings = settings
      self.state = state
      self.takesOver = takesOver
    }
  }

  private let request: Request
  private let environment: [String: String]
  private let outside: Surroundings

  /// A join.
  package init(_ request: Request, environment: [String: String], in outside: Surroundings) {
    self.request = request
    self.environment = environment
    self.outside = outside
  }

  /// Joins: clones, declares, pushes.
  ///
  /// - Returns: the location, open, and what a take-over brought along.
  /// - Throws: `WorkflowError`; nothing is left behind by what it says was not done. Where something else
  ///   fails once the clone stands in its place, a sync there goes on.
  package func run() async throws -> (open: OpenLocation, carried: CarriedOver) {
    guard let location = LocationID(request.name) else {
      throw WorkflowError(
        .usage, "\(request.name.debugDescription) is no name for a location. Nothing was done.",
        hint: "Use 1 to 32 of a-z, 0-9 and -, not starting with -, and not main.")
    }
    let root = try checkedRoot()
    let hub = try InitWorkflow.address(request.hub, root)
    try checkOutside(root, hub)
    // Where the clone will stand, as it can only be renamed within one file system.
    let base = "\(request.state ?? outside.stateHome)/ledger"
    let scratch = "\(base)/.joining-\(getpid())"
    try StateFolder.make(base)
    removeLeftovers(in: base)
    outside.progress(.step("cloning the hub"))
    let description: LedgerDescription
    do {
      _ = try await GitProgram.clone(
        hub: hub, into: scratch, environment: GitEnvironment(cleaning: environment))
      description = try readDescription(scratch)
      try checkName(location, scratch)
      try await reachPlace(root, location, description.id)
    } catch {
      try? StateFolder.removeOwn(scratch)
      if let error = error as? GitProgramError, error.kind != .unreachable {
        throw WorkflowError(.hub, "The hub can't be cloned: \(error.brief). Nothing was done.")
      }
      throw error
    }
    outside.progress(.done)
    return try await settle(location, root, hub, scratch, description)
  }

  // Clones in the making of joins that were killed.
  private func removeLeftovers(in base: String) {
    for name in StateFolder.names(in: base) {
      // `.joining-4711`, and `..joining-4711.new-4711-1a2b` while it is being filled.
      let parts = name.split(separator: "-")
      guard parts.count > 1, parts[0].hasSuffix(".joining"),
        let process = pid_t(parts[1].prefix { $0.isNumber }), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? StateFolder.removeOwn("\(base)/\(name)")
    }
  }

  // Whether a join was killed before it had recorded anything there: then the next one begins anew.
  private func isUnfinished(_ clone: String, _ location: LocationID) throws -> Bool {
    guard StateFolder.exists(clone) else { return true }
    return try LedgerRepository(path: clone).heads(own: location).heads[location] == nil
  }

  private func checkedRoot() throws -> String {
    guard let root = StateFolder.resolve(request.folder) else {
      throw WorkflowError(
        .usage, "There is no folder \(request.folder). Nothing was done.",
        hint: "Make it first, or mount its disk.")
    }
    do {
      _ = try FolderStorage(root: root, location: FolderStorage.nobody)
    } catch {
      throw WorkflowError(
        .usage, "\(root) can't be a location: \(error). Nothing was done.",
        hint: "Name the folder that holds the photos and videos.")
    }
    for other in Registry.joined(in: outside) {
      let isSame = other.root == root
      guard isSame || other.root.hasPrefix(root + "/") || root.hasPrefix(other.root + "/") else {
        continue
      }
      // A home whose marker is gone has left this machine.
      guard StateFolder.exists("\(other.root)/.ledger/\(other.location).json") else { continue }
      let place = LocationPaths(
        home: root, ledger: other.ledger, location: other.location, in: outside)
      // Another machine has written as this location too, or its clone is spoilt.
      if isSame, request.takesOver, other.location.name == request.name { continue }
      if isSame, try isUnfinished(place.clone, other.location) { continue }
      throw WorkflowError(
        .alreadyThere,
        isSame
          ? "\(root) is the location \(other.location) already. Nothing was done."
          : "\(root) and the location \(other.location) at \(other.root) lie in each other. "
            + "Nothing was done.",
        hint: isSame ? "Run ledger sync there." : "Two locations must not share files.")
    }
    var above = root
    while let slash = above.lastIndex(of: "/"), slash != above.startIndex {
      above = String(above[..<slash])
      if try OpenLocation.ownPaths(at: above, in: outside) != nil {
        throw WorkflowError(
          .alreadyThere, "\(root) is inside the location at \(above). Nothing was done.",
          hint: "Two locations must not share files.")
      }
    }
    return root
  }

  // Git repositories inside a folder that a cloud program syncs get corrupted, and would be scanned.
  private func checkOutside(_ root: String, _ hub: HubAddress) throws {
    if case .local(let path) = hub.place {
      guard StateFolder.exists(path) else {
        throw WorkflowError(
          .hub, "There is no hub at \(path). Nothing was done.",
          hint: "Make one with ledger init \(request.hub), or mount its disk.")
      }
      let real = StateFolder.resolve(path) ?? path
      guard !"\(real)/".hasPrefix(root + "/") else {
        throw WorkflowError(
          .usage, "The hub \(path) is inside \(root). Nothing was done.",
          hint: "Move the hub outside the folders that hold photos, and join again.")
      }
    }
    for folder in [request.state ?? outside.stateHome, request.state ?? outside.cacheHome] {
      var above = folder
      while !StateFolder.exists(above), let slash = above.lastIndex(of: "/") {
        above = slash == above.startIndex ? "/" : String(above[..<slash])
      }
      guard !"\(StateFolder.resolve(above) ?? above)/".hasPrefix(root + "/") else {
        throw WorkflowError(
          .usage, "\(folder), where the clone goes, is inside \(root). Nothing was done.",
          hint:
            "Join a folder that holds photos alone, or put the clone elsewhere with --state DIR.")
      }
    }
  }

  private func readDescription(_ clone: String) throws -> LedgerDescription {
    let repository = try LedgerRepository(path: clone)
    do {
      return try LedgerDescription(try repository.description())
    } catch LedgerDescription.Fault.newerFormat(let format) {
      throw WorkflowError(
        .newerFormat, "This ledger has format \(format); this program knows format 1.",
        hint: "Install a newer ledger.")
    } catch {
      throw WorkflowError(
        .notALedger, "\(request.hub) is a git repository but no ledger. Nothing was done.",
        hint: "Make a hub with ledger init HUB.")
    }
  }

  // Before anything is made here: a place that can't be marked can't be told from another.
  private func reachPlace(_ root: String, _ location: LocationID, _ ledger: String) async throws {
    let home = try FolderStorage(root: root, location: location)
    let storage = request.place.storage(
      home: home, ledger: ledger, environment: environment, held: nil)
    guard let remote = storage as? RcloneStorage else { return }
    outside.progress(.step("asking \(remote.remote)"))
    do {
      try await remote.writeMarker()
    } catch let error as PlaceError {
      throw WorkflowError(
        .unhealthy, "\(remote.remote) can't be a location: \(error). Nothing was done.",
        hint: "Try rclone lsf \(ShellWord.quote(Array(remote.remote.utf8))), and give rclone the "
          + "right to write there: the marker .ledger/\(location).json tells the place from another."
      )
    }
  }

  private func checkName(_ location: LocationID, _ clone: String) throws {
    let repository = try LedgerRepository(path: clone)
    guard try repository.hubHead(of: location) != nil, !request.takesOver else { return }
    throw WorkflowError(
      .alreadyThere,
      "The ledger has a location \(location) already, on another machine or in another folder. "
        + "Nothing was done.",
      hint: "Choose another name; after a restore of that machine, add --take-over.")
  }

  private func settle(
    _ location: LocationID, _ root: String, _ hub: HubAddress, _ scratch: String,
    _ description: LedgerDescription
  ) async throws -> (open: OpenLocation, carried: CarriedOver) {
    let standard = LocationPaths(
      home: root, ledger: description.id, location: location, in: outside)
    let state = request.state.map { "\($0)/ledger/\(description.id)/\(location)" }
    let paths = state.map {
      LocationPaths(home: root, state: $0, cache: "\($0)/cache", location: location)
    }
    let place = paths ?? standard
    try StateFolder.make(place.state)
    let lock: LocationLock
    let oldClone: String?
    do {
      lock = try LocationLock(place.lock, .never) { _ in }
      oldClone = try makeWay(for: location, at: place)
    } catch {
      try? StateFolder.removeOwn(scratch)
      throw error
    }
    defer { withExtendedLifetime(lock) {} }
    try StateFolder.move(scratch, to: place.clone)
    let storage = try FolderStorage(root: root, location: location)
    let identity = try storage.identity()
    var file = LocationFile(
      ledger: description.id, location: location, hub: hub.text, root: root,
      device: identity.device, inode: identity.inode)
    file.place = request.place
    // A state that travels with its disk belongs to no machine.
    file.machine = state == nil ? outside.machine : ""
    try StateFolder.write(file.encoded, to: place.locationFile)
    let marker = Marker(ledger: description.id, location: location, last: 0, state: state)
    try storage.writeFile(place.marker, marker.encoded)
    var open = try OpenLocation(paths: place, environment: environment, in: outside)
    lock.hold(by: &open)
    _ = try open.repository.adoptStream(of: location)
    let declared =
      request.settings.isEmpty ? [] : [CausedFact(.declared(location, request.settings))]
    // Settings concern every path: the cache is filled once, with those of a new place.
    let begins =
      try !declared.isEmpty && oldClone == nil
      && open.repository.heads(own: location).heads[location] == nil
    // The new marker says nothing of how old the files are.
    if request.takesOver { try open.keepCameBack() }
    if begins { try open.begin(with: declared) } else { try open.catchUp() }
    var carried = CarriedOver()
    if let oldClone { carried = await open.carryOver(from: oldClone) }
    try place.endCarry()
    // Where the place does not answer now, its first scan wants them.
    let wanted = (try? await open.wantedDigests()) ?? []
    _ = try await open.record((begins ? [] : declared) + wanted, since: .nothing)
    // Who joins has said how the files lie.
    open.use(try open.cache.context().settings.map(of: location))
    if !open.file.map.isNone { try open.saveFile() }
    _ = try await open.pushNews()
    return (open, carried)
  }
}

extension JoinWorkflow {
  // A clone that is kept has all that this location ever recorded and did not yet push.
  private func makeWay(for location: LocationID, at place: LocationPaths) throws -> String? {
    if try request.takesOver || isUnfinished(place.clone, location) {
      return try place.moveCloneAside()
    }
    guard StateFolder.exists(place.clone) else { return nil }
    throw WorkflowError(
      .alreadyThere, "\(place.state) is there already, of an earlier join. Nothing was done.",
      hint: "Add --take-over to go on as \(location); the old clone is kept beside the new one.")
  }
}

/// The locations of this machine, as their state folders at the standard place tell.
enum Registry {
  static func joined(in outside: Surroundings) -> [LocationFile] {
    let base = "\(outside.stateHome)/ledger"
    return StateFolder.names(in: base).flatMap { ledger in
      StateFolder.names(in: "\(base)/\(ledger)").compactMap { name in
        guard let bytes = try? StateFolder.read("\(base)/\(ledger)/\(name)/location.json"),
          let value = try? JSONText.parse(bytes), let file = LocationFile(value),
          file.location.name == name, file.ledger == ledger
        else { return nil }
        return file
      }
    }
  }
}
