import Foundation
import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

/// How many bytes lie between two cuts; a few are tried where it is not set.
private let step: Int? = ProcessInfo.processInfo.environment["LEDGER_CUT_STEP"].flatMap { Int($0) }

/// How many hubs share the cuts: a push waits most of its time.
private let hubCount = step == nil ? 1 : 4

@Suite struct `A push whose connection breaks` {
  @Test(arguments: CutLine.Side.allCases, 0..<hubCount)
  func `loses nothing and writes nothing twice, wherever it breaks`(
    side: CutLine.Side, hub: Int
  ) async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let push = try await CutPush(over: server, in: folder)
        let counts = try await push.measure()
        let total = side == .client ? counts.client : counts.server

        var outcomes: [CutPush.Outcome: Int] = [:]
        for offset in Self.offsets(of: total, at: hub) {
          outcomes[try await push.outcome(side, after: offset), default: 0] += 1
        }

        #expect(outcomes[.untouched] != nil)
        let told = CutPush.Outcome.allCases.map { "\(outcomes[$0] ?? 0) \($0.rawValue)" }
        print(
          "hub \(hub), cut within \(total) bytes of the \(side.rawValue): \(told.joined(separator: ", "))"
        )
      }
    }
  }

  /// From nothing to everything; the last bytes are those in which the hub answers.
  private static func offsets(of total: Int, at hub: Int) -> [Int] {
    if let step { return Array(stride(from: hub * step, through: total, by: step * hubCount)) }
    return [0, total / 3, total * 2 / 3] + [400, 320, 240, 160, 1].map { total - $0 }
  }
}

/// A hub behind ssh and a clone with a batch that the hub lacks, as often as wanted.
private final class CutPush {
  let folder: String
  let line: CutLine
  let head: CommitID
  let main: CommitID
  /// Whether the hub or the clone is other than it was saved.
  private var isTouched = true

  init(over server: SSHServer, in folder: String) async throws {
    self.folder = folder
    line = try await CutLine(to: server, in: folder)
    let hub = try await TestHub(
      in: folder, address: "\(server.host):\(folder)/hub.git",
      environment: HermeticGit.environment(["GIT_SSH_COMMAND": line.command]))
    let clone = try await hub.clone(desk)
    try clone.append(1)
    try clone.mergeMain()
    try clone.repository.writeBlobRef(of: desk, Array("{}".utf8))
    _ = try await clone.push(main: true, seen: true)
    head = try clone.append(2)
    main = try #require(try clone.mergeMain())
    try clone.repository.writeBlobRef(of: desk, Array("{ }".utf8))
    // A hub that was left alone works on: the next connection waits until it is done.
    for service in ["receive", "upload"] {
      try await HermeticGit.run(
        "config", "remote.hub.\(service)pack", "flock \(folder)/turn git-\(service)-pack",
        in: clone.repository.path)
    }
    try await shell("mkdir saved && cp -a hub.git \"clone of desk\" saved/")
  }

  /// How many bytes a whole push takes.
  func measure() async throws -> CutLine.Counts {
    let pushed = try await git(line.command).push(stream: desk, main: true, seen: true)
    #expect(pushed.stream == .landed && pushed.main == .landed && pushed.seen == .landed)
    let counts = try await line.counts()
    try await expectWhole("without a cut")
    return counts
  }

  /// When a line broke, as seen by the hub and the clone.
  enum Outcome: String, CaseIterable {
    case untouched = "before a byte changed"
    case before = "before the hub moved anything"
    case unheard = "before the clone heard of it"
    case after = "too late to matter"
  }

  /// Pushes over a line that breaks, then over a whole one.
  func outcome(_ side: CutLine.Side, after count: Int) async throws -> Outcome {
    let what = "after \(count) bytes from the \(side.rawValue)"
    if isTouched { try await shell("rm -rf hub.git \"clone of desk\" && cp -a saved/. .") }
    var outcome = Outcome.after
    do {
      let pushed = try await git(line.command(cut: side, after: count))
        .push(stream: desk, main: true, seen: true)
      #expect(pushed.stream == .landed && pushed.main == .landed, "\(what)")
    } catch let error as GitProgramError {
      #expect(error.kind == .unreachable, "\(what): \(error) \(error.exitStatus)")
      outcome = try hubHead() == head ? .unheard : .before
    }
    // With each byte where it was, all goes on as if this push had not been.
    let (isHubTouched, isCloneTouched) = try await (
      isChanged("hub.git"), isChanged("clone of desk")
    )
    isTouched = isHubTouched || isCloneTouched
    guard isTouched else { return .untouched }

    // As a sync does, and also as a program does that asks nothing before.
    if count.isMultiple(of: 2) {
      #expect(try await git(line.command).fetch() == .done, "\(what)")
      #expect(try repository().hubHead(of: desk) == hubHead(), "\(what)")
    }
    let again = try await git(line.command).push(stream: desk, main: true, seen: true)
    for ref in [again.stream, again.main, again.seen] {
      #expect(ref == .landed || ref == .upToDate, "\(what): \(again)")
    }
    try await expectWhole(what)
    return outcome
  }

  private func expectWhole(_ what: String) async throws {
    let refs = try await HermeticGit.run(
      "for-each-ref", "--format=%(refname) %(objectname)", in: "\(folder)/hub.git")
    let seen = try await HermeticGit.run(
      "rev-parse", "refs/ledger/seen/desk", in: "\(folder)/clone of desk")
    #expect(
      refs == "refs/heads/desk \(head)\nrefs/heads/main \(main)\nrefs/ledger/seen/desk \(seen)",
      "\(what)")
    let batches = try await HermeticGit.run(
      "log", "--format=", "--name-only", "desk", in: "\(folder)/hub.git")
    let names = [2, 1].map { batch(desk, $0).name } + ["ledger.json"]
    #expect(batches.split(separator: "\n").map(String.init) == names, "\(what)")
    try await HermeticGit.run("fsck", "--strict", in: "\(folder)/hub.git")
    #expect(try repository().hubHead(of: desk) == head, "\(what)")
  }

  private func isChanged(_ name: String) async throws -> Bool {
    let run = try await HermeticGit.runProgram(
      ["diff", "-rq", "--no-dereference", "saved/\(name)", name], in: folder,
      environment: HermeticGit.environment())
    return run.exitStatus != 0
  }

  private func hubHead() throws -> CommitID? {
    try LedgerRepository(path: "\(folder)/hub.git").heads(own: desk).heads[desk]
  }

  private func repository() throws -> LedgerRepository {
    try LedgerRepository(path: "\(folder)/clone of desk")
  }

  private func git(_ command: String) -> GitProgram {
    GitProgram(
      gitDirectory: "\(folder)/clone of desk",
      environment: GitEnvironment(
        cleaning: HermeticGit.environment(["GIT_SSH_COMMAND": command])))
  }

  private func shell(_ script: String) async throws {
    try await HermeticGit.runProgramSuccessfully(["sh", "-e", "-c", script], in: folder)
  }
}
