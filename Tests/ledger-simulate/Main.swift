import LedgerTestKit
import Synchronization

/// Runs histories of the simulator: `swift run -c release ledger-simulate --seeds A..B [--steps N]`.
@main
struct Simulate {
  static func main() async {
    let arguments = CommandLine.arguments
    func value(_ name: String) -> String? {
      arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
    }
    let bounds = (value("--seeds") ?? "0..1000").split(separator: ".").compactMap { UInt64($0) }
    let steps = value("--steps").flatMap { Int($0) } ?? 40
    guard bounds.count == 2, bounds[0] < bounds[1] else {
      print("ledger-simulate --seeds A..B [--steps N]")
      return
    }
    if arguments.contains("--export") { return export(bounds[0]..<bounds[1], steps) }
    if arguments.contains("--first") { return first(bounds[0]..<bounds[1], steps) }
    let total = await run(bounds[0]..<bounds[1], steps)
    for (what, number) in total.counts.sorted(by: { $0.key < $1.key }) {
      print("\(what): \(number)")
    }
    print("histories: \(total.histories), broken: \(total.broken.count)")
    for seed in total.broken.sorted().prefix(3) { explain(seed, steps) }
  }

  struct Total: Sendable {
    var histories = 0
    var counts: [String: Int] = [:]
    var broken: [UInt64] = []
  }

  static func run(_ seeds: Range<UInt64>, _ steps: Int) async -> Total {
    let next = Seeds(from: seeds.lowerBound)
    let hands = 2
    return await withTaskGroup(of: Total.self) { group in
      for _ in 0..<hands {
        group.addTask {
          var total = Total()
          while true {
            let seed = next.take()
            guard seed < seeds.upperBound else { return total }
            var simulation = Simulation(seed: seed, stepCount: steps)
            simulation.run()
            total.histories += 1
            total.counts.merge(simulation.counts) { $0 + $1 }
            if !simulation.violations.isEmpty { total.broken.append(seed) }
          }
        }
      }
      return await group.reduce(into: Total()) {
        $0.histories += $1.histories
        $0.counts.merge($1.counts) { $0 + $1 }
        $0.broken += $1.broken
      }
    }
  }

  /// Prints the first seed that breaks a law, and how; nothing where none does.
  static func first(_ seeds: Range<UInt64>, _ steps: Int) {
    for seed in seeds {
      var simulation = Simulation(seed: seed, stepCount: steps)
      simulation.run()
      guard let violation = simulation.violations.first else { continue }
      print("\(seed)\t\(violation)")
      return
    }
  }

  /// Prints each history's batch files as JSON lines and the dump that they fold to, for another
  /// program to compare: the files, an empty line, the dump, an empty line.
  static func export(_ seeds: Range<UInt64>, _ steps: Int) {
    for seed in seeds {
      var simulation = Simulation(seed: seed, stepCount: steps)
      simulation.run()
      for line in simulation.hubFiles { print(line) }
      print()
      for line in simulation.hubDump { print(line) }
      print()
    }
  }

  static func explain(_ seed: UInt64, _ steps: Int) {
    guard let shortest = Simulation.shrink(seed: seed, stepCount: steps) else { return }
    print(
      "seed \(seed), \(shortest.steps.count) steps: \(shortest.violations.joined(separator: "; "))")
    for line in shortest.log { print("  \(line)") }
    print("  The hub:")
    for line in shortest.hubLines { print("  \(line)") }
  }
}

/// Hands out seeds to whoever asks next.
final class Seeds: Sendable {
  private let next: Atomic<UInt64>

  init(from first: UInt64) { next = Atomic(first) }

  func take() -> UInt64 { next.add(1, ordering: .relaxed).oldValue }
}
