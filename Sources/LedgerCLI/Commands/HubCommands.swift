import ArgumentParser
import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerWorkflows

struct HubCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub", abstract: "Look after the hub, and say which key may write what.",
    subcommands: [
      HubCheckCommand.self, HubRepairCommand.self, HubAllowCommand.self, HubListCommand.self,
      HubRevokeCommand.self,
    ])
}

struct HubCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Read everything that a hub on this machine holds.",
    discussion: """
      Hooks, objects, refs, every line of the log, and main, a line each. Changes nothing. Exit \
      status 1: something is wrong. A hub elsewhere is looked at by ledger doctor, or on its host.

      EXAMPLE: ledger hub check /srv/photos.git
      """)

  @Argument(help: "The hub's folder; the hub of the location here by default.")
  var hub: String?

  // For the hub's hook: a ref and the commits that a push moves it from and to.
  @Option(help: .hidden) var pushed: String?
  @Argument(help: .hidden) var to: String?

  @OptionGroup var common: CommonOptions

  func run() async throws {
    if let pushed { return try checkPush(pushed) }
    let text = try hub ?? common.open().file.hub
    let address = try HubAddress(text, relativeTo: common.start)
    guard case .local(let path) = address.place else {
      throw WorkflowError(
        .usage, "\(text) is on another machine. Nothing was read.",
        hint: "Run ledger hub check there, or ledger doctor here.")
    }
    var isWell = true
    await HubCheckWorkflow.run(
      at: path, environment: CommonOptions.environment, memory: CommonOptions.surroundings().memory
    ) { finding in
      isWell = isWell && finding.isFine
      FindingText.tell(finding, asJSON: common.json)
    }
    guard isWell else { throw ExitCode(ExitCodes.failed) }
    if !common.json { print("All is well.") }
  }

  // Exit status 2 alone refuses: what this program can't do here must not keep a push out.
  private func checkPush(_ ref: String) throws {
    guard ref.hasPrefix("refs/heads/"), let location = LocationID(String(ref.dropFirst(11))),
      let old = hub, let new = to.flatMap({ CommitID($0) })
    else { throw ValidationError("--pushed takes a stream's ref and two commits") }
    let folder = CommonOptions.environment["GIT_DIR"] ?? "."
    let repository = try LedgerRepository(
      path: folder.hasPrefix("/") ? folder : "\(CommonOptions.currentFolder)/\(folder)")
    let from = old.allSatisfy { $0 == "0" } ? nil : CommitID(old)
    let fault = try HubCheckWorkflow.fault(repository, stream: location, from: from, to: new)
    guard let fault else { return }
    Terminal.complain(fault)
    throw ExitCode(ExitCodes.differs)
  }
}

struct HubRepairCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Give a hub back what it lost, from the clone here.",
    discussion: """
      Pushes what the hub lacks of this location's stream, and of all others where the key may; \
      nothing is forced and nothing removed. A hub that is missing, or new and empty, is made and \
      filled. With --hub another hub takes the place of this location's.

      EXAMPLE: ledger hub repair -C ~/Photos
               ledger hub repair -C ~/Photos --hub nas2:/srv/photos.git
      """)

  @Option(help: "The address of another hub, which is this location's from now on.")
  var hub: String?

  @OptionGroup var common: CommonOptions
  @OptionGroup var wait: LockOptions

  func run() async throws {
    var (open, lock) = try common.openLocked(wait)
    defer { withExtendedLifetime(lock) {} }
    let repair = try await HubRepairWorkflow.run(&open, hub: hub, folder: common.start)
    if common.json { put(repair) } else { say(repair) }
    guard repair.refused.isEmpty, repair.parted.isEmpty else {
      throw ExitCode(ExitCodes.failed)
    }
  }

  private func say(_ repair: HubRepair) {
    if repair.isMade { print("Made the hub \(repair.hub).") }
    for name in repair.pushed { print("pushed \(name)") }
    for (name, why) in repair.refused {
      print("refused \(name): \(why)")
    }
    for branch in repair.parted {
      let offered = branch.offered?.hex ?? "nothing"
      print("parted \(branch.name): the hub has \(offered), this clone \(branch.kept)")
      print(
        "  The hub's history of \(branch.name) was rewritten, and nothing here forces it. Find out")
      print("  by whom. This sets it back, run in the hub with this clone's commit fetched there:")
      print("  git update-ref refs/heads/\(branch.name) \(branch.kept) \(offered)")
    }
    if !repair.refused.isEmpty {
      print("Run ledger hub repair at those locations too, or here with a key that may (`*`).")
    }
    if repair.hasFollowedMain {
      print(
        "The hub's main had parted from the clone's, which follows it now: no stream lacks anything."
      )
    } else if repair.pushed.isEmpty, repair.refused.isEmpty, repair.parted.isEmpty {
      print("The hub has everything that this clone has.")
    }
  }

  private func put(_ repair: HubRepair) {
    var line = JSONLines.object("repair")
    line.append("hub", repair.hub)
    line.append("made", repair.isMade)
    line.append("pushed", .array(repair.pushed.map { .string($0) }))
    line.append("refused", .array(repair.refused.map(\.name).map { .string($0) }))
    line.append("parted", .array(repair.parted.map(\.name).map { .string($0) }))
    JSONLines.put(line)
  }
}

/// Which hub a command is about, and the account that it belongs to.
struct HubOptions: ParsableArguments {
  @Option(help: "The hub's address; the hub of the location here by default.")
  var hub: String?

  @OptionGroup var common: CommonOptions

  func host() throws -> HubHost {
    let address: HubAddress
    do {
      address = try HubAddress(try hub ?? common.open().file.hub, relativeTo: common.start)
    } catch let error as WorkflowError where error.code == .noLocation && hub == nil {
      throw WorkflowError(
        .noLocation, error.message, hint: "Name the hub with --hub, or a location's folder with -C."
      )
    } catch let error as InvalidHubAddress {
      throw WorkflowError(.usage, "\(error). Nothing was done.")
    }
    return HubHost(address, environment: GitEnvironment(cleaning: CommonOptions.environment))
  }
}

struct HubAllowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allow", abstract: "Let an ssh key write as one location, and do nothing else.",
    discussion: """
      Prints the line for authorized_keys on the hub's host, or adds it there with --install. The \
      key then has git's two services on this one hub, and no shell. `*` for LOCATION lets it write \
      as every location, to repair hubs.

      EXAMPLE: ledger hub allow desk ~/.ssh/id_ed25519.pub --hub nas:/srv/photos.git --install
      """)

  @Argument(help: "The location, or `*` for all.")
  var location: String

  @Argument(help: "The public key: a .pub file, or its text in quotes.")
  var key: String

  @Flag(help: "Add the line to authorized_keys of the hub's account, over ssh if it is elsewhere.")
  var install = false

  @OptionGroup var options: HubOptions

  func run() async throws {
    guard let writer = HubKey.Writer(location) else {
      throw WorkflowError(
        .usage, "\(location.debugDescription) is no name for a location. Nothing was done.",
        hint: "Use 1 to 32 of a-z, 0-9 and -, not starting with -, and not main; or '*'.")
    }
    let host = try options.host()
    let path = try await host.keys().path
    let publicKey = try text()
    let line: String
    do {
      line = try HubKey(publicKey, for: writer).line(hubPath: path)
    } catch {
      throw WorkflowError(
        .usage, "The key can't be used: \(error). Nothing was changed.",
        hint: "Give the .pub file that ssh-keygen made.")
    }
    if install { try await host.add(line: line) }
    if options.common.json {
      var object = JSONLines.object("key")
      object.append("location", writer.description)
      object.append("line", line)
      object.append("installed", install)
      JSONLines.put(object)
    } else {
      print(install ? "The key may write as \(writer) now." : line)
    }
  }

  private func text() throws -> String {
    if key.contains(" ") { return key }
    let path = key.hasPrefix("/") ? key : "\(options.common.start)/\(key)"
    guard let bytes = try StateFolder.read(path) else {
      throw WorkflowError(.usage, "There is no file \(path). Nothing was changed.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

struct HubListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the ssh keys that may write to the hub.",
    discussion: "EXAMPLE: ledger hub list -C ~/Photos")

  @OptionGroup var options: HubOptions

  func run() async throws {
    let keys = try await options.host().keys().keys
    for key in keys {
      if options.common.json {
        var line = JSONLines.object("key")
        line.append("location", key.writer.description)
        line.append("type", key.kind)
        line.append("key", key.base64)
        line.append("comment", key.comment)
        JSONLines.put(line)
      } else {
        print("\(key.writer)\t\(key.kind) …\(key.base64.suffix(12)) \(key.comment)")
      }
    }
    if keys.isEmpty, !options.common.json {
      print("No key is bound to a location: whoever can log in there may write as all.")
    }
  }
}

struct HubRevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take a location's keys out of the hub's authorized_keys.",
    discussion: "EXAMPLE: ledger hub revoke desk --hub nas:/srv/photos.git")

  @Argument(help: "The location, or `*` for the keys that may write as all.")
  var location: String

  @OptionGroup var options: HubOptions

  func run() async throws {
    let host = try options.host()
    let (path, keys) = try await host.keys()
    let revoked = keys.filter { $0.writer.description == location }
    guard !revoked.isEmpty else {
      throw WorkflowError(
        .notFound, "No key may write as \(location). Nothing was changed.",
        hint: "ledger hub list names the keys.")
    }
    try await host.remove(lines: try revoked.map { try $0.line(hubPath: path) })
    if options.common.json {
      var line = JSONLines.object("revoked")
      line.append("location", location)
      line.append("keys", Int64(revoked.count))
      JSONLines.put(line)
    } else {
      print("\(Count.text(revoked.count, "key")) of \(location) may no longer write.")
    }
  }
}
