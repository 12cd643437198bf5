import CustomDump
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

  private func hub(of batches: [StoredBatch], in folder: String) async throws -> LedgerRepository {
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
