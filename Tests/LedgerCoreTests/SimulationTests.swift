import LedgerTestKit
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many seeds to run: 1,000, or what `LEDGER_SIMULATION_SEEDS` says.
private let seedCount: UInt64 =
  getenv("LEDGER_SIMULATION_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 1_000

@Suite struct `A world of locations, people, copy scripts and faults` {
  @Test(arguments: 0..<4 as Range<UInt64>)
  func `keeps every law at every step`(share: UInt64) {
    var counts: [String: Int] = [:]
    for seed in stride(from: share, to: seedCount, by: 4) {
      var simulation = Simulation(seed: seed, stepCount: 40)
      simulation.run()
      counts.merge(simulation.counts) { $0 + $1 }
      guard simulation.violations.isEmpty else {
        let shortest = Simulation.shrink(seed: seed, stepCount: 40)
        Issue.record(
          "seed \(seed): \(simulation.violations); \(shortest?.log.joined(separator: "\n") ?? "")")
        break
      }
    }
    // A world in which nothing happens would show nothing.
    let all =
      [
        "removals", "renames", "put back", "companions", "crashes", "stale copies", "fetches",
      ] + (share == 3 ? ["prunes"] : [])
    for what in all {
      #expect(counts[what] ?? 0 > 0, "\(what)")
    }
  }

  /// Histories that broke a law once.
  @Test(
    arguments: [
      2_609, 9_932, 24_544, 28_865, 47_589, 62_678, 147_776, 3_005_726, 3_005_794, 3_006_091,
      8_534_686, 8_548_011, 20_021_651, 20_042_360,
    ] as [UInt64])
  func `keeps the laws that it broke once`(seed: UInt64) {
    var simulation = Simulation(seed: seed, stepCount: 40)
    simulation.run()
    #expect(simulation.violations == [])
  }
}
