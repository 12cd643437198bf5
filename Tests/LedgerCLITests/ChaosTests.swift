import Foundation
import LedgerTestKit
import Testing

/// How many histories; LEDGER_CHAOS_SEEDS runs more.
private let seedCount =
  ProcessInfo.processInfo.environment["LEDGER_CHAOS_SEEDS"].flatMap { UInt64($0) } ?? 4

/// Kills a program with all its children after some milliseconds, and ends when none of them is left:
/// a git that outlives the program would still hold locks and write when the next run begins.
private enum Killer {
  static let script = """
    import ctypes, os, signal, subprocess, sys
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans come to us
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(sys.argv[2:], stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        child.wait(int(sys.argv[1]) / 1000)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    """

  /// The words before the milliseconds and the program.
  static let command = "python3 -c '\(script)'"
}

/// People, a copy script and programs that are killed, at three places, in a seeded order.
private struct Chaos {
  let family: Family
  var generator: SeededGenerator
  let places = ["amazon", "desk", "plex"]
  let names = ["a.jpg", "b.jpg", "2026/c.jpg", "2026/d.mp4", "Ünï/e f.jpg"]

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    guard let element = elements.randomElement(using: &generator) else {
      preconditionFailure("nothing to pick from")
    }
    return element
  }

  mutating func person(_ step: Int) async throws {
    let (place, name, other) = (pick(places), pick(names), pick(names))
    switch Int.random(in: 0..<6, using: &generator) {
    case 0, 1:
      let path = "\(family.path(place))/\(name)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try "\(place) \(step)".write(toFile: path, atomically: true, encoding: .utf8)
    case 2: try await family.shell("rm -f '\(place)/\(name)'")
    case 3:
      try await family.shell(
        "[ ! -e '\(place)/\(name)' ] || { mkdir -p \"$(dirname '\(place)/\(other)')\"; mv '\(place)/\(name)' '\(place)/\(other)' 2>/dev/null || true; }"
      )
    default:
      let target = pick(places)
      if target != place {
        // The user's own script; it brings `.ledger` along, as careless scripts do.
        try await family.shell("cp -a \(place)/. \(target)/")
      }
    }
  }

  /// The contents that a place holds, on the disk and in its own trash.
  func held(_ place: String) async throws -> Set<String> {
    let output = try await family.shell(
      """
      { find \(place) -path '*/.ledger' -prune -o -type f -print0
        find \(place)/.ledger/trash/\(place) -name file -print0 2>/dev/null || true
      } | xargs -0 -r sha256sum | cut -c1-64
      """)
    return Set(output.split(separator: "\n").map(String.init))
  }

  mutating func program() async throws {
    let place = pick(places)
    let before = try await held(place)
    let program = try Family.program()
    if Int.random(in: 0..<3, using: &generator) == 0 {
      let milliseconds = Int.random(in: 1...120, using: &generator)
      try await family.shell("\(Killer.command) \(milliseconds) \(program) sync -C \(place)")
    } else {
      let status = try await family.shell(
        "\(program) sync -C \(place) >out 2>&1 && echo 0 || echo $?")
      let words = try await family.shell("cat out")
      #expect(["0", "3", "7"].contains(status), "\(words)")
    }
    let after = try await held(place)
    #expect(before.isSubset(of: after), "\(place) lost \(before.subtracting(after))")
  }
}

@Suite struct `Whatever happens` {
  @Test(arguments: 0..<seedCount)
  func `no program loses a byte, and all places agree at last`(seed: UInt64) async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([
        ("amazon", "photo"), ("desk", "photo,video"), ("plex", "photo,video"),
      ])
      for place in ["amazon", "desk", "plex"] {
        try await family.shell("echo note >\(place)/note.txt")
      }
      var chaos = Chaos(family: family, generator: SeededGenerator(seed: seed))
      for step in 0..<60 {
        if step % 3 == 2 { try await chaos.program() } else { try await chaos.person(step) }
      }
      // A person says yes to what the guard stopped; two rounds, and one that has nothing to do.
      for round in 0..<3 {
        for place in chaos.places {
          let yes = round < 2 ? "--allow-deletes 99" : ""
          try await family.shell(
            "\(try Family.program()) sync -C \(place) \(yes) >out 2>&1 || [ $? = 3 ] || { cat out >&2; false; }"
          )
        }
      }
      var fingerprints: Set<String?> = []
      for place in chaos.places { fingerprints.insert(try await family.fingerprint(of: place)) }
      #expect(fingerprints.count == 1)
      #expect(try await !family.shell("git -C hub.git fsck --strict 2>&1").contains("error"))
    }
  }
}
