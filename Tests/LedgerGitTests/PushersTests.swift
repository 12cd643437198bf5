import Foundation
import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

/// How many batches each of twenty locations pushes.
private let batches =
  ProcessInfo.processInfo.environment["LEDGER_PUSHERS"].flatMap { Int($0) } ?? 3

@Suite struct `Twenty locations that push at once` {
  @Test func `land at the first try each time, and main has every batch once`() async throws {
    try await withTemporaryFolder { folder in
      let hub = try await TestHub(in: folder)
      let locations = (11...30).map { location("place-\($0)") }
      for location in locations { _ = try await hub.clone(location) }
      let started = ContinuousClock.now

      let results = try await withThrowingTaskGroup(of: [PushResult].self) { group in
        for location in locations {
          group.addTask { try await Self.push(location, of: hub) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }

      #expect(results.count == 20 * batches)
      #expect(results.allSatisfy { $0.stream == .landed && $0.seen == .landed })
      let landed = results.count { $0.main == .landed }
      #expect(landed > 0)
      print("\(results.count) pushes in \(ContinuousClock.now - started), main landed \(landed)")
      try await Self.expectWhole(hub, locations)
    }
  }

  /// What a location does in each of its syncs, batch after batch.
  private static func push(_ location: LocationID, of hub: TestHub) async throws -> [PushResult] {
    var results: [PushResult] = []
    for number in 1...batches {
      let clone = try clone(location, of: hub)
      #expect(try await clone.git.fetch() == .done)
      try clone.append(number, location.name)
      try clone.mergeMain()
      try clone.repository.writeBlobRef(of: location, Array("{\"at\":\(number)}".utf8))
      results.append(try await clone.push(main: true, seen: true))
    }
    return results
  }

  private static func expectWhole(_ hub: TestHub, _ locations: [LocationID]) async throws {
    let last = try clone(locations[0], of: hub)
    #expect(try await last.git.fetch() == .done)
    try last.mergeMain()
    let pushed = try await last.push(main: true)
    #expect(pushed.main == .landed || pushed.main == .upToDate)

    let expected = locations.flatMap { location in
      (1...batches).map { batch(location, $0).name }
    }
    let files = try await HermeticGit.run("ls-tree", "-r", "--name-only", "main", in: hub.path)
    #expect(files.split(separator: "\n").map(String.init) == expected.sorted() + ["ledger.json"])
    let commits = try await HermeticGit.run(
      "rev-list", "--count", "--no-merges", "main", in: hub.path)
    #expect(commits == String(expected.count + 1))
    try await HermeticGit.run("fsck", "--strict", in: hub.path)
    let heads = try last.repository.heads(own: locations[0]).heads
    #expect(heads.keys.sorted() == locations)
    for location in locations {
      let clone = try clone(location, of: hub)
      #expect(try await clone.git.fetch() == .done)
      #expect(try clone.repository.heads(own: location).heads == heads)
    }
  }

  private static func clone(_ location: LocationID, of hub: TestHub) throws -> TestClone {
    let path = "\(hub.folder)/clone of \(location)"
    return TestClone(
      location: location,
      git: GitProgram(gitDirectory: path, environment: hub.environment),
      repository: try LedgerRepository(path: path))
  }
}
