import LedgerTestKit
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many seeds to run: 1,000, or what `LEDGER_WORLD_SEEDS` says.
private let seedCount: UInt64 =
  getenv("LEDGER_WORLD_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 1_000

@Suite struct `A world of locations, people and a copy script` {
  @Test func `keeps every law at every step`() {
    var removals = 0
    var renames = 0
    var putBacks = 0
    for seed in 0..<seedCount {
      var world = World(seed: seed)
      world.run(steps: 40)
      removals += world.removals
      renames += world.renames
      putBacks += world.putBacks
      let story = world.log.suffix(60).joined(separator: "; ")
      #expect(world.violations == [], "seed \(seed): \(story)")
      if !world.violations.isEmpty { break }
    }

    // A world in which nothing happens would show nothing.
    print("\(seedCount) worlds: \(removals) removals, \(renames) renames, \(putBacks) put back")
    #expect(removals > Int(seedCount) / 4)
    #expect(renames > Int(seedCount) / 100)
    #expect(putBacks > Int(seedCount) / 100)
  }
}
