"""Runs commands in turn, A B C, A B C …, so that a drift of the machine meets all of them, and tells
medians, and ratios that were taken round by round."""
import dataclasses
import os
import shutil
import statistics
import subprocess
import sys
import time


@dataclasses.dataclass
class Case:
    """A command for bash, and one that makes its world before each run, untimed."""

    name: str
    command: str
    prepare: str = "true"
    #: Slow ones run in the first round only.
    once: bool = False

    def is_installed(self, path):
        # The first word that is no assignment and no `cd`.
        for part in self.command.split("&&"):
            words = [word for word in part.split() if "=" not in word]
            if words and words[0] not in ("cd", "export"):
                return shutil.which(words[0], path=path) is not None
        return False


@dataclasses.dataclass
class Group:
    """The same work, done by several programs."""

    key: str
    title: str
    cases: list
    items: int = 0
    unit: str = "files"
    rounds: int = 5
    warm: str = "true"


def shell(command, environment):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}\nended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def once(command, environment):
    """One timed run: seconds by the wall, of processors, and the peak of the largest process."""
    null = os.open(os.devnull, os.O_RDWR)
    words = os.open("/tmp", os.O_RDWR | os.O_TMPFILE)
    started = time.monotonic()
    process = os.posix_spawn(
        "/bin/bash", ["bash", "-c", command], environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1),
                      (os.POSIX_SPAWN_DUP2, words, 2)])
    _, status, usage = os.wait4(process, 0)
    wall = time.monotonic() - started
    os.close(null)
    code = os.waitstatus_to_exitcode(status)
    if code:
        told = os.pread(words, 4000, 0).decode(errors="replace")
        sys.stderr.write(f"    ended with {code}: {told}\n")
    os.close(words)
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime,
            "peak": usage.ru_maxrss / 1024, "status": code}


def run(group, environment, rounds=None):
    """Runs a group; a round before the first fills the caches of the system and counts for nothing."""
    cases = [case for case in group.cases if case.is_installed(environment["PATH"])]
    runs = {case.name: [] for case in cases}
    total = rounds or group.rounds
    print(f"\n## {group.title}", file=sys.stderr)
    for number in range(total + (1 if total > 1 else 0)):
        isWarm = total > 1 and number == 0
        for case in cases:
            if case.once and number > 0:
                continue
            shell(case.prepare, environment)
            shell(group.warm, environment)
            found = once(case.command, environment)
            if not isWarm or case.once:
                runs[case.name].append(found)
            print(f"  {'warm' if isWarm else number} {case.name}: {found['wall']:.3f} s, "
                  f"{found['cpu']:.3f} s of processors, {found['peak']:.0f} MB", file=sys.stderr)
    return {"key": group.key, "title": group.title, "items": group.items, "unit": group.unit,
            "cases": [summary(case, runs, cases) for case in cases]}


def summary(case, runs, cases):
    own = runs[case.name]
    ours = next((runs[other.name] for other in cases if other.name.startswith("ledger")), own)
    pairs = list(zip(own, ours)) or [(one, ours[0]) for one in own]
    return {
        "name": case.name, "command": case.command, "runs": own,
        "wall": statistics.median(one["wall"] for one in own),
        "cpu": statistics.median(one["cpu"] for one in own),
        "peak": max(one["peak"] for one in own),
        "ratio": statistics.median(one["wall"] / our["wall"] for one, our in pairs),
        "failed": sorted({one["status"] for one in own} - {0}),
    }


def table(results):
    """The results as Markdown."""
    lines = ["| work | program | seconds | against ledger | of processors | peak MB |",
             "| --- | --- | --: | --: | --: | --: |"]
    for group in results:
        title = group["title"]
        for case in group["cases"]:
            isOurs = case["name"].startswith("ledger")
            name = f"**{case['name']}**" if isOurs else case["name"]
            ratio = "1" if isOurs and case["ratio"] == 1 else f"{case['ratio']:.2f} ×"
            failed = f" (ended with {case['failed'][0]})" if case["failed"] else ""
            lines.append(f"| {title} | {name}{failed} | {seconds(case['wall'])} | {ratio} | "
                         f"{seconds(case['cpu'])} | {case['peak']:.0f} |")
            title = ""
    return "\n".join(lines)


def seconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def bars(results):
    """The results as bars (SVG): how long each took against ledger, in powers of ten."""
    height, y, parts = 18, 30, []
    left, scale = 330, 150

    def text(x, at, words, anchor="start", weight="normal"):
        parts.append(f'<text x="{x}" y="{at}" text-anchor="{anchor}" font-weight="{weight}">'
                     f"{words.replace('&', '&amp;').replace('<', '&lt;')}</text>")

    from math import log10
    for group in results:
        text(10, y, group["title"], weight="bold")
        y += 8
        for case in group["cases"]:
            isOurs = case["name"].startswith("ledger")
            exponent = max(-2.0, min(3.0, log10(case["ratio"])))
            width = (exponent + 2) * scale / 1.25
            color = "#2f7d4f" if isOurs else "#bbbbbb" if "floor" in case["name"] else "#7a8fb3"
            text(left - 8, y + 13, case["name"], "end")
            parts.append(f'<rect x="{left}" y="{y + 2}" width="{max(1, width):.0f}" '
                         f'height="{height - 4}" fill="{color}"/>')
            text(left + max(1, width) + 6, y + 13,
                 f"{seconds(case['wall'])} s" + ("" if isOurs else f", {case['ratio']:.2f} ×"))
            y += height
        y += 30
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="{y}" '
            f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" '
            f'fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


def curves(title, unit, series):
    """Growth as lines (SVG), both axes in powers of ten: {name: [(count, seconds)]}."""
    from math import log10
    points = [point for line in series.values() for point in line]
    low, high = log10(min(x for x, _ in points)), log10(max(x for x, _ in points))
    down = int(log10(min(y for _, y in points)) - 1)
    up = int(log10(max(y for _, y in points)) + 1)
    colors = ["#2f7d4f", "#b3552f", "#3f5fb3", "#8a3fb3", "#777777", "#b39a2f"]

    def at(x, y):
        return (70 + (log10(x) - low) / (high - low or 1) * 420,
                340 - (log10(y) - down) / (up - down) * 300)

    parts = [f'<text x="20" y="20" font-weight="bold">{title}</text>']
    for power in range(down, up + 1):
        _, y = at(10**low, 10.0**power)
        parts.append(f'<line x1="70" x2="490" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
                     f'<text x="62" y="{y + 4:.0f}" text-anchor="end">{10.0**power:g} s</text>')
    for x in sorted({x for x, _ in points}):
        column, _ = at(x, 10.0**down)
        parts.append(f'<text x="{column:.0f}" y="358" text-anchor="middle">{x:,}</text>')
    parts.append(f'<text x="280" y="376" text-anchor="middle">{unit}</text>')
    for index, (name, line) in enumerate(series.items()):
        color = colors[index % len(colors)]
        path = " ".join("%.0f,%.0f" % at(*point) for point in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="510" y="{60 + 20 * index}" fill="{color}">{name}</text>')
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="760" height="390" '
            'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" '
            'fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")
