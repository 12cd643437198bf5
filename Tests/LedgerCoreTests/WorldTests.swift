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
  @Test(arguments: 0..<8 as Range<UInt64>)
  func `keeps every law at every step`(share: UInt64) {
    var removals = 0
    var renames = 0
    var putBacks = 0
    for seed in stride(from: share, to: seedCount, by: 8) {
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
    #expect(removals * 16 > Int(seedCount))
    #expect(renames * 250 > Int(seedCount))
    #expect(putBacks * 400 > Int(seedCount))
  }
}
