#!/usr/bin/env python3
"""Deliberate bugs, and how many histories of the simulator it takes to catch each.

Each mutant replaces the part of a line of LedgerCore between « and ». A copy of the package gets all of
them behind one switch, is compiled once with -DMUTANTS, and runs with LEDGER_MUTANT=<number>; the real
sources never carry them.

  mutants.py --check            each text is in the sources, once
  mutants.py DIR [HISTORIES]    make the copy in DIR, build it, run every mutant, print the table

A mutant is caught by a law within HISTORIES, or in a history that broke a law once, or by the reference
model's other state, or else by a test of the core.
"""
import os, re, shutil, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORE = "Sources/LedgerCore/"
EVENT, FOLD, JUDGE, STATE = ("Replay/HistoryEvent.swift", "Replay/PathFold.swift",
                             "Replay/PathFold+Judge.swift", "Replay/PathFold+State.swift")
PLAN, DETECT, GUARD, NAMES = ("Plan/Planner.swift", "Detect/Detect.swift", "Detect/Guard.swift",
                              "Plan/Companions.swift")
SEEN = "? other.number < id.number : «other.number <= seen[other.location]»"
SINCE = "? other.number < id.number : «other.number <= since[other.location]»"
COVERS = "let covers = «removal.covered.contains(version) || removal.coveredKeys.contains(name)»"
ARRIVAL = "let isArrival = «version != event.id && removal.event.hadSeen(version)»"
ECHO = "!isCarriedOut(event) && «wasHeldElsewhere(name, before: event)»)"
CARRIED = ".reappeared(isEcho: «!isCarriedOut(event)» && was"
FORCE = "case .pending: «!removal.isOfOlder && !removal.asks»"
HELD_COVER = "known.keys.filter { $0 == held || «known[$0] == name» || ages.isOlder($0, than: held) })"
OLD_COVER = "known.keys.filter { $0 == held || known[$0] == name || «ages.isOlder($0, than: held)» })"
MUTANTS = [
    (EVENT, SEEN, "true", "a writer has seen everything"),
    (EVENT, SEEN, "false", "`seen` is forgotten"),
    (EVENT, SINCE, "other.number <= seen[other.location]", "`since` is forgotten, `seen` is used"),
    (EVENT, SINCE, "true", "a file on the disk has seen everything"),
    (EVENT, SINCE, "false", "a file on the disk has seen nothing"),
    (EVENT, "return «left.event.at < right.event.at»", "left.event.at > right.event.at", "order runs backwards"),
    (JUDGE, "if removal.event.hadSeen(event.id) { return «covers ? .observed : .otherHead» }", "Meeting.observed",
     "a head that a deletion did not cover goes"),
    (JUDGE, COVERS, "true", "a deletion covers all bytes"),
    (JUDGE, COVERS, "false", "a deletion covers nothing"),
    (JUDGE, ARRIVAL, "true", "an unseen copy counts as late"),
    (JUDGE, ARRIVAL, "false", "a late arrival counts as unseen"),
    (JUDGE, ECHO, "true", "what reappears is always an echo"),
    (JUDGE, ECHO, "false", "what reappears is never an echo"),
    (JUDGE, CARRIED, "true", "what the program renamed is an echo"),
    (JUDGE, "return «rounds.count >= 3»", "rounds.count >= 1_000", "an echo is trashed for ever"),
    (JUDGE, "case .observed: return «true»", "false", "an observed copy stays"),
    (JUDGE, "case .unseen: return «isApproved»", "true", "an unseen copy goes unapproved"),
    (JUDGE, "case .otherHead, .editedAfterDeletion, .newLife: return «false»", "true", "an edit goes with the old bytes"),
    (JUDGE, "verdict.approvals.contains { «$0.hadSeen(copy.since)» }", "true", "an approval reaches what it had not seen"),
    (JUDGE, "let order: [Decision] = «[.rejected, .over, .approved]»", "[.approved, .rejected, .over]",
     "approve wins over reject"),
    (JUDGE, "let standing = candidates.filter { one in\n      «!candidates.contains { $0.event.itselfHadSeen(one.event.id) }»",
     "true", "a later decision does not stand over an earlier one"),
    (JUDGE, "for event in enders where view.contains(event.id) && «event.itselfHadSeen(id)»", "true",
     "a restore ends deletions that it had not seen"),
    (JUDGE, "for event in enders where «view.contains(event.id)» && event", "false", "a restore ends no deletion"),
    (JUDGE, FORCE, "!removal.asks", "the deletion of an older version goes everywhere"),
    (JUDGE, FORCE, "!removal.isOfOlder", "a proposal is a deletion"),
    (JUDGE, "case .rejected, .over: «false»", "true", "a rejected deletion applies"),
    (JUDGE, "guard isInForce(removal, verdict) else { return «false» }", "true", "what is not in force applies"),
    (JUDGE, "among: copies.filter { «applying[$0.key] == nil» }", "true", "what is to go makes a head"),
    (JUDGE, "«!versions.contains(where: { ages.isOlder(version, than: $0) })»", "true", "older versions are heads"),
    (FOLD, HELD_COVER, "false", "a deletion covers one version of the same bytes only"),
    (FOLD, OLD_COVER, "false", "older versions are left out of a deletion"),
    (FOLD, "let view = «View.seen(by: event)»\n    let ages = graph(in: view)\n    let known", "View.everything",
     "a deletion covers what it had not seen"),
    (FOLD, "return «ages.isOlder(held, than: version)» && contents", "false",
     "the deletion of an older version is like any other"),
    (FOLD, "let old = held.version, «held.file.content.digests.contains(previous)»", "false", "a change replaces nothing"),
    (FOLD, "for old in contents.keys where «event.hadSeen(old)»", "true", "a restore replaces what it had not seen"),
    (FOLD, "if let version = versionOf[cause], «contents[version] == name» { return version }", "true",
     "an arrival may have other bytes than its cause"),
    (FOLD, "guard let cause = «event.event.cause» else { return nil }\n    let name", "nil as EventID?", "there are no arrivals"),
    (FOLD, "if «event.event.cause == nil» {\n        remove(file, event, replacedBy: nil, asks: asks)", "true",
     "carrying out is a deletion of its own"),
    (FOLD, "if «from == path && file.path != path» { take(", "false", "a rename leaves the old name standing"),
    (STATE, "«context.settings[author].authoritative.contains(removal.file.media)»", "true", "nobody asks who has the say"),
    (STATE, "if «context.isRetired(author)» { return .retired }", "false", "a retired place's deletions go on"),
    (STATE, "if «removal.asks» { return .asks }", "false", "a proposal is not held"),
    (PLAN, "«input.context.identity.areSame(here, copy.file.content)»", "true", "the bytes here are not compared"),
    (PLAN, "if let hold = deletion.hold, «deletion.decision != .approved» {\n      wait(deletion", "false", "what is held goes"),
    (PLAN, "} else if «input.held.contains(removal.deletion.id)» {", "false", "what was held is forgotten"),
    (PLAN, "} else if «input.isFirstSync» {", "false", "a first sync trashes at once"),
    (PLAN, "guard «undecided.count <= limit» else { return .policy }", "true", "many at once go"),
    (PLAN, "case .always: return «.policy»", "nil", "`always` asks for nothing"),
    (PLAN, "if «input.isLogIncomplete» {\n          .incompleteLog", "false", "a log with gaps is believed"),
    (PLAN, "} else if let there = «input.here(to)» {", "nil as Content?", "a rename goes over a file"),
    (PLAN, "} else if «targets.insert(to).inserted» {\n      renames", "true", "two renames go to one name"),
    (PLAN, "«input.here(state.path) == nil»,\n      !input.isUnknown", "true", "a file is put back over another"),
    (PLAN, "deletion.decision == .rejected || «deletion.decision == .over»", "true", "every trashed file is put back"),
    (PLAN, "let isAlive = «state.heads.contains { $0.version == rename }»", "false", "a refilled name is followed on"),
    (PLAN, "if «isEnded(deletion)» {\n      putBack", "false", "nothing is put back after a rejection"),
    (DETECT, "func removed(_ known: KnownCopy, _ mains: Mains, _ input: DetectInput) -> CausedFact {\n"
     "  let file = FileFact(known, media: known.media)\n  if «input.isScripted»", "true", "a person's removal is a prune"),
    (DETECT, "if «input.settings.authoritative.contains(known.media)» {\n    return", "true",
     "a removal where nobody has the say is a deletion"),
    (DETECT, "«known.since.number <= $0.after» && input", "true", "old trash explains new removals"),
    (DETECT, "deletion.location == known.since.location, «deletion.number > entry.after»", "true",
     "an echo that was trashed reads as a person's deletion"),
    (DETECT, "input.settings.authoritative.isSuperset(of: [old, new])", None, ""),
    ("Detect/Changes.swift", "} else if «blind.hides(known.path) || !input.observation.isComplete» {", "false",
     "unknown is taken for gone"),
    ("Detect/MatchRenames.swift", "«identity.areSame(source.content, target.content)», source.path", "true",
     "an inode makes a rename, whatever its bytes"),
    (GUARD, "if «input.isRestoredDisk» {\n      halts", "false", "a restored disk deletes"),
    (GUARD, "if «input.isRestoredDisk» { removed", "false", "a restored disk renames"),
    (GUARD, "} else if «isEmptied && !input.isScripted» {", "false", "an emptied root deletes"),
    (NAMES, "here(to) == nil, «!taken.contains(to)»", "true", "two companions go to one name"),
    ("Replay/Settings+Replay.swift", "all.filter { one in «!all.contains { $0.0.hadSeen(one.0.id) }» }", "true",
     "a setting's older values go on standing"),
    ("Replay/Admission.swift",
     "return «valid.header.seen.numbers.allSatisfy { (streams[$0.key]?.last ?? 0) >= $0.value }»", "true",
     "a batch does not wait for what it had seen"),
    ("Replay/Admission.swift", "guard «batch.first <= last + 1» else", "true", "a gap in a stream is stepped over"),
    ("Replay/VersionGraph.swift", "{ return «!reaches(new, old, throughEquals: false)» }", "true",
     "a circle of changes makes one older"),
]
STEPS = "40"
# Histories that broke a law once: what was mended then is caught by them first.
REGRESSIONS = [2609, 9932, 24544, 28865, 47589, 62678, 147776, 3005726, 3005794, 3006091, 8534686, 8548011,
               20021651, 20042360]
MUTANTS = [mutant for mutant in MUTANTS if mutant[2] is not None]

SWITCH = """import Foundation

#if MUTANTS
  /// Which deliberate bug is on.
  enum Mutant {
    private static let number = ProcessInfo.processInfo.environment["LEDGER_MUTANT"].flatMap { Int($0) }
    static func isOn(_ one: Int) -> Bool { number == one }
  }
#endif
"""


def texts(marked):
    before, rest = marked.split("«")
    original, after = rest.split("»")
    return before, original, after


def check():
    missing = []
    for number, (name, marked, _, _) in enumerate(MUTANTS, 1):
        with open(os.path.join(ROOT, CORE, name)) as file:
            if file.read().count("".join(texts(marked))) != 1:
                missing.append("%d: %s: %s" % (number, name, marked))
    return missing


def make(folder):
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".build*", ".git"))
    names = {mutant[0] for mutant in MUTANTS}
    for name in names:
        path = os.path.join(folder, CORE, name)
        with open(path) as file:
            text = file.read()
        # Where each one is in the real text, so that two in one line don't hide each other.
        places = {}
        for number, (where, marked, mutated, _) in enumerate(MUTANTS, 1):
            if where == name:
                before, original, after = texts(marked)
                start = text.index(before + original + after) + len(before)
                places.setdefault((start, start + len(original)), []).append((number, mutated))
        for (start, end), choices in sorted(places.items(), reverse=True):
            switched = "".join("Mutant.isOn(%d) ? (%s) : " % choice for choice in choices)
            text = text[:start] + "(%s(%s))" % (switched, text[start:end]) + text[end:]
        with open(path, "w") as file:
            file.write(text)
    with open(os.path.join(folder, CORE, "Mutant.swift"), "w") as file:
        file.write(SWITCH)
    build = ["swift", "build", "-c", "release", "--product", "ledger-simulate", "-Xswiftc", "-DMUTANTS"]
    subprocess.run(build, cwd=folder, check=True)
    return os.path.join(folder, ".build/release/ledger-simulate")


def reference(program, environment, histories=800):
    """The first history on which the reference model disagrees, or None."""
    export = subprocess.run([program, "--export", "--seeds", "0..%d" % histories, "--steps", STEPS],
                            capture_output=True, text=True, env=environment).stdout.split("\n\n")
    stories, dumps = export[0::2], export[1::2]
    model = os.path.join(ROOT, "Tests/ReferenceModel/reference.py")
    found = subprocess.run([sys.executable, model, "--jsonl", "/dev/stdin"], input="\n\n".join(stories) + "\n",
                           capture_output=True, text=True).stdout.split("\n\n")
    for number, (dump, other) in enumerate(zip(dumps, found)):
        lines = [line for line in other.strip().split("\n") if not line.startswith("sha256:")]
        if lines != dump.strip("\n").split("\n"):
            return number + 1
    return None


def tested(program, environment):
    """The first test of the core that fails, or nothing: for bugs whose histories are rare."""
    folder = program.split("/.build/")[0]
    run = subprocess.run(["swift", "test", "-Xswiftc", "-DMUTANTS", "--filter", "LedgerCoreTests",
                          "--skip", "SimulationTests|ReferenceTests|A_world|Deliberate|reference"],
                         cwd=folder, capture_output=True, text=True, env=environment)
    failed = re.search("\u2718 Test \"(.*)\" (?:recorded|failed)", run.stdout)
    return ("a test", failed[1]) if failed else (None, "")


def caught_by(program, number, histories):
    """(how many histories it took or which seed, what caught it); (None, "") where it survives."""
    environment = {**os.environ, "LEDGER_MUTANT": str(number)}

    def first(start, end):
        run = subprocess.run([program, "--first", "--seeds", "%d..%d" % (start, end), "--steps", STEPS],
                             capture_output=True, text=True, env=environment)
        seed, law = run.stdout.strip().split("\t") if "\t" in run.stdout else (None, "it traps")
        return (int(seed), law) if seed else (start, law) if run.returncode else None
    found = first(0, histories)
    if found:
        return str(found[0] + 1), found[1]
    for seed in REGRESSIONS:
        found = first(seed, seed + 1)
        if found:
            return "seed %d" % seed, found[1]
    differs = reference(program, environment)
    return (str(differs), "the reference model disagrees") if differs else tested(program, environment)


def main():
    missing = check()
    if missing or sys.argv[1:] == ["--check"]:
        print("\n".join(missing) or "%d mutants, each found once" % len(MUTANTS))
        sys.exit(1 if missing else 0)
    program, histories = make(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    survivors = 0
    print("| # | bug | histories until caught | law |\n| --- | --- | --- | --- |")
    for number, (_, _, _, what) in enumerate(MUTANTS, 1):
        caught, law = caught_by(program, number, histories)
        survivors += caught is None
        caught = caught or "survives %d" % histories
        print("| %d | %s | %s | %s |" % (number, what, caught, law.replace("|", "/")[:90]), flush=True)
    print("\n%d of %d caught" % (len(MUTANTS) - survivors, len(MUTANTS)))


main()
