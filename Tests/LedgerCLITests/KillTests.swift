import CustomDump
import Foundation
import LedgerTestKit
import Testing

/// How many effects lie between those that are tried; LEDGER_KILL_STEP=1 tries each, on both sides.
/// Without it about four a workload are tried, so that the suite stays fast.
private let step =
  ProcessInfo.processInfo.environment["LEDGER_KILL_STEP"].flatMap { Int($0) }.map { max(1, $0) }

/// The content that a place holds, by path; in the trash by the old path.
private struct Holdings: Equatable {
  var live: [String]
  var trash: [String]
  /// The replayed state without the numbers of events.
  var state: [String]

  /// The contents anywhere at the place.
  var contents: Set<String> { Set((live + trash).map { String($0.prefix(64)) }) }
}

/// A command that is killed at each of its effects, in a world that can be put back.
private struct Workload: CustomTestStringConvertible, Sendable {
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
}

private let synced = """
  mkdir amazon/2026; for name in a b c d; do echo $name >amazon/2026/$name.jpg; done
  echo note >amazon/note.txt; ledger sync -C amazon; cp -a amazon/2026 desk/; ledger sync -C desk
  ledger sync -C amazon
  """

// The known stamp is made to fit, as a disk's own doing leaves it.
private let damaged = """
  for name in a b; do printf X$name | dd of=desk/2026/$name.jpg bs=1 conv=notrunc status=none; done
  python3 - cache/ledger/*/desk/cache.sqlite <<'END'
  import os, sqlite3, sys
  db = sqlite3.connect(sys.argv[1])
  for name in ("2026/a.jpg", "2026/b.jpg"):
    s = os.stat("desk/" + name)
    db.execute(
      "UPDATE files SET modified=?, modifiedNanos=?, changed=?, changedNanos=?, hashed=? WHERE path=?",
      (s.st_mtime_ns // 10**9, s.st_mtime_ns % 10**9, s.st_ctime_ns // 10**9,
       s.st_ctime_ns % 10**9, s.st_ctime_ns // 10**9 + 60, name.encode()))
  db.commit()
  END
  ledger verify -C desk || [ $? = 2 ]
  """

private let workloads = [
  Workload(
    testDescription: "a first sync", place: "amazon", command: ["sync"],
    person: "mkdir amazon/2026; echo a >amazon/2026/a.jpg; echo b >amazon/b.mov"),
  Workload(
    testDescription: "a sync that records adds, an edit and deletions", place: "amazon",
    command: ["sync"], before: synced,
    person: "cd amazon; rm 2026/a.jpg 2026/b.jpg; echo edited >2026/c.jpg; echo new >new.jpg"),
  Workload(
    testDescription: "a sync that carries deletions out and records adds", place: "desk",
    command: ["sync"],
    before: synced + "\nrm amazon/2026/a.jpg amazon/2026/b.jpg; ledger sync -C amazon",
    person: "echo new >desk/new.jpg"),
  Workload(
    testDescription: "a sync that carries renames out", place: "desk", command: ["sync"],
    before: synced
      + "\nmkdir amazon/t; mv amazon/2026/a.jpg amazon/t/; mv amazon/2026/b.jpg amazon/2026/e.jpg"
      + "\nledger sync -C amazon"),
  Workload(
    testDescription: "a sync that fetches", place: "desk", command: ["sync"],
    before: synced + """

      ledger location set desk fetch-from amazon -C desk; echo e >amazon/2026/e.jpg
      mkdir amazon/new; head -c 3000000 /dev/zero >amazon/new/f.mov; ledger sync -C amazon
      """),
  Workload(
    testDescription: "a sync that takes companions along", place: "amazon", command: ["sync"],
    before: """
      for name in L.HEIC L.MOV L.xmp M.HEIC M.MOV; do echo $name >amazon/$name; done
      echo note >amazon/note.txt; ledger sync -C amazon
      """, person: "rm amazon/L.HEIC; mv amazon/M.HEIC amazon/N.HEIC"),
  Workload(
    testDescription: "a sync that puts back what was rejected", place: "desk", command: ["sync"],
    before: synced + """

      cp -a amazon/2026 plex/; ledger sync -C plex; rm amazon/2026/a.jpg; ledger sync -C amazon
      ledger sync -C desk; ledger reject 2026/a.jpg -C plex; ledger sync -C plex
      """, joined: ["amazon", "desk", "plex"]),
  Workload(
    testDescription: "restore", place: "desk", command: ["restore", "2026/", "--yes"],
    before: synced + """

      rm amazon/2026/a.jpg amazon/2026/b.jpg; ledger sync -C amazon; ledger sync -C desk
      ledger sync -C amazon
      """),
  Workload(
    testDescription: "approve", place: "desk", command: ["approve", "--all"],
    before: synced + """

      ledger config deletions always -C amazon; rm amazon/2026/a.jpg; ledger sync -C amazon
      ledger sync -C desk || [ $? = 3 ]
      """),
  Workload(
    testDescription: "an emptying of the trash", place: "desk",
    command: ["trash", "empty", "--yes"],
    before: synced + """

      cp amazon/2026/a.jpg amazon/kept.jpg; ledger sync -C amazon; rm amazon/2026/[ab].jpg
      ledger sync -C amazon; ledger sync -C desk; ledger config trash-days 0 -C desk
      ledger sync -C desk; ledger sync -C amazon
      """, destroys: true),
  Workload(
    testDescription: "a pruning where a removal would go everywhere", place: "desk",
    command: ["prune", "2026/", "--min-copies", "1", "--yes"],
    before: synced + "\necho L >amazon/2026/L.heic; echo M >amazon/2026/L.mov"
      + "\nledger sync -C amazon; cp -a amazon/2026/L.* desk/2026/; ledger sync -C desk"
      + "\nledger sync -C amazon"),
  Workload(
    testDescription: "an emptying of what was pruned", place: "desk",
    command: ["trash", "empty", "--pruned", "--yes"],
    before: synced + "\nledger prune 2026 --min-copies 1 --yes -C desk"
      + "\necho new >amazon/new.txt; ledger sync -C amazon", destroys: true),
  Workload(
    testDescription: "exec", place: "desk",
    command: [
      "exec", "--wait", "--", "sh", "-c",
      "rm -f 2026/d.jpg; mv -n 2026/a.jpg moved.jpg; cp 2026/b.jpg copy.jpg; echo new >new.jpg",
    ], before: synced + "\ncp -a desk/2026/d.jpg desk/kept.jpg; ledger sync -C desk",
    person: "echo mine >desk/mine.jpg"),
  Workload(
    testDescription: "restore --from", place: "desk",
    command: ["restore", "--from", "amazon", "--yes"], before: synced + "\n" + damaged),
  Workload(
    testDescription: "a repair of a clone", place: "desk", command: ["doctor", "--repair"],
    before: synced + """

      rm amazon/2026/a.jpg; ledger sync -C amazon; ledger sync -C desk; ledger sync -C amazon
      echo new >desk/new.jpg; rm desk/2026/b.jpg; ledger sync --offline -C desk
      """, person: "rm state/ledger/*/desk/clone.git/HEAD"),
  Workload(
    testDescription: "a take-over", place: "desk",
    command: ["join", "../hub.git", "--as", "desk", "--take-over", "."],
    before: synced + """

      cp -a state state2; cp -a cache cache2; cp desk/.ledger/desk.json marker
      echo theirs >desk/theirs.jpg; ledger sync -C desk
      rm -r state cache; mv state2 state; mv cache2 cache; mv marker desk/.ledger/desk.json
      echo mine >desk/mine.jpg; rm desk/2026/b.jpg; ledger sync --offline -C desk
      """),
  Workload(
    testDescription: "join", place: "plex",
    command: ["join", "../hub.git", "--as", "plex", "--authoritative", "video", "."],
    before: synced, person: "mkdir plex"),
]

/// One workload's world, and how it is put back.
private struct Rig {
  let workload: Workload
  let family: Family
  let saved: String

  init(_ workload: Workload, in folder: String) {
    self.workload = workload
    family = Family(in: "\(folder)/world")
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
    try await family.join(workload.joined.map { ($0, "photo,video") })
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
      \(joins ? "" : "ledger scan -C \(workload.place)")
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

  /// Syncs all places until nothing is new.
  func settle() async throws {
    for _ in 0..<2 {
      for place in places { try await script("ledger sync -C \(place) || [ $? = 3 ]") }
    }
  }

  /// What the places hold, with the program's word that its cache is what the log says.
  func holdings(at place: String, withState: Bool) async throws -> Holdings {
    let listing = try await family.shell(
      """
      cd \(place)
      find . -path ./.ledger -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum
      echo --
      for file in .ledger/trash/\(place)/*/{file,incoming}; do
        [ -e "$file" ] || continue
        echo "$(sha256sum <"$file" | cut -c1-64) $(sed -n 's/^path //p' "${file%/*}/entry")"
      done | sort
      """
    ).components(separatedBy: "--")
    func lines(_ index: Int) -> [String] {
      listing[index].split(separator: "\n").map(String.init)
    }
    var holdings = Holdings(live: lines(0), trash: lines(1), state: [])
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
    #expect(
      again.exitStatus == workload.status
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

extension HermeticGit {
  fileprivate static func runProgramSuccessfully(_ arguments: String...) async throws {
    let run = try await runProgram(arguments, in: "/", environment: environment())
    guard run.exitStatus == 0 else { throw TestKitError("\(arguments): \(run.words)") }
  }
}

#if DEBUG
  @Suite struct `A program that is killed` {
    @Test(arguments: workloads)
    fileprivate func `anywhere and run again comes to what it had come to`(_ workload: Workload)
      async throws
    {
      try await withTemporaryFolder { folder in
        let rig = Rig(workload, in: folder)
        try await rig.prepare()
        let (effects, end) = try await rig.undisturbed()
        #expect(effects.count > 5)
        let distance = step ?? max(1, effects.count / 4)
        var (count, tried) = (0, 0)
        // What destroys or exchanges bytes is tried on both sides, whatever the sample.
        #expect(workload.destroys == effects.contains { $0.hasPrefix("destroy") })
        for (index, name) in effects.enumerated() {
          let isCritical = ["destroy", "exchange", "move incoming"].contains { name.hasPrefix($0) }
          guard index % distance == distance / 2 || isCritical else { continue }
          let isSample = step == nil && !isCritical
          let sides = isSample ? [tried % 2 == 0 ? "before" : "after"] : ["before", "after"]
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
#endif
