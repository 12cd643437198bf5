import LedgerCore
import LedgerGit
import LedgerTestKit

let desk = location("desk")
let plex = location("plex")
let when = Instant(milliseconds: 1_795_449_600_123)

func location(_ name: String) -> LocationID {
  guard let location = LocationID(name) else { preconditionFailure("a test's name is valid") }
  return location
}

let ledgerJSON = Array(#"{"format":1,"id":"x","name":"it's","created":"y"}"#.utf8) + [10]

/// A batch file of a header and one event, as far as git is concerned.
func batch(_ location: LocationID, _ sequence: Int, _ line: String = "line") -> BatchBlob {
  let digits = String(sequence)
  let name = String(repeating: "0", count: 12 - digits.utf8.count) + digits
  return BatchBlob(
    name: "events/\(location)/2026-11/23/\(name).jsonl", bytes: Array("{}\n\(line)\n".utf8))
}

/// A hub in a folder, and clones of it.
struct TestHub {
  let folder: String
  let address: HubAddress
  let environment: GitEnvironment

  /// Makes a hub; `name` may hold anything that a path may.
  init(
    in folder: String, name: String = "hub.git", address: String? = nil,
    environment: [String: String] = HermeticGit.environment()
  ) async throws {
    self.folder = folder
    self.environment = GitEnvironment(cleaning: environment)
    self.address = try HubAddress(address ?? name, relativeTo: folder)
    try await HubTemplate.create(
      at: self.address, ledgerJSON: ledgerJSON, author: author(plex), environment: self.environment)
  }

  var path: String {
    switch address.place {
    case .local(let path): path
    case .ssh(_, _, let path): path
    }
  }

  func clone(_ location: LocationID) async throws -> TestClone {
    let path = "\(folder)/clone of \(location)"
    let git = try await GitProgram.clone(hub: address, into: path, environment: environment)
    return TestClone(location: location, git: git, repository: try LedgerRepository(path: path))
  }
}

func author(_ location: LocationID, later seconds: Int64 = 0) -> CommitAuthor {
  CommitAuthor(location, at: when.advanced(milliseconds: seconds * 1000))
}

/// A location's clone.
struct TestClone {
  let location: LocationID
  let git: GitProgram
  let repository: LedgerRepository

  var head: CommitID? {
    get throws { try repository.heads(own: location).heads[location] }
  }

  @discardableResult
  func append(_ sequence: Int, _ line: String = "line") throws -> CommitID {
    try repository.append(
      batch(location, sequence, line), to: location, onto: head,
      message: "\(location): \(sequence) added\n\nLedger-Batch: \(location):\(sequence)\n",
      author: author(location, later: Int64(sequence)))
  }

  @discardableResult
  func mergeMain() throws -> CommitID? {
    try repository.unionMain(
      heads: repository.heads(own: location).heads, author: author(location, later: 1000))
  }

  func push(main: Bool = false, seen: Bool = false) async throws -> PushResult {
    try await git.push(stream: location, main: main, seen: seen)
  }
}
