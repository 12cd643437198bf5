import ArgumentParser
import LedgerCore
import LedgerWorkflows
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Options that most commands have.
struct CommonOptions: ParsableArguments {
  @Option(
    name: .customShort("C"), help: ArgumentHelp("Go to this folder first.", valueName: "dir"))
  var folder: String?

  @Flag(help: "Print one JSON object a line.")
  var json = false

  func validate() throws {
    guard let text = Self.environment["LEDGER_MEMORY"] else { return }
    guard Int(text).map({ $0 > 0 }) == true else {
      throw ValidationError(
        "LEDGER_MEMORY is \(text.debugDescription), which is no number of bytes. Nothing was done.")
    }
  }

  /// The folder to start from, absolute.
  var start: String {
    let here = CommonOptions.currentFolder
    guard let folder else { return here }
    return folder.hasPrefix("/") ? folder : "\(here)/\(folder)"
  }

  /// Opens the location here.
  func open() throws -> OpenLocation {
    try OpenLocation.find(
      from: start, environment: CommonOptions.environment,
      in: CommonOptions.surroundings())
  }

  /// Opens the location here and takes its lock, which lasts as long as it is held.
  func openLocked(_ wait: LockOptions) throws -> (open: OpenLocation, lock: LocationLock) {
    let outside = CommonOptions.surroundings()
    let paths = try OpenLocation.findPaths(from: start, in: outside)
    // The lock first: what another run is about to write must not be read before it has ended.
    let lock = try wait.lock(paths)
    let open = try OpenLocation.open(
      paths, under: lock, environment: CommonOptions.environment, in: outside)
    return (open, lock)
  }

  /// Opens the location here to record something that a person decided: locked, and with what the
  /// hub has, if it can be reached.
  func openToRecord(
    _ wait: LockOptions
  ) async throws -> (open: OpenLocation, lock: LocationLock) {
    var (open, lock) = try openLocked(wait)
    if let trouble = try await open.askHub() {
      Terminal.complain("The hub \(trouble). Going on with what is here.")
    }
    try open.catchUp()
    return (open, lock)
  }

  /// Removes the cache of the location that the command line names.
  static func discardCache() throws {
    let arguments = CommandLine.arguments.prefix { $0 != "--" }
    let named = arguments.firstIndex(of: "-C").map { arguments[$0 + 1] } ?? currentFolder
    let folder = named.hasPrefix("/") ? named : "\(currentFolder)/\(named)"
    try OpenLocation.discardCache(from: folder, in: surroundings())
  }

  static var currentFolder: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }

  /// The user's variables.
  static var environment: [String: String] {
    var variables: [String: String] = [:]
    var pointer = environ
    while let entry = pointer.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      pointer += 1
    }
    return variables
  }

  /// The clock, the machine and the user's folders.
  static func surroundings() -> Surroundings {
    let variables = environment
    let home = variables["HOME"] ?? "/"
    func folder(_ name: String, _ standard: String) -> String {
      variables[name].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/\(standard)"
    }
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    let name = String(
      decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let line = ProgressLine()
    return Surroundings(
      clock: .system, host: name, machine: MachineIdentity.read(), version: LedgerCommand.version,
      stateHome: folder("XDG_STATE_HOME", ".local/state"),
      cacheHome: folder("XDG_CACHE_HOME", ".cache"),
      settleSeconds: variables["LEDGER_SETTLE_SECONDS"].flatMap { Int64($0) } ?? 2,
      width: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
      memory: variables["LEDGER_MEMORY"].flatMap { Int($0) } ?? MachineMemory.byteCount(),
      progress: { line.show($0) })
  }
}

/// What a command does about another run that holds the lock.
struct LockOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Wait for another run here to end, at most so many seconds; --wait alone: however long.",
      valueName: "seconds"))
  var wait: LockWait?

  /// Takes a location's lock.
  func lock(_ paths: LocationPaths) throws -> LocationLock {
    try LocationLock(paths.lock, wait ?? .never) {
      Terminal.complain("Waiting for \($0), which holds the lock of \(paths.location).")
    }
  }

  /// The parser knows no option whose value may be left out: `--wait` alone is given one.
  static func spellingOut(_ arguments: [String]) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end].map { $0 == "--wait" ? "--wait=forever" : $0 } + arguments[end...]
  }
}

extension LockWait: ExpressibleByArgument {
  /// Parses `10`, `0.5` or `forever`.
  package init?(argument: String) {
    if argument == "forever" {
      self = .forever
      return
    }
    guard let seconds = Double(argument), (0...1e9).contains(seconds) else { return nil }
    self = .milliseconds(Int64(seconds * 1_000))
  }
}

extension WallClock {
  /// The system's clock.
  static let system = WallClock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(
      milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
