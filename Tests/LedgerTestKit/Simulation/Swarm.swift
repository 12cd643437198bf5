/// Which troubles a history has: each seed takes about half of them, so that rare ones meet.
package struct Swarm: Sendable {
  /// A trouble.
  package enum Trouble: String, CaseIterable, Sendable {
    case lostPush, repeatedPush, partialFetch, offline, crash, clockJump, staleScript,
      overwritingScript, otherBytes, restoredDisk, restoredMachine, unmounted, unreadable
    case decision, resolution, restoration, settings, asking, retirement, folders, cautiousPerson
  }

  private let taken: Set<Trouble>

  init(using generator: inout SeededGenerator) {
    var taken: Set<Trouble> = []
    for trouble in Trouble.allCases where generator.chance(50) { taken.insert(trouble) }
    self.taken = taken
  }

  /// Whether the history has it.
  func has(_ trouble: Trouble) -> Bool { taken.contains(trouble) }

  /// Whether it happens now, `percent` times in a hundred where the history has it.
  func strikes(
    _ trouble: Trouble, _ percent: Int, using generator: inout SeededGenerator
  ) -> Bool {
    generator.chance(percent) && has(trouble)
  }
}
