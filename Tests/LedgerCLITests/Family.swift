import Foundation
import LedgerTestKit
import Testing

/// A hub and places in a temporary folder, driven through the program as a person would.
struct Family: Sendable {
  /// What a command came to.
  struct Run: Sendable {
    let status: Int32
    /// Standard output and standard error, each without the last line break.
    let output: String
    let words: String

    /// The lines of standard output as JSON.
    func lines() throws -> [JSON] { try JSON.lines(output) }

    /// The last line, of that kind.
    func last(_ kind: String) throws -> JSON {
      try #require(try lines().last { $0["kind"].text == kind })
    }
  }

  /// The folder of everything.
  let folder: String
  /// The hub's address.
  let hub: String
  /// The hub's path on this machine.
  let hubPath: String
  var environment: [String: String]
  /// Words before each command, such as `setpriv …`.
  var prefix: [String] = []

  /// Nothing made yet.
  init(in folder: String, server: SSHServer? = nil, key: SSHServer.Key = .ed25519) {
    self.folder = folder
    hubPath = "\(folder)/hub.git"
    hub = server.map { "\($0.host):\(folder)/hub.git" } ?? "\(folder)/hub.git"
    var extra = [
      "HOME": "\(folder)/home", "LEDGER_SETTLE_SECONDS": "0", "NO_COLOR": "1",
      "XDG_STATE_HOME": "\(folder)/state", "XDG_CACHE_HOME": "\(folder)/cache",
    ]
    if let server { extra["GIT_SSH_COMMAND"] = server.command(key) }
    environment = HermeticGit.environment(extra)
  }

  /// The path of a place.
  func path(_ place: String) -> String { "\(folder)/\(place)" }

  /// Runs the program in a place and expects a status.
  @discardableResult
  func ledger(
    _ arguments: String..., at place: String? = nil, status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Run {
    let run = try await HermeticGit.runProgram(
      prefix + [try Self.program()] + arguments, in: place.map(path) ?? folder,
      environment: environment)
    #expect(
      run.exitStatus == status, "\(arguments): \(run.output) \(run.words)",
      sourceLocation: sourceLocation)
    return Run(status: run.exitStatus, output: run.output, words: run.words)
  }

  /// Makes the hub and joins the places with what each has the say over; `none` for nothing.
  func join(_ places: [(name: String, authoritative: String)]) async throws {
    try await ledger("init", hub, "--name", "family")
    for (name, authoritative) in places {
      try await shell("mkdir \(name)")
      try await ledger("join", hub, "--as", name, "--authoritative", authoritative, name)
    }
  }

  /// Runs sync at each place, one after the other.
  func sync(_ places: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for place in places {
      try await ledger("sync", at: place, sourceLocation: sourceLocation)
    }
  }

  /// Runs a script of a person in the folder of everything.
  @discardableResult
  func shell(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) async throws
    -> String
  {
    let run = try await HermeticGit.runProgram(
      ["bash", "-euo", "pipefail", "-c", script], in: folder, environment: environment)
    #expect(run.exitStatus == 0, "\(script): \(run.words)", sourceLocation: sourceLocation)
    return run.output
  }

  /// The fingerprint that a place replays to; its cache must match.
  func fingerprint(of place: String) async throws -> String? {
    let replay = try await ledger("replay", "--json", at: place).last("replay")
    #expect(replay["cache"].text == "matches", "the cache of \(place)")
    return replay["fingerprint"].text
  }

  /// What `ls --json` says about one path at a place.
  func file(_ path: String, at place: String) async throws -> JSON {
    try await ledger("ls", "--json", path, at: place).last("file")
  }

  /// Everything below the folder but what SQLite and locks touch, with contents: a picture to compare.
  func picture() async throws -> [String] {
    try await shell(
      """
      find . \\( -name lock -o -name 'cache.sqlite*' -o -name FETCH_HEAD \\) -prune -o -type d -printf '%p %i\\n' -o -printf '%p %y %s %T@ %i\\n' | sort
      find . \\( -name lock -o -name 'cache.sqlite*' -o -name FETCH_HEAD \\) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
      """
    ).split(separator: "\n").map(String.init)
  }

  /// The program that the test runner was built with: it lies beside the tests.
  static func program() throws -> String {
    for argument in CommandLine.arguments {
      guard let end = argument.range(of: ".xctest")?.upperBound else { continue }
      var path = argument[..<end]
      while let slash = path.lastIndex(of: "/") {
        path = path[..<slash]
        if FileManager.default.isExecutableFile(atPath: "\(path)/ledger") {
          return String(path) + "/ledger"
        }
      }
    }
    throw TestKitError("no ledger beside \(CommandLine.arguments)")
  }
}

/// A JSON value, read leniently.
enum JSON: Decodable, Equatable {
  case object([String: JSON])
  case array([JSON])
  case string(String)
  case number(Double)
  case bool(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSON].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }

  /// A value for each line of a text.
  static func lines(_ text: String) throws -> [JSON] {
    try text.split(separator: "\n").map {
      try JSONDecoder().decode(JSON.self, from: Data($0.utf8))
    }
  }

  /// The value of a key; null where there is none.
  subscript(key: String) -> JSON {
    if case .object(let fields) = self { fields[key] ?? .null } else { .null }
  }

  /// The text of a string, or nil.
  var text: String? { if case .string(let text) = self { text } else { nil } }
  /// The value of a number, or nil.
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  /// The elements of an array.
  var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }
  /// The keys of an object, sorted.
  var keys: [String] { if case .object(let fields) = self { fields.keys.sorted() } else { [] } }
}
