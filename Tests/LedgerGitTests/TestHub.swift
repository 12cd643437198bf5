import LedgerCore
import LedgerFormat
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

/// A batch of one event, whose file is called `line`: a hub on which ledger is installed reads each.
func batch(_ location: LocationID, _ sequence: Int, _ line: String = "line") -> BatchBlob {
  let path = LibraryPath(diskBytes: Array("\(line).jpg".utf8))
  let digest = Digest("sha256:" + String(repeating: "0", count: 64))
  guard let path, let digest else { preconditionFailure("a test's names are valid") }
  let file = FileFact(path: path, media: .photo, content: Content(digest: digest, byteCount: 1))
  let number = Int64(sequence)
  let header = BatchHeader(
    location: location, first: number, count: 1, at: when, seen: .nothing, since: .nothing,
    host: "test", version: "test")
  let event = Event(
    id: EventID(location: location, number: number), at: when, fact: .added(file), cause: nil)
  return BatchBlob(
    name: BatchFile.name(of: header),
    bytes: BatchFile.encode(Batch(header: header, events: [event])))
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
