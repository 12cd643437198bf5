import CustomDump
import Foundation
import LedgerCore
import LedgerFormat
import LedgerGit
import LedgerTestKit
import LedgerWorkflows
import Testing

@Suite struct `A replay of a whole repository` {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `holds no more than the memory allows, and comes to the same`(seed: UInt64) async throws {
    try await withTemporaryFolder { folder in
      var simulation = Simulation(seed: seed, stepCount: 40)
      simulation.run()
      let repository = try await hub(of: simulation.hub, in: folder)

      let whole = try repository.replayAll(own: nil, memory: 1 << 30)
      let parts = try repository.replayAll(own: nil, memory: 5_000)

      expectNoDifference(whole.partCount, 1)
      // A third of it, at 400 bytes an event, is four events.
      #expect(parts.partCount > 1 && parts.partCount <= (parts.eventCount + 3) / 4)
      expectNoDifference(try dump(parts), try dump(whole))
      expectNoDifference(try dump(whole), simulation.hubDump)
      expectNoDifference(try batches(parts), try batches(whole))
      expectNoDifference(parts.eventCount, whole.eventCount)
      expectNoDifference(parts.problems, whole.problems)
      expectNoDifference(parts.heads, whole.heads)
    }
  }

  /// So many that they are read on all cores, and what is wrong with one stands where it stands.
  @Test func `is preceded by a look at each pushed batch`() async throws {
    try await withTemporaryFolder { folder in
      let batches = (1...50).map { batch($0) }
      let whole = try await hub(of: batches.map { .valid($0) }, in: "\(folder)/a")
      let gap = try await hub(
        of: batches.filter { $0.header.first != 40 }.map { .valid($0) }, in: "\(folder)/b")
      let late = try await hub(
        of: batches.map { .valid($0.header.first == 40 ? batch(40, at: 39) : $0) },
        in: "\(folder)/c")

      expectNoDifference(try fault(whole), nil)
      #expect(try fault(gap)?.hasSuffix("000000000041.jsonl: the next number is 40") == true)
      #expect(
        try fault(late)?.hasSuffix("000000000040.jsonl: at is not after the batch before it")
          == true)
    }
  }

  private func fault(_ repository: LedgerRepository) throws -> String? {
    let head = try #require(try repository.heads(own: nil).heads["desk"])
    return try HubCheckWorkflow.fault(repository, stream: "desk", from: nil, to: head)
  }

  private func batch(_ number: Int, at seconds: Int? = nil) -> Batch {
    let at = Instant(milliseconds: Int64(seconds ?? number) * 1000)
    let file = FileFact(path: "a.jpg", media: .photo, content: .of("\(number)"))
    let id = EventID(location: "desk", number: Int64(number))
    return Batch(
      header: BatchHeader(
        location: "desk", first: id.number, count: 1, at: at, seen: .nothing, since: .nothing,
        host: "test", version: "test"),
      events: [Event(id: id, at: at, fact: .added(file))])
  }

  private func hub(of batches: [StoredBatch], in folder: String) async throws -> LedgerRepository {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let address = try HubAddress("hub.git", relativeTo: folder)
    try await HubTemplate.create(
      at: address, ledgerJSON: Array(#"{"format":1,"id":"x","name":"n","created":"y"}"#.utf8),
      author: CommitAuthor("desk", at: Instant(milliseconds: 0)),
      environment: GitEnvironment(cleaning: HermeticGit.environment()))
    let repository = try LedgerRepository(path: "\(folder)/hub.git")
    var heads: [LocationID: CommitID] = [:]
    for case .valid(let batch) in batches {
      let location = batch.header.location
      heads[location] = try repository.append(
        BatchBlob(name: BatchFile.name(of: batch.header), bytes: BatchFile.encode(batch)),
        to: location, onto: heads[location], message: "x\n",
        author: CommitAuthor(location, at: batch.header.at))
    }
    return repository
  }

  private func dump(_ replay: FullReplay) throws -> [String] {
    var states = replay.states
    var lines: [String] = []
    while let state = try states.next() {
      lines.append(String(decoding: DumpLine.encode(state).dropLast(), as: UTF8.self))
    }
    return lines
  }

  private func batches(_ replay: FullReplay) throws -> [Batch] {
    var all: [Batch] = []
    try replay.batches { all.append($0) }
    return all
  }
}
