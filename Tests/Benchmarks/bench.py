#!/usr/bin/env python3
"""Measures ledger, its peers that are installed here, and the bare machine at the same work.

  bench.py [--work FOLDER] [--only GROUP]... [--without PROGRAM]... [--rounds N] [--small] [--growth]
           [--json FILE] [--table FILE] [--chart FILE] [--growth-chart FILE]

The libraries and ledgers are made once in FOLDER (12 GB, on a disk with a journal) and kept. Programs
take turns; each figure is a median, each ratio the median of the ratios of its rounds.

Needs git, openssh-server, cc and libssl-dev. Peers: git-annex rclone unison rsync hashdeep syncthing.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

import make
import measure
import syncthing
from measure import Case, Group

HERE = pathlib.Path(__file__).resolve().parent
CORES = os.cpu_count() or 1
INIT = "git init -q -b main . && git commit -q --allow-empty -m start && git annex init -q here"


class World:
    """Where the libraries are, and how programs are run there."""

    def __init__(self, folder, program, isSmall, without):
        self.folder = os.path.abspath(folder)
        self.isSmall = isSmall
        self.without = without
        os.makedirs(self.folder + "/bin", exist_ok=True)
        link = self.folder + "/bin/ledger"
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(os.path.abspath(program), link)
        at = self.folder
        self.environment = {
            "PATH": f"{at}/bin:{os.environ['PATH']}", "HOME": f"{at}/home", "LC_ALL": "C",
            "XDG_STATE_HOME": f"{at}/state", "XDG_CACHE_HOME": f"{at}/cache", "NO_COLOR": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@invalid",
            "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@invalid",
            "UNISON": f"{at}/unison", "RCLONE_CONFIG": "/dev/null",
            "GIT_SSH_COMMAND": f"ssh -F {at}/ssh/config",
            # No git packs in the background while the next program is measured.
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "gc.auto", "GIT_CONFIG_VALUE_0": "0",
        }
        for name in ("home", "unison", "libraries", "ledgers", "work"):
            os.makedirs(f"{at}/{name}", exist_ok=True)
        self.run(f"cc -O2 -o {at}/bin/floor {HERE}/floor.c -lcrypto -lpthread")

    def run(self, command):
        return measure.shell(command, self.environment)

    def has(self, program):
        """Whether a peer is here and wanted: some take long only to get ready."""
        return program not in self.without and shutil.which(program) is not None

    def small(self, files):
        size = 4096 if files <= 100_000 else 100
        return make.library(f"{self.folder}/libraries/small-{files}", files, max(1, files // 100), size)

    def big(self):
        count = 20 if self.isSmall else 200
        return make.library(f"{self.folder}/libraries/big-{count}", count, 10, 20 << 20, "mov")

    def ledger(self, batches, each, name=None):
        """A ledger that is kept; with a name a copy of it that a place may join, made anew each time."""
        kept = make.ledger(f"{self.folder}/ledgers/{batches}x{each}.git", batches, each, self.run)
        if name is None:
            return kept
        copy = f"{self.folder}/work/{name}.git"
        self.run(f"rm -rf {copy}; cp -a {kept} {copy}")
        return copy

    def fresh(self, root, name, hub=None):
        """Commands that make a place of `root` in a new ledger, or in that of `hub`."""
        at = self.folder
        made = hub or f"{at}/work/{name}.git"
        start = "" if hub else f"rm -rf '{made}'; ledger init '{made}' --name bench;"
        return (f"rm -rf '{root}/.ledger' {at}/state/ledger/*/{name} {at}/cache/ledger/*/{name}; "
                f"mkdir -p '{root}'; {start} "
                f"ledger join '{made}' --as {name} --authoritative photo,video '{root}'")

    def start_sshd(self):
        at, port = f"{self.folder}/ssh", 22422
        os.makedirs(at, exist_ok=True)
        os.makedirs("/run/sshd", exist_ok=True)
        self.run(f"cd {at}; for key in host key; do [ -f $key ] || "
                 "ssh-keygen -q -t ed25519 -N '' -f $key; done")
        with open(at + "/sshd_config", "w") as file:
            file.write(f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {at}/host\n"
                       f"AuthorizedKeysFile {at}/key.pub\nPidFile none\nUsePAM no\n"
                       f"StrictModes no\nSetEnv PATH={self.environment['PATH']}\n"
                       "Subsystem sftp internal-sftp\n")
        with open(at + "/config", "w") as file:
            file.write(f"Host hub\nHostName 127.0.0.1\nPort {port}\nIdentityFile {at}/key\n"
                       f"IdentitiesOnly yes\nUserKnownHostsFile {at}/known_hosts\n"
                       "StrictHostKeyChecking accept-new\nLogLevel ERROR\nBatchMode yes\n")
        server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", at + "/sshd_config"])
        while subprocess.run(["ssh", "-F", at + "/config", "hub", "true"]).returncode:
            time.sleep(0.1)
        return server


def read_all(root):
    return f"find {root} -type f -print0 | xargs -0 -n 500 cat >/dev/null"


def look(root):
    return f"find {root} -type f -printf '%s' >/dev/null"


def first_catalogue(world, root, files, title, key, unit):
    at = world.folder + "/work"
    copy = f"{at}/{key}-annex"
    total = files if unit == "files" else files * (20 << 20) / 1e6
    return Group(key, title, [
        Case("ledger scan", f"ledger scan -C {root}", world.fresh(root, key)),
        Case("floor: sha256 on all cores (C, OpenSSL)", f"floor sha256 {root} {CORES}"),
        Case("git add + commit",
             f"cd {root} && export GIT_DIR={at}/{key}-git GIT_WORK_TREE={root} && git add -A && "
             "git commit -qm first",
             f"rm -rf {at}/{key}-git {at}/{key}-tree; git init -q --separate-git-dir "
             f"{at}/{key}-git {at}/{key}-tree"),
        Case("hashdeep", f"hashdeep -r -c sha256 {root}"),
        Case("rhash", f"rhash -r --sha256 {root}"),
        Case("rclone lsjson --hash", f"rclone lsjson -R --hash --hash-type SHA256 {root}"),
        Case("unison, two equal trees", f"unison {root} {copy} -batch -auto -silent -times",
             f"rm -rf {at}/../unison/*; chmod -R u+w {copy} 2>/dev/null || true; rm -rf {copy}; "
             f"cp -a {root} {copy}; {read_all(copy)}", once=True),
        Case("git-annex add + commit",
             f"cd {copy} && git annex add -q -J{CORES} . && git commit -qm first",
             f"chmod -R u+w {copy} 2>/dev/null || true; rm -rf {copy}; cp -a {root} {copy}; "
             f"cd {copy}; {INIT}", once=True),
    ], int(total), unit, 3, read_all(root))


def rescan(world, root, files, key, changes):
    at = world.folder + "/work"
    copy, annex = f"{at}/rescan-copy", f"{at}/rescan-annex"
    git = f"export GIT_DIR={at}/rescan-git GIT_WORK_TREE={root}"
    world.run(f"{world.fresh(root, 'rescan')}; ledger sync -C {root}")
    world.run(f"rm -rf {at}/rescan-git {at}/rescan-tree; git init -q --separate-git-dir "
              f"{at}/rescan-git {at}/rescan-tree; cd {root}; {git}; git add -A; git commit -qm first")
    if not os.path.exists(copy):
        world.run(f"cp -a {root} {copy}")
    if not changes and not os.path.exists(annex) and world.has("git-annex"):
        world.run(f"cp -a {root} {annex}; cd {annex}; {INIT}; git annex add -q -J{CORES} . || true; "
                  "git commit -qm first")
    unison = f"unison {root} {copy} -batch -auto -silent -times -fastcheck true"
    world.run(f"! command -v unison || {unison} || true")
    # Each program meets changes of its own, as many of them.
    seeds = f"{at}/seed"
    mutate = "true"
    if changes:
        mutate = (f"seed=$(($(cat {seeds} 2>/dev/null || echo 100) + 1)); echo $seed >{seeds}; "
                  f"python3 -c 'import sys; sys.path.insert(0, \"{HERE}\"); import make; "
                  f"make.change(\"{root}\", {changes}, '$seed')'")
    cases = [
        Case("ledger scan", f"ledger scan -C {root} --allow-deletes 100000", mutate),
        Case("floor: find -printf", f"find {root} -type f -printf '%p %s %T@ %i\\n'"),
        Case("git add + commit" if changes else "git status",
             f"cd {root} && {git} && " + ("git add -A && git commit -qm batch" if changes
                                          else "git status --porcelain"), mutate),
        Case("unison, two trees", unison, mutate),
    ]
    if not changes:
        cases += [
            Case("floor: readdir + fstatat (C)", f"floor walk {root} 1"),
            Case("rsync -an, two trees", f"rsync -an --delete {root}/ {copy}/"),
            Case("rclone sync --dry-run, two trees", f"rclone sync --dry-run {root} {copy}"),
            Case("git-annex add", f"cd {annex} && git annex add -q ."),
        ]
    return Group(
        key, f"Rescan of {files:,} files, " + (f"{changes} changed, deleted and renamed each"
                                               if changes else "nothing changed"),
        cases, files, "files", 3 if changes else 7, f"{look(root)}; {look(copy)}")


def over_ssh(world):
    at = world.folder + "/work"
    hub, place, clone = f"{at}/ssh.git", f"{at}/ssh-place", f"{at}/ssh-clone"
    one, two = f"{at}/annex-one", f"{at}/annex-two"
    world.run(
        f"rm -rf {hub} {place} {clone}; mkdir {place}; for n in $(seq 100); do echo $n >{place}/$n.jpg; done; "
        f"ledger init hub:{hub} --name bench; {world.fresh(place, 'ssh', hub='hub:' + hub)}; "
        f"ledger sync -C {place}; ledger sync -C {place}; "
        f"git clone -q --no-checkout hub:{hub} {clone}")
    plain = f"{at}/ssh-plain"
    world.run(f"rm -rf {plain} {plain}.git; git init -q --bare -b main {plain}.git; "
              f"git clone -q hub:{plain}.git {plain} 2>/dev/null; cd {plain}; "
              "git commit -q --allow-empty -m start; git push -q origin HEAD:main")
    if not os.path.exists(two):
        world.run(
            f"command -v git-annex || exit 0; mkdir {one}; cd {one}; {INIT}; "
            "for n in $(seq 100); do echo $n >$n; done; git annex add -q .; git commit -qm x; "
            f"git clone -q hub:{one} {two}; cd {two}; git annex init -q two; "
            "for n in 1 2 3; do git annex sync -q --no-content || true; done")
    quiet = Group("ssh-quiet", "Sync with no news, over ssh to this machine", [
        Case("ledger sync", f"ledger sync -C {place}"),
        Case("floor: ssh host true", f"ssh -F {at}/../ssh/config hub true"),
        Case("git fetch", f"cd {clone} && git fetch -q origin"),
        Case("git fetch + push", f"cd {plain} && git fetch -q origin && git push -q origin HEAD:main"),
        Case("git-annex pull", f"cd {two} && git annex pull -q --no-content || git annex sync -q "
             "--no-content --no-push"),
        Case("unison, 100 files",
             f"unison {place} ssh://hub/{at}/ssh-copy -batch -auto -silent -sshargs '-F {at}/../ssh/config'",
             f"mkdir -p {at}/ssh-copy"),
        Case("rsync -an, 100 files", f"rsync -an -e 'ssh -F {at}/../ssh/config' {place}/ hub:{at}/ssh-copy/"),
    ], 1, "syncs", 9)
    loud = Group("ssh-loud", "Sync with one new file, over ssh to this machine", [
        Case("ledger sync", f"ledger sync -C {place}",
             f"sleep 2.1; date +%N >{place}/$(date +%s%N).jpg; touch -d '-1 hour' {place}/*.jpg"),
        Case("git fetch + add + commit + push",
             f"cd {plain} && git fetch -q origin && git add -A && git commit -qm one && "
             "git push -q origin HEAD:main", f"date +%N >{plain}/$(date +%s%N).jpg"),
        Case("git fetch + push", f"cd {plain} && git fetch -q origin && git push -q origin HEAD:main",
             f"cd {plain}; date +%N >one; git add -A; git commit -qm one"),
    ], 1, "syncs", 9)
    return [quiet, loud]


def start_up(world, root):
    world.run(f"{world.fresh(root, 'start')}; ledger sync -C {root}; ledger sync -C {root}")
    return Group("start", "Start-up", [
        Case("ledger --version", "ledger --version"),
        Case("floor: git --version", "git --version"),
        Case("ledger status, 100,000 files", f"ledger status -C {root}"),
    ], 1, "runs", 15)


def replay(world, batches, each):
    name, count = f"replay-{batches}", batches * each
    hub, place = world.ledger(batches, each, name), f"{world.folder}/work/{name}"
    world.run(world.fresh(place, name, hub=hub))
    head = world.run(f"git -C {hub} rev-parse desk").strip()
    names = f"{world.folder}/work/names-{batches}"
    world.run(f"git -C {hub} ls-tree -r {head} | cut -f1 | cut -d' ' -f3 >{names}")
    return Group(f"replay-{batches}", f"Replay of {count:,} events in {batches:,} batches", [
        Case("ledger replay --repo, to the fingerprint", f"ledger replay --repo {hub}"),
        Case("ledger replay --rebuild, with the cache made anew", f"ledger replay --rebuild -C {place}",
             f"rm -rf {world.folder}/cache/ledger/*/{name}"),
        Case("floor: git cat-file --batch", f"git -C {hub} cat-file --batch --buffer <{names}"),
        Case("git clone", f"git clone -q --bare file://{hub} {world.folder}/work/cloned",
             f"rm -rf {world.folder}/work/cloned"),
    ], count, "events", 3)


def long_ledger(world, batches):
    """A quiet sync against a ledger of many batches, and of few."""
    cases = []
    for count in (100, batches):
        name = f"long-{count}"
        hub, place = world.ledger(count, 10, name), f"{world.folder}/work/{name}"
        world.run(f"{world.fresh(place, name, hub='hub:' + hub)}; ledger sync -C {place}; "
                  f"ledger sync -C {place}")
        cases.append(Case(f"ledger sync, {count:,} batches", f"ledger sync -C {place}"))
    return Group("long", "Quiet sync over ssh as the log grows", cases, 1, "syncs", 9)


def first_push(world, files):
    """The first push of a place whose events were recorded offline."""
    root = world.small(files)
    at, hub = world.folder + "/work", f"{world.folder}/work/push.git"
    world.run(f"rm -rf {hub} {at}/push-saved.git; ledger init hub:{hub} --name bench; "
              f"{world.fresh(root, 'push', hub='hub:' + hub)}; cp -a {hub} {at}/push-saved.git; "
              f"ledger scan -C {root}; rm -rf {at}/push-state; cp -a {world.folder}/state {at}/push-state")
    return Group("push", f"First push of {files:,} events over ssh", [
        Case("ledger sync", f"ledger sync -C {root}",
             f"rm -rf {hub} {world.folder}/state; cp -a {at}/push-saved.git {hub}; "
             f"cp -a {at}/push-state {world.folder}/state"),
    ], files, "events", 2)


def sizes(world, batches, each):
    hub = world.ledger(batches, each)
    packed = int(world.run(f"du -sb {hub}/objects/pack | cut -f1"))
    return {"batches": batches, "each": each, "bytes": packed,
            "bytesPerEvent": round(packed / (batches * each), 1)}


def growth(world, environment):
    """First catalogue, rescan, replay and status at sizes that grow tenfold."""
    series = {}
    for files in (1_000, 10_000) if world.isSmall else (10_000, 100_000, 1_000_000):
        root, name = world.small(files), f"grow-{files}"
        world.run(world.fresh(root, name))
        steps = [("first catalogue", f"ledger scan -C {root}", 1),
                 ("quiet rescan", f"ledger scan -C {root}", 5),
                 ("replay of the log", f"ledger replay -C {root}", 3),
                 ("status", f"ledger status -C {root}", 5)]
        for step, command, rounds in steps:
            world.run(read_all(root) if step == "first catalogue" else look(root))
            runs = [measure.once(command, environment) for _ in range(rounds)]
            runs.sort(key=lambda one: one["wall"])
            found = runs[len(runs) // 2]
            series.setdefault(step, []).append((files, found["wall"], found["peak"]))
            print(f"  {files:,} {step}: {found['wall']:.3f} s, {found['peak']:.0f} MB", file=sys.stderr)
    return series


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default="/var/tmp/ledger-bench")
    parser.add_argument("--ledger", default=str(HERE.parent.parent / ".build/release/ledger"))
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--small", action="store_true", help="tiny libraries, to try the script")
    parser.add_argument("--growth", action="store_true")
    for name in ("json", "table", "chart", "growth-chart"):
        parser.add_argument("--" + name)
    options = parser.parse_args()
    world = World(options.work, options.ledger, options.small, options.without)
    few = 1_000 if options.small else 100_000
    many = 2_000 if options.small else 1_000_000
    makers = {
        "first": lambda: [first_catalogue(
            world, world.small(few), few, f"First catalogue of {few:,} files of 4 KiB", "first", "files")],
        "big": lambda: [first_catalogue(
            world, world.big(), 20 if options.small else 200, "First catalogue of 200 files of 20 MiB",
            "big", "MB")],
        "rescan": lambda: [rescan(world, world.small(few), few, "rescan", 0)],
        "changed": lambda: [rescan(world, world.small(few), few, "changed", 100)],
        "million": lambda: [rescan(world, world.small(many), many, "million", 0)],
        "syncthing": lambda: [],
        "ssh": lambda: over_ssh(world),
        "start": lambda: [start_up(world, world.small(few))],
        "replay": lambda: [replay(world, many // 10, 10), replay(world, many // 1000, 1000)],
        "long": lambda: [long_ledger(world, many // 10)],
        "push": lambda: [first_push(world, many)],
    }
    results, server = [], world.start_sshd()
    found = {"date": time.strftime("%Y-%m-%d"), "cores": CORES, "machine": machine(),
             "command": " ".join(["bench.py"] + sys.argv[1:]), "groups": results}
    try:
        for key, maker in makers.items():
            if options.only and key not in options.only:
                continue
            for group in maker():
                group.cases = [case for case in group.cases
                               if not any(word in case.name for word in options.without)]
                results.append(measure.run(group, world.environment, options.rounds))
            if key == "syncthing":
                results += syncthing.groups(world, world.small(few), few, options.rounds or 3)
            if key == "replay":
                found["sizes"] = [sizes(world, many // 10, 10), sizes(world, many // 1000, 1000)]
        if options.growth:
            found["growth"] = growth(world, world.environment)
    finally:
        server.terminate()
    put(options, found)


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if "model name" in line), "")
    return f"{model}, {CORES} cores, {platform.release()}"


def put(options, found):
    table = measure.table(found["groups"])
    print(table)
    texts = {"json": json.dumps(found, indent=1) + "\n", "table": table + "\n",
             "chart": measure.bars(found["groups"])}
    if "growth" in found:
        lines = {name: [(x, y) for x, y, _ in line] for name, line in found["growth"].items()}
        texts["growth_chart"] = measure.curves("As the library grows", "files", lines)
    for name, text in texts.items():
        if getattr(options, name):
            pathlib.Path(getattr(options, name)).write_text(text)


main()
