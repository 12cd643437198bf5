package import LedgerCache
package import LedgerCore
import LedgerFormat
package import LedgerGit
package import LedgerStorage

/// A location with everything that a command needs of it.
package struct OpenLocation {
  /// What the location is, and what reaches its parts.
  package let paths: LocationPaths
  package let outside: Surroundings
  package var file: LocationFile
  package let repository: LedgerRepository
  package var git: GitProgram
  package let cache: StateCache
  /// The folder with the marker and other files of ours.
  package internal(set) var home: FolderStorage
  /// How the files of the library are reached: the home itself, where that is their folder.
  package var storage: any LibraryStorage
  private let environment: [String: String]
  /// Whether the hub was asked in this run which events there are.
  package var hasAskedHub = false

  /// The location's name.
  package var location: LocationID { file.location }

  /// Opens the location whose home holds `folder`, searching upward.
  ///
  /// - Throws: `WorkflowError` where there is none, or its clone is missing.
  package static func find(
    from folder: String, environment: [String: String], in outside: Surroundings
  ) throws -> OpenLocation {
    return try OpenLocation(
      paths: findPaths(from: folder, in: outside), environment: environment, in: outside)
  }

  /// Removes the cache of the location whose home holds `folder`; the next run makes it anew.
  package static func discardCache(from folder: String, in outside: Surroundings) throws {
    try StateCache.discard(at: findPaths(from: folder, in: outside).cacheFile)
  }

  /// Where the location is whose home holds `folder`; nothing of it is opened.
  ///
  /// - Throws: `WorkflowError` where there is none.
  package static func findPaths(
    from folder: String, in outside: Surroundings
  ) throws -> LocationPaths {
    let joined = Registry.joined(in: outside)
    guard var current = StateFolder.resolve(folder) else {
      if let lost = joined.first(where: { $0.root == folder }) { throw Self.unmounted(lost) }
      throw WorkflowError(.noLocation, "There is no folder \(folder). Nothing was done.")
    }
    while true {
      if let paths = try ownPaths(at: current, in: outside) { return paths }
      if let lost = joined.first(where: { $0.root == current }) { throw Self.unmounted(lost) }
      guard current != "/", let slash = current.lastIndex(of: "/") else { break }
      current = slash == current.startIndex ? "/" : String(current[..<slash])
    }
    throw WorkflowError(
      .noLocation, "\(folder) is in no location of this machine. Nothing was done.",
      hint: "Go to a location's folder, name it with -C DIR, or make one with ledger join.")
  }

  private static func unmounted(_ file: LocationFile) -> WorkflowError {
    WorkflowError(
      .unhealthy,
      "\(file.root) has no marker .ledger/\(file.location).json, so it is not the folder that joined "
        + "as \(file.location). Nothing was scanned, recorded or touched.",
      hint: "Mount its disk. If the files are all there and only .ledger is lost, run "
        + "ledger join \(file.hub) --as \(file.location) --take-over \(file.root).")
  }

  /// The paths of a location of this machine whose home is exactly `folder`, or nil. Markers that a
  /// copy script brought along belong to other homes and are stepped over.
  package static func ownPaths(
    at folder: String, in outside: Surroundings
  ) throws -> LocationPaths? {
    guard StateFolder.exists("\(folder)/.ledger") else { return nil }
    let storage = try FolderStorage(root: folder, location: FolderStorage.nobody)
    for name in try storage.markers() {
      guard let bytes = try storage.readFile(".ledger/\(name).json"),
        let value = try? JSONText.parse(bytes), let marker = Marker(value),
        marker.location.name == name
      else { continue }
      let paths = marker.paths(home: folder, in: outside)
      guard let file = try? readFile(paths), file.ledger == marker.ledger,
        file.location == marker.location, file.root == folder
      else { continue }
      return paths
    }
    return nil
  }

  /// Opens a location at known paths.
  package init(
    paths: LocationPaths, environment: [String: String], in outside: Surroundings
  ) throws {
    guard let file = try Self.readFile(paths) else {
      throw WorkflowError(
        .state, "\(paths.locationFile) is missing or can't be read. Nothing was done.",
        hint: "Join again with ledger join HUB --as \(paths.location) --take-over.")
    }
    self.paths = paths
    self.outside = outside
    self.file = file
    do {
      repository = try LedgerRepository(path: paths.clone)
    } catch {
      if error.diskTrouble != nil { throw error }
      throw WorkflowError(
        .state, "The clone \(paths.clone) can't be opened: \(error). No file was touched.",
        hint: "Run ledger doctor --repair -C \(paths.home): it fetches the clone again."
      )
    }
    git = GitProgram(
      gitDirectory: paths.clone, environment: GitEnvironment(cleaning: environment))
    let cacheFile = paths.cacheFile
    let onTrouble: @Sendable (String) -> Void = {
      outside.progress(
        .trouble("The cache \(cacheFile) can't be used: \($0). This run goes on without it."))
    }
    var place = cacheFile
    do {
      try StateFolder.make(paths.cache)
    } catch let error as StorageError {
      onTrouble("\(error)")
      place = ":memory:"
    }
    cache = try StateCache.open(
      at: place, ledger: file.ledger, location: file.location.name,
      program: outside.version,
      coding: LedgerCoding.coding, onTrouble: onTrouble)
    home = try FolderStorage(root: paths.home, location: file.location)
    home.map = file.map
    self.environment = environment
    storage = file.place.storage(
      home: home, ledger: file.ledger, environment: environment, held: nil)
  }

  private static func readFile(_ paths: LocationPaths) throws -> LocationFile? {
    guard let bytes = try StateFolder.read(paths.locationFile) else { return nil }
    return LocationFile(try JSONText.parse(bytes))
  }

  /// Takes the location's lock, and tidies the clone: nobody else works there now.
  package func takeLock() throws -> LocationLock {
    let lock = try LocationLock(paths.lock, .never) { _ in }
    try tidyClone()
    return lock
  }

  // What a git that was killed, or a power cut, left: locks, without which no ref could be written
  // again, and refs that are cut short.
  private func tidyClone() throws {
    _ = try repository.removeStaleLocks()
    let unknown = try repository.mendRefs(own: location).unknown
    guard !unknown.isEmpty else { return }
    throw WorkflowError(
      .state,
      "\(unknown.joined(separator: " and ")) in \(paths.clone) was cut short, as by a power cut, and "
        + "what the clone has does not tell where it stood. Nothing was recorded or touched.",
      hint:
        "Run ledger doctor --repair -C \(paths.home): it fetches the clone again and keeps the old "
        + "one; what was recorded here and not pushed yet is found again by the next scan.")
  }

  /// Opens a location whose lock is held by this run, and by each git that it starts.
  package static func open(
    _ paths: LocationPaths, under lock: LocationLock, environment: [String: String],
    in outside: Surroundings
  ) throws -> OpenLocation {
    var open = try open(paths, environment: environment, in: outside)
    lock.hold(by: &open)
    return open
  }

  /// Opens a location whose lock is held, and tidies the clone.
  package static func open(
    _ paths: LocationPaths, environment: [String: String], in outside: Surroundings
  ) throws -> OpenLocation {
    var open = try OpenLocation(paths: paths, environment: environment, in: outside)
    try open.checkMachine()
    try open.checkCarry()
    try open.tidyClone()
    return open
  }

  /// Has the programs that move files hold the lock too, as git does.
  mutating func holdStorage() {
    guard file.place != .folder, file.place != .listing else { return }
    storage = file.place.storage(
      home: home, ledger: file.ledger, environment: environment, held: git.held)
  }

  /// Writes `location.json`.
  package func saveFile() throws { try StateFolder.write(file.encoded, to: paths.locationFile) }

  /// The marker at the home, or nil where it is missing or no marker of this location.
  package func marker() throws -> Marker? {
    guard let bytes = try home.readFile(paths.marker), let value = try? JSONText.parse(bytes),
      let marker = Marker(value), marker.ledger == file.ledger, marker.location == location
    else { return nil }
    return marker
  }
}

extension Marker {
  /// Where the state of this marker's location is.
  package func paths(home: String, in outside: Surroundings) -> LocationPaths {
    let standard = LocationPaths(home: home, ledger: ledger, location: location, in: outside)
    guard let state else { return standard }
    return LocationPaths(
      home: home, state: state, cache: "\(state)/cache", location: location)
  }
}

extension FolderStorage {
  /// Stands for no location where only files of ours are read and written.
  static let nobody: LocationID = {
    guard let name = LocationID("nobody") else { preconditionFailure("a valid name") }
    return name
  }()
}

/// How events are kept in the cache: as the lines of the log.
package enum LedgerCoding {
  /// The coding; contents in dump lines are named by their own digests.
  package static let coding = CacheCoding(
    encode: { EventLine.encode($0) },
    decode: { try? EventLine.decode($0[...]) },
    dumpLine: { DumpLine.encode($0) })
}
