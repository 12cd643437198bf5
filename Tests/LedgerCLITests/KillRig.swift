import CustomDump
import Foundation
import LedgerTestKit
import Testing

/// The content that a place holds, by path; in the trash by the old path.
struct Holdings: Equatable {
  var live: [String]
  var trash: [String]
  /// What of ours lies there beside markers, by path, with each entry called ID; at a remote also in its
  /// home. Of folders it is left out.
  var ours: [String] = []
  /// The replayed state without the numbers of events.
  var state: [String] = []

  /// The contents anywhere at the place.
  var contents: Set<String> { Set((live + trash).map { String($0.prefix(64)) }) }
}

/// A command that is killed at each of its effects, in a world that can be put back.
struct Workload: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// Where the command runs, and the command.
  let place: String
  let command: [String]
  /// What people and programs did long before.
  var before = ""
  /// What a person does just before.
  var person = "true"
  /// Other places that the command does not join.
  var joined = ["amazon", "desk"]
  /// Whether it may destroy bytes here that another place holds.
  var destroys = false
  /// The exit status of the undisturbed run.
  var status: Int32 = 0

  /// Whether it runs at the place whose files are on a remote.
  var isRemote: Bool { place == Rig.remote }
}

/// One workload's world, and how it is put back.
struct Rig {
  /// The place whose files are on a remote of rclone's: in the folder `drive`.
  static let remote = "google"

  let workload: Workload
  let family: Family
  let saved: String

  init(_ workload: Workload, in folder: String) {
    self.workload = workload
    var family = Family(in: "\(folder)/world")
    if workload.isRemote { family.environment["RCLONE_CONFIG"] = "\(folder)/world/rclone.conf" }
    self.family = family
    saved = "\(folder)/saved"
  }

  var joins: Bool { workload.command[0] == "join" }
  var places: [String] { workload.joined + (joins ? [workload.place] : []) }

  /// A person's script, in which `ledger` is the program.
  func script(_ text: String) async throws {
    try await family.shell("ledger() { \(try Family.program()) \"$@\" >/dev/null; }; \(text)")
  }

  func prepare() async throws {
    try await HermeticGit.runProgramSuccessfully("mkdir", family.folder)
    try await family.join(
      workload.joined.filter { $0 != Self.remote }.map { ($0, "photo,video") })
    if workload.isRemote {
      try await script(
        """
        mkdir drive \(Self.remote)
        printf '[gdrive]\\ntype = alias\\nremote = %s\\n' "$PWD" >rclone.conf
        ledger join hub.git --as \(Self.remote) --authoritative photo,video --place \
          rclone:gdrive:drive \(Self.remote)
        """)
    }
    try await script(workload.before)
    try await HermeticGit.runProgramSuccessfully("cp", "-a", family.folder, saved)
  }

  /// Puts everything back but the roots themselves, by whose inodes places know them; then the
  /// place looks at its files once, since their inodes are new, and the person acts.
  func reset() async throws {
    try await script(
      """
      for name in *; do
        case " \(workload.joined.joined(separator: " ")) " in
          *" $name "*) find "$name" -mindepth 1 -delete; cp -a '\(saved)'/"$name"/. "$name"/ ;;
          *) rm -rf "$name" ;;
        esac
      done
      for name in '\(saved)'/*; do
        [ -e "${name##*/}" ] || cp -a "$name" .
      done
      \(joins || workload.isRemote ? "" : "ledger scan -C \(workload.place)")
      (\(workload.person))
      """)
  }

  /// Runs the command; `failure` is what LEDGER_FAIL_AT says.
  func run(failure: String? = nil, log: String? = nil, extra: [String] = []) async throws
    -> (exitStatus: Int32, output: String, words: String)
  {
    var environment = family.environment
    environment["LEDGER_FAIL_AT"] = failure
    environment["LEDGER_FAIL_LOG"] = log
    return try await HermeticGit.runProgram(
      [try Family.program()] + workload.command + extra, in: family.path(workload.place),
      environment: environment)
  }

  /// Syncs all places until nothing is new. What a remote's listing lacks waits for the next one.
  func settle() async throws {
    guard !workload.isRemote else {
      return try await script(
        """
        ledger sync -C desk
        ledger sync -C google || { [ $? = 6 ]; ledger sync -C desk; ledger sync -C google; }
        ledger sync -C desk
        """)
    }
    for _ in 0..<2 {
      for place in places { try await script("ledger sync -C \(place) || [ $? = 3 ]") }
    }
  }

  /// What the places hold, with the program's word that its cache is what the log says.
  func holdings(at place: String, withState: Bool) async throws -> Holdings {
    let isRemote = place == Self.remote
    let listing = try await family.shell(
      """
      cd \(isRemote ? "drive" : place)
      find . -path ./.ledger -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum
      echo --
      for file in .ledger/trash/\(place)/*/{file,incoming}; do
        [ -e "$file" ] || continue
        entry=../\(place)/"${file%/*}/entry"
        echo "$(sha256sum <"$file" | cut -c1-64) $(sed -n 's/^path //p' "$entry")"
      done | sort
      echo --
      \(isRemote
        ? "find .ledger/* ../\(place)/.ledger/* -type f ! -name '*.json' "
          + "| sed -E 's/[0-9a-f]{32}/ID/' | sort" : "")
      """
    ).components(separatedBy: "--")
    func lines(_ index: Int) -> [String] {
      listing[index].split(separator: "\n").map(String.init)
    }
    var holdings = Holdings(live: lines(0), trash: lines(1), ours: lines(2))
    guard withState else { return holdings }
    let replay = try await family.ledger("replay", "--dump", "--json", at: place).output
    let dump = replay.split(separator: "\n").map(String.init)
    #expect(dump.last?.contains(#""cache":"matches""#) == true, "\(place): \(dump.last ?? "")")
    holdings.state = dump.dropLast().map {
      $0.replacing(/"([a-z]+):[0-9]+"/) { match in "\"\(match.1):n\"" }
    }
    return holdings
  }

  func all(withState: Bool = true) async throws -> [String: Holdings] {
    var all: [String: Holdings] = [:]
    for place in places { all[place] = try await holdings(at: place, withState: withState) }
    return all
  }

  /// Runs undisturbed: the names of the effects, and what all come to.
  func undisturbed() async throws -> (effects: [String], end: [String: Holdings]) {
    try await reset()
    let log = "\(saved).log"
    let run = try await run(log: log)
    #expect(run.exitStatus == workload.status, "\(run.output) \(run.words)")
    let effects = try String(contentsOfFile: log, encoding: .utf8)
    try await settle()
    return (effects.split(separator: "\n").map(String.init), try await all())
  }

  /// Kills the command at one effect, runs it again, and compares.
  ///
  /// - Returns: whether it was killed: a run may come out some effects shorter than the one that they
  ///   were counted in, as a folder was synced or a pack made a moment before.
  func kill(
    at failure: String, _ name: String, expecting end: [String: Holdings]
  ) async throws -> Bool {
    try await reset()
    let before = try await all(withState: false)
    let killed = try await run(failure: failure)
    let wasKilled = killed.exitStatus == 128 + SIGKILL
    #expect(
      wasKilled || killed.exitStatus == workload.status, "\(failure) \(name): \(killed.words)")
    try await expectNothingLost(since: before, "\(failure) \(name)")
    var again = try await run()
    if again.exitStatus == 7, again.words.contains("Run ledger sync with the hub in reach") {
      // What works without the hub can't tell a run that was cut short from an older disk.
      try await script("ledger sync -C \(workload.place) || [ $? = 3 ]")
      again = try await run()
    }
    // A command that was killed after all that it had to do is refused when it comes again.
    // At a remote, what it had renamed waits for a second listing.
    #expect(
      again.exitStatus == workload.status || (again.exitStatus == 6 && workload.isRemote)
        || (again.exitStatus == 1 && workload.command[0] != "sync"),
      "\(failure) \(name), again: \(again.output) \(again.words)")
    try await settle()
    try await expectNothingLost(since: before, "\(failure) \(name), settled")
    let now = try await all()
    for place in places where now[place] != end[place] {
      expectNoDifference(now[place], end[place], "\(failure) \(name): \(place)")
    }
    let check = try await HermeticGit.runProgram(
      ["git", "fsck", "--strict"], in: family.hubPath, environment: family.environment)
    #expect(check.exitStatus == 0, "\(failure) \(name): \(check.output)\(check.words)")
    return wasKilled
  }

  private func expectNothingLost(since before: [String: Holdings], _ when: String) async throws {
    if workload.destroys {
      let (then, now) = (before, try await all(withState: false))
      let lost = then.values.reduce(into: Set<String>()) { $0.formUnion($1.contents) }
        .subtracting(now.values.flatMap(\.contents))
      #expect(lost.isEmpty, "\(when): no place has \(lost)")
      return
    }
    for (place, after) in try await all(withState: false) {
      let lost = (before[place]?.contents ?? []).subtracting(after.contents)
      #expect(lost.isEmpty, "\(when): \(place) lost \(lost)")
    }
  }
}

extension Rig {
  /// How many effects lie between those that are tried; LEDGER_KILL_STEP=1 tries each, on both sides.
  /// Without it about four a workload are tried, and at a remote the first and the last move to its trash
  /// or from it, so that the suite stays fast.
  static let step =
    ProcessInfo.processInfo.environment["LEDGER_KILL_STEP"].flatMap { Int($0) }.map { max(1, $0) }

  private func sample(of effects: [String]) -> [Int] {
    if workload.isRemote, Self.step == nil {
      let moves = effects.indices.filter {
        effects[$0].hasPrefix("rclone moveto") && effects[$0].contains(".ledger/trash/")
      }
      return [moves.first, moves.last].compactMap(\.self)
    }
    let distance = Self.step ?? max(1, effects.count / 4)
    return effects.indices.filter { $0 % distance == distance / 2 }
  }

  /// Kills a workload's command at its effects, runs it again, and compares with an undisturbed run.
  static func killAnywhere(_ workload: Workload) async throws {
    try await withTemporaryFolder { folder in
      let rig = Rig(workload, in: folder)
      try await rig.prepare()
      let (effects, end) = try await rig.undisturbed()
      #expect(effects.count > 5)
      // What destroys or exchanges bytes is tried on both sides, whatever the sample.
      let critical = effects.indices.filter { index in
        ["destroy", "exchange", "move incoming"].contains { effects[index].hasPrefix($0) }
      }
      #expect(workload.destroys == effects.contains { $0.hasPrefix("destroy") })
      var (count, tried) = (0, 0)
      for index in Set(rig.sample(of: effects) + critical).sorted() {
        let (name, isCritical) = (effects[index], critical.contains(index))
        let side = workload.isRemote || tried % 2 != 0 ? "after" : "before"
        let sides = step == nil && !isCritical ? [side] : ["before", "after"]
        for side in sides {
          let wasKilled = try await rig.kill(
            at: "\(index + 1):\(side)", name, expecting: end)
          #expect(wasKilled || !isCritical)
          tried += 1
          if wasKilled { count += 1 }
        }
      }
      #expect(count * 10 >= tried * 8, "\(count) of \(tried) were killed")
      print("\(workload.testDescription): \(effects.count) effects, killed \(count) times")
    }
  }
}

extension HermeticGit {
  fileprivate static func runProgramSuccessfully(_ arguments: String...) async throws {
    let run = try await runProgram(arguments, in: "/", environment: environment())
    guard run.exitStatus == 0 else { throw TestKitError("\(arguments): \(run.words)") }
  }
}
