import LedgerCore
import LedgerFormat

extension Simulation {
  /// The batch files of the hub, as they would be written.
  package var hubLines: [String] {
    hub.flatMap { stored -> [String] in
      guard case .valid(let batch) = stored else { return [] }
      return String(decoding: BatchFile.encode(batch), as: UTF8.self)
        .split(separator: "\n").map(String.init)
    }
  }

  /// The batch files of the hub, each as a JSON object with its name and text.
  package var hubFiles: [String] {
    hub.compactMap { stored in
      guard case .valid(let batch) = stored else { return nil }
      var object = JSONObject()
      object.append("file", BatchFile.name(of: batch.header))
      object.append("text", String(decoding: BatchFile.encode(batch), as: UTF8.self))
      return String(decoding: object.bytes, as: UTF8.self)
    }
  }

  /// What the hub folds to, line by line as `ledger replay --dump` prints it.
  package var hubDump: [String] {
    let state = replay(hub)
    return state.sortedPaths.compactMap { path in
      state.paths[path].map {
        String(decoding: DumpLine.encode($0).dropLast(), as: UTF8.self)
      }
    }
  }

  /// The shortest history found that still breaks a law, by leaving out ever smaller parts (delta
  /// debugging, Zeller and Hildebrandt 2002); nil where the seed breaks none.
  package static func shrink(seed: UInt64, stepCount: Int) -> Simulation? {
    func run(_ steps: [UInt64]) -> Simulation {
      var simulation = Simulation(
        seed: seed, stepCount: stepCount, steps: steps, isLogging: true)
      simulation.run()
      return simulation
    }
    var best = run(Simulation(seed: seed, stepCount: stepCount).steps)
    guard !best.violations.isEmpty else { return nil }
    var size = max(1, best.steps.count / 2)
    while size >= 1 {
      var start = 0
      while start < best.steps.count {
        var fewer = best.steps
        fewer.removeSubrange(start..<min(start + size, fewer.count))
        let candidate = run(fewer)
        if candidate.violations.isEmpty {
          start += size
        } else {
          best = candidate
        }
      }
      size /= 2
    }
    return best
  }
}
