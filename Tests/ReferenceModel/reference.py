#!/usr/bin/env python3
"""A naive, independent reference model of a ledger's replay, written from design/format.md and semantics.md alone.
    reference.py REPO.git        dump the state that a bare repository (hub or clone) holds
    reference.py --jsonl FILE    lines {"file":"events/…/000000000001.jsonl","text":"…"}; an empty line ends a history
"""
import base64, collections, datetime, hashlib, json, re, subprocess, sys, unicodedata

LOCATION = r"(?!main\b(?!-))[a-z0-9][a-z0-9-]{0,31}"
FILE_NAME = re.compile(r"events/(%s)/([0-9]{4}-[0-9]{2}/[0-9]{2})/([0-9]{12})\.jsonl" % LOCATION)
ID = re.compile(r"(%s):([1-9][0-9]{0,17})" % LOCATION)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha1:[0-9a-f]{40}|md5:[0-9a-f]{32}")
SECONDS = r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
INSTANT, MTIME = re.compile(SECONDS + r"\.[0-9]{3}Z"), re.compile(SECONDS + r"(\.[0-9]{1,9})?Z")
MEDIA = ["photo", "video", "sidecar", "other"]
FILE_EVENTS = ("added", "changed", "renamed", "restored", "deleted", "pruned", "damaged")
KNOWN = FILE_EVENTS + ("identified", "approved", "rejected", "resolved", "declared", "configured")

class Malformed(Exception):
    pass
def demand(condition, why):
    if not condition:
        raise Malformed(why)

# ---------------------------------------------------------------- decoding
def no_duplicates(pairs):
    demand(len(pairs) == len(dict(pairs)), "duplicated key")
    return dict(pairs)
def refuse(text):
    raise Malformed("a number that is none here: " + text)
def integer(text):
    return int(text) if len(text) < 21 and -2**63 <= int(text) < 2**63 else refuse(text)
def depth(value):
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max([depth(v) for v in inner], default=0) if isinstance(value, (dict, list)) else 0
def decode_line(line):
    demand(len(line) <= 2**20, "line over 1 MiB")
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=no_duplicates, parse_float=refuse,
                           parse_int=integer, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")       # an escaped lone surrogate is no text
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error))
    demand(isinstance(value, dict) and depth(value) <= 8, "no object, or nesting over 8")
    return value
def matching(pattern, value, why):
    match = re.fullmatch(pattern, value) if isinstance(value, str) else None
    demand(match, why)
    return match
def check_time(pattern, value):
    try:
        datetime.datetime.fromisoformat(matching(pattern, value, "no time")[1])
    except ValueError:
        raise Malformed("no time")
def parse_id(text):
    return (matching(ID, text, "no id")[1], int(text.split(":")[1]))
def vector(value, own):
    demand(isinstance(value, dict), "seen or since")
    for location, n in value.items():
        # OPEN: may `seen` name its own location, or a number 0? Malformed here.
        demand(matching(LOCATION, location, "seen") and location != own and type(n) is int and n > 0, "seen or since")
    return value
def path_of(raw, text_key, bytes_key):
    """The path as bytes: that is its identity here, whether it is UTF-8 or not."""
    # OPEN: both `path` and `pathBytes` in one event: malformed here. Base64 in another than its canonical spelling
    # (`/x==`) is accepted, and so is `.GIT`, which is `.git` for a file system that ignores case.
    demand((text_key in raw) != (bytes_key in raw), "one of %s and %s" % (text_key, bytes_key))
    if text_key in raw:
        demand(isinstance(raw[text_key], str) and unicodedata.is_normalized("NFC", raw[text_key]), "no NFC path")
        name = raw[text_key].encode("utf-8")
    else:
        try:
            name = base64.b64decode(matching("[A-Za-z0-9+/]*=*", raw[bytes_key], "no base64")[0], validate=True)
        except ValueError:
            raise Malformed("no base64")
        demand(name.decode("utf-8", "ignore").encode("utf-8") != name, "pathBytes is valid UTF-8")
    wrong = {b"", b".", b"..", b".ledger", b".git"} & set(name.split(b"/"))
    demand(not wrong and b"\0" not in name, "path")
    return name

class Event:
    def __init__(self, raw, location, n, header):
        self.loc, self.n, self.at, self.seen, self.since = location, n, header["at"], header["seen"], header["since"]
        self.id, self.raw, self.type = "%s:%d" % (location, n), raw, raw.get("type")
        self.path = self.origin = self.cause = None
        self.targets, self.ask = [], "ask" in raw and self.type == "deleted"
        demand(raw.get("id") == self.id and raw.get("at") == self.at and isinstance(self.type, str), "id, at or type")
        if self.type not in KNOWN:
            return                  # stepped over: it only holds back deletions, which is no part of the dump
        # OPEN: which keys an event must have. A key that the table does not call optional must be there here, also
        # `mtime`, `host` and `version`; an empty `targets`, an unsorted `also` and one that repeats an algorithm pass.
        kind, digests = self.type, []
        if kind in FILE_EVENTS + ("resolved",):
            self.path = path_of(raw, "path", "pathBytes")
        if kind == "renamed":
            self.origin = path_of(raw, "from", "fromBytes")
        if kind in FILE_EVENTS + ("identified",):
            demand(type(raw.get("size")) is int and raw["size"] >= 0, "size")
            demand(kind == "identified" or raw.get("media") in MEDIA, "media")
            digests = [raw.get("content")] + self.listed("also", [])
        if kind in ("added", "changed"):
            check_time(MTIME, raw.get("mtime"))
        if kind in ("changed", "damaged") or kind == "resolved" and raw.get("keep", "") is not None:
            digests.append(raw.get({"changed": "previous", "damaged": "found", "resolved": "keep"}[kind]))
        for digest in digests:
            matching(DIGEST, digest, "digest")
        if "cause" in raw:
            self.cause = parse_id(raw["cause"])
        if kind in ("approved", "rejected"):
            self.targets = [parse_id(target) for target in self.listed("targets")]
        demand(kind not in ("declared", "configured") or isinstance(raw.get("settings"), dict), "settings")
        if self.type == "declared":         # OPEN: `declared` without `location`: its own here
            matching(LOCATION, raw["settings"].get("location", location), "location")
        demand(not self.ask or raw["ask"] is True, "ask")
        for name, number in self.targets + ([self.cause] if self.cause else []):
            demand(number < n if name == location else number <= self.seen.get(name, 0), "cause or target not seen")
    def listed(self, key, default=None):
        demand(isinstance(self.raw.get(key, default), list), key)
        return self.raw.get(key, default)

def decode_batch(location, seq, date, data):
    """(header, events) of one file, or Malformed."""
    # OPEN: a last line without its \n: malformed here, as it is what a file cut short looks like.
    demand(len(data) <= 16 * 2**20 and data.endswith(b"\n"), "file over 16 MiB, or cut short")
    lines = data[:-1].split(b"\n")
    header = decode_line(lines[0])
    check_time(INSTANT, header.get("at"))
    demand(header.get("batch") == "%s:%d" % (location, seq), "batch")
    demand(header["at"][:7] + "/" + header["at"][8:10] == date, "date is not that of the folder")
    demand(isinstance(header.get("host"), str) and isinstance(header.get("version"), str), "no host or version")
    demand(type(header.get("count")) is int and header["count"] == len(lines) - 1 > 0, "count")     # OPEN: 0 events
    vector(header.get("seen"), location)
    vector(header.get("since"), location)
    # OPEN: `since` beyond `seen` is not called malformed; it is here, for `since` is the `seen` of an earlier batch.
    demand(all(n <= header["seen"].get(name, 0) for name, n in header["since"].items()), "since is beyond seen")
    return header, [Event(decode_line(line), location, seq + i, header) for i, line in enumerate(lines[1:])]

def replayable(files):
    """(events of all batches neither void nor waiting, the locations that exist); `files`: {name: bytes}."""
    streams, events, moved = {}, [], True
    for name, data in files.items():
        match = FILE_NAME.fullmatch(name)
        if match:               # OPEN: any other file is refused by the hub; ignored here
            streams.setdefault(match[1], []).append((int(match[3]), match[2], data))
    present = {location: 0 for location in streams}     # the last number that counts as present
    done = {location: 0 for location in streams}        # how many files of it
    headers = {location: [] for location in streams}    # (number, header) of what is replayed
    while moved:
        moved = False
        for location, stream in sorted(streams.items()):
            for seq, date, data in sorted(stream)[done[location]:]:
                if seq > present[location] + 1:
                    break       # OPEN: a gap in a stream: what follows waits here for what is missing
                try:
                    demand(seq == present[location] + 1, "overlap")     # OPEN: of the two the later is void here
                    header, batch = decode_batch(location, seq, date, data)
                    if any(n > present.get(name, 0) for name, n in header["seen"].items()):
                        break   # waits, and what follows it as well
                    for key in ("seen", "since"):       # OPEN: a void batch before it is not compared with
                        before = [pair for _, h in headers[location] for pair in h[key].items()]
                        demand(all(header[key].get(name, 0) >= n for name, n in before), key + " goes down")
                    for name, bound in list(header["seen"].items()) + [(location, seq - 1)]:
                        late = any(number <= bound and h["at"] >= header["at"] for number, h in headers[name])
                        demand(not late, "at is not after what it had seen")
                    events += batch
                    headers[location].append((seq, header))
                    present[location] = seq + len(batch) - 1
                except Malformed as why:
                    following = sorted(stream)[done[location] + 1:]     # OPEN: an empty line is no line here
                    end = following[0][0] - 1 if following else seq + len([l for l in data.split(b"\n") if l]) - 2
                    present[location] = max(present[location], end)
                    print("void %s/%012d: %s" % (location, seq, why), file=sys.stderr)
                done[location], moved = done[location] + 1, True
    # OPEN: does a location exist from its first event also if that is void? Yes here: something is there.
    return events, [location for location in streams if done[location]]

# ---------------------------------------------------------------- causality
def saw(d, e):
    """d's writer had seen e."""
    return e.n < d.n if e.loc == d.loc else e.n <= d.seen.get(e.loc, 0)
def fact_saw(e, d):
    """Whoever put the file there may have known d: by `since` for what a scan found."""
    # OPEN: a `renamed` with cause was carried out, not found; it is judged by `seen`.
    found = e.type in ("added", "changed") or e.type == "renamed" and e.cause is None
    return d.n <= e.since.get(d.loc, 0) if found and e.loc != d.loc else saw(e, d)
def past(d):
    """All that d had seen, as {location: last number}."""
    return dict(d.seen, **{d.loc: d.n - 1})
def within(e, cut):
    return cut is None or e.n <= cut.get(e.loc, 0)

# ---------------------------------------------------------------- contents and settings
class Contents:
    """Which contents are the same: components of (digest, size) joined by `also` and `identified`."""
    def __init__(self, events):
        self.group = {}
        for e in events:
            if e.type in FILE_EVENTS + ("identified",):
                nodes = self.nodes(e)
                joined = frozenset(nodes).union(*[self.group.get(node, [node]) for node in nodes])
                for node in joined:
                    self.group[node] = joined
    def nodes(self, e):
        return [(digest, e.raw["size"]) for digest in [e.raw["content"]] + e.raw.get("also", [])]
    def joined(self, node):     # None if a chain joins two different digests of one algorithm
        algorithms = [digest.split(":")[0] for digest, _ in self.group[node]]
        return self.group[node] if len(set(algorithms)) == len(algorithms) else None
    def of(self, e):            # a content's identity: (its name, its size)
        # OPEN: what "joins nothing" leaves: each content by its own best digest, here. Is a content named by all its
        # known digests or by the one event's? By all, so that one content has one name. md5 alone deletes like any.
        nodes = self.joined(self.nodes(e)[0]) or self.nodes(e)
        return min(nodes, key=lambda node: (["sha256", "sha1", "md5"].index(node[0].split(":")[0]), node))
    def named(self, content, digest):
        return digest in [d for d, _ in self.joined(content) or [content]]

class Settings:
    def __init__(self, events, cut):
        self.events = [e for e in events if e.type in ("declared", "configured") and within(e, cut)]
    def get(self, location, key, default, combine):
        found = [e for e in self.events if key in e.raw["settings"] and location == (
                 e.raw["settings"].get("location", e.loc) if e.type == "declared" else None)]
        latest = [e.raw["settings"][key] for e in found if not any(saw(other, e) for other in found)]
        values = [default if value is None else value for value in latest]
        return combine(values) if values else default
    def keeps(self, location):
        # OPEN: a value that makes no sense: `keeps` is the default here, `late-arrivals` the one that permits less.
        return self.get(location, "keeps", set(MEDIA), lambda values: {m for v in values for m in (
            v if isinstance(v, (list, set)) and all(m in MEDIA for m in v) else MEDIA)})
    def retired(self, location):
        return self.get(location, "retired", False, lambda values: all(v is True for v in values))
    def asks_late(self):
        return self.get(None, "late-arrivals", "apply", lambda values: any(v != "apply" for v in values)) is True

# ---------------------------------------------------------------- one path
Copy = collections.namedtuple("Copy", "state event version damaged", defaults=(None, False))

class Path:
    """The events of one path, and what each stream by itself says."""
    def __init__(self, name, ledger):
        self.name, self.ledger, self.content = name, ledger, ledger.contents.of
        self.events = sorted([e for e in ledger.events if name in (e.path, e.origin)], key=lambda e: (e.at, e.loc, e.n))
        self.version = {}       # id of an event that put a file here -> the event that made its version
        self.replaced = {}      # version's event id -> [version events that it replaced]
        self.timeline = {}      # location -> [(event, its copy from then on)]
        self.held = {}          # deletion's id -> the version that its location held, or None
        for e in self.events:
            self.step(e)
    def step(self, e):
        if e.type == "resolved":
            self.held.update({e.id: None} if e.raw["keep"] is None else {})
            return
        line = self.timeline.setdefault(e.loc, [])
        here = line[-1][1].version if line and line[-1][1].state == "present" else None
        if e.type == "deleted" or e.type == "renamed" and e.path != self.name:
            if e.cause is None:
                self.held[e.id] = here
            new = Copy("removed", e, here)
        elif e.type == "pruned":
            new = Copy("pruned", e)
        elif e.type == "damaged" and here is None:
            return              # OPEN: `damaged` of a file that the log does not know here; it says nothing
        elif e.type == "damaged":
            new = Copy("present", line[-1][1].event, here, damaged=True)
        else:
            version = self.arrival(e, [c.version for _, c in line if c.state == "present"]) or e
            if version is e:
                # OPEN: `changed` where nothing is present replaces nothing, whatever `previous` says.
                self.replaced[e.id] = [here] if e.type == "changed" and here else []
                if e.type == "restored" and e.cause is None:
                    self.replaced[e.id] = [v for v in self.versions(None) if v is not e and saw(e, v)]
            self.version[e.id] = version
            new = Copy("present", e, version)
        line.append((e, new))
    def arrival(self, e, before):
        """The version that e, having a cause, is a copy of; None: e makes a version of its own."""
        cause = self.ledger.by_id.get("%s:%d" % e.cause) if e.cause else None
        # OPEN: a cause that is void, elsewhere or of other bytes "makes no arrival": a version, so the copy is kept.
        if cause and cause.id in self.version and self.content(cause) == self.content(e):
            return self.version[cause.id]
        # OPEN: a `restored` with another cause (`rejected`) is a copy of what this location held before.
        put_back = cause and e.type == "restored" and before and self.content(before[-1]) == self.content(e)
        return before[-1] if put_back else None
    def versions(self, cut):
        return [v for v in self.events if v.id in self.replaced and within(v, cut)]
    def copies(self, cut):
        lines = {l: [copy for e, copy in line if within(e, cut)] for l, line in self.timeline.items()}
        return {l: line[-1] for l, line in lines.items() if line}

def closure(pairs):
    more = {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs
    return closure(pairs | more) if more else pairs

class Older:
    """Which version is older than which, among those within a cut."""
    def __init__(self, path, cut, decided):
        self.path, self.versions = path, path.versions(cut)
        resolves = [e for e in path.events if decided and e.type == "resolved" and within(e, cut)]
        # "A later decision undoes an earlier one", so the heads decided on are those had nobody decided before.
        self.standing = [r for r in resolves if not any(saw(other, r) for other in resolves)]
        pairs = {(v.id, old.id) for v in self.versions for old in path.replaced[v.id]}
        self.alone = closure(pairs)
        for r in self.standing:
            heads = View(path, past(r), decided=False).heads()
            # OPEN: `keep` names no head that the writer had seen: it decides nothing between heads.
            kept = [v for v in heads if path.ledger.contents.named(path.content(v), r.raw["keep"])]
            pairs = pairs | {(v.id, h.id) for v in kept for h in heads if path.content(h) != path.content(v)}
        self.decided = closure(pairs)
        self.chained = closure(pairs | {(a.id, b.id) for a in self.versions for b in self.versions if self.one(a, b)})
    def one(self, a, b):        # two versions of the same bytes, neither older than the other
        both = ((a.id, b.id), (b.id, a.id))
        return self.path.content(a) == self.path.content(b) and not any(p in self.decided for p in both)
    def older(self, a, b):
        """a is older than b: by replacing alone, else by a chain, unless a chain leads back."""
        return (b.id, a.id) in self.alone or any((b.id, a.id) in pairs and (a.id, b.id) not in pairs
                                                 for pairs in (self.decided, self.chained))

class View:
    """The state of one path from all events within a cut; `decided=False`: as if nobody had resolved anything."""
    def __init__(self, path, cut, decided=True):
        self.path, self.cut, self.decided, self.content = path, cut, decided, path.content
        self.named = path.ledger.contents.named
        self.settings = Settings(path.ledger.events, cut)
        self.events = [e for e in path.events if within(e, cut) and (decided or e.type != "resolved")]
        self.answers = [e for e in path.ledger.events if within(e, cut) and e.targets]
        self.order = Older(path, cut, decided)
        self.copies = {l: c for l, c in path.copies(cut).items() if not self.settings.retired(l)}
        resolves = [e for e in self.events if e.type == "resolved"]
        self.resolved_heads = {e.id: View(path, past(e), decided=False).heads() for e in resolves}
        # OPEN: a `resolved` with keep null that knew no head is no deletion.
        self.deletions = [e for e in self.events if e.id in path.held and self.resolved_heads.get(e.id, True)]
        self.covered = {d.id: self.reach(d) for d in self.deletions}
        self.decisions = {d.id: self.decision(d) for d in self.deletions}
        self.outcomes = {(d.id, l): self.outcome(d, l, c) for d in self.deletions
                         for l, c in self.copies.items() if c.state == "present"}
        self.going = {l for (_, l), outcome in self.outcomes.items() if outcome == "applies"}
    def reach(self, d):
        """(the versions that d had seen and covers, whether what it removed was older than one it knew elsewhere)"""
        order, held = Older(self.path, past(d), self.decided), self.path.held[d.id]
        removed = self.resolved_heads[d.id] if d.type == "resolved" else [held or d]     # or what its `content` names
        same = [self.content(v) for v in removed]
        base = [v for v in order.versions if v is held or self.content(v) in same]
        covered = [v for v in order.versions if v in base or any(order.older(v, b) for b in base)]
        # OPEN: "knew elsewhere": a present copy of it, here.
        newer = [c.version for l, c in self.path.copies(past(d)).items()
                 if l != d.loc and c.state == "present" and c.version not in covered]
        return covered, bool(base) and all(any(order.older(b, v) for v in newer) for b in base)
    def covers(self, d, version):
        """What d had seen by versions; what it had not by bytes: "everything the same"."""
        return version in self.covered[d.id][0] or not saw(d, version) and self.of_covered_bytes(d, version)
    def of_covered_bytes(self, d, event):
        return self.content(event) in [self.content(v) for v in self.covered[d.id][0]]
    def decision(self, d):
        found = [(e, e.type) for e in self.answers if (d.loc, d.n) in e.targets]
        found += [(d, "approved")] if d.type == "resolved" else []      # it is a person's decision itself
        for e in self.events:
            # OPEN: a `restored` with a cause ends no deletion: it carries out what a person decided.
            if e.type in ("restored", "renamed") and e.path == self.path.name and e.cause is None and fact_saw(e, d):
                found.append((e, "over"))
            # OPEN: is a `resolved` that keeps what d covers (d seen, or concurrent: "the one that keeps wins") a
            # decision on d? Read so, and as `rejected`: `over` is said of `restored` and `renamed` only.
            if e in self.order.standing and e is not d and not saw(d, e):
                keeps = any(self.named(self.content(v), e.raw["keep"]) for v in self.covered[d.id][0])
                if keeps or d.type == "resolved" and saw(e, d) and e.raw["keep"] is not None:
                    found.append((e, "rejected"))
        kinds = {kind for e, kind in found if not any(saw(other, e) for other, _ in found)}
        # OPEN: `rejected` and `over` that have not seen each other: both keep; which of the two the dump shows.
        return ([kind for kind in ("rejected", "over", "approved") if kind in kinds] or ["pending"])[0]
    def in_force(self, d):
        return self.decisions[d.id] == "approved" or self.decisions[d.id] == "pending" and not d.ask
    def answered(self, d, e):   # a person decided on d, knowing e
        # OPEN: "a `resolved` that had seen D ends these conflicts": of copies that it had seen as well, here.
        decided = [a for a in self.answers if a.type == "approved" and (d.loc, d.n) in a.targets]
        decided += [r for r in self.events if r.type == "resolved" and (r is d or saw(r, d))]
        return any(e is None or saw(a, e) for a in decided)
    def outcome(self, d, location, copy):
        """What d means for a present copy: applies, kept, undecided (a conflict), or known (a head it knew)."""
        e, version, late = copy.event, copy.version, self.settings.asks_late()
        if not self.in_force(d) or self.covered[d.id][1] and location != d.loc:
            return "kept"                               # over, or delete-of-older: nothing elsewhere
        if not self.covers(d, version):
            # OPEN: "a head that a deletion had seen": the copy's event, as in the table (not: the version's elsewhere).
            return "known" if saw(d, e) and not self.answered(d, e) else "kept"
        approved = [a for a in self.answers if a.type == "approved" and (d.loc, d.n) in a.targets and saw(a, e)]
        if saw(d, e) or approved and self.decisions[d.id] == "approved":
            return "applies"
        undecided = "kept" if self.answered(d, e) else "undecided"
        if fact_saw(e, d):
            line = [c for x, c in self.path.timeline[location] if within(x, self.cut)]
            trashed = [1 for was, now in zip(line, line[1:]) if was.state == "present" and fact_saw(was.event, d)
                       and now.event.type == "deleted" and now.event.cause == (d.loc, d.n)]
            # A rename that was carried out is the program's own doing, no script's: no echo.
            echo = not (e.type == "renamed" and e.cause) and any(l != location and not self.settings.retired(l) and c.state == "present" and self.content(c.version) == self.content(version)
                       for l, c in self.path.copies(e.since).items())
            return "applies" if echo and len(trashed) < 3 and not late else undecided
        return "applies" if version is not e and saw(d, version) and not late else undecided
    def carried_out(self, e):
        """e's cause is a deletion of its bytes here, or a rename that a chain of renames from here leads to."""
        causes = [d for d in self.deletions if self.of_covered_bytes(d, e)]
        for d in causes:
            causes += [x for x in self.path.ledger.events if d.type == x.type == "renamed" and x.origin == d.path
                       and x.cause is None and within(x, self.cut) and x not in causes]
        return e.cause in [(d.loc, d.n) for d in causes]
    # -- heads and states
    def heads(self):
        # OPEN: is a version that only a damaged copy replaced still a head? Yes here: its copy is the whole one.
        whole = {l: c.version for l, c in self.copies.items() if c.state == "present" and not c.damaged}
        made = [version for l, version in whole.items() if l not in self.going]
        return [v for v in made if not any(self.order.older(v, other) for other in made)]
    def copy_line(self, location, copy, heads):
        if copy.state == "removed":
            only_here = copy.event.ask and self.decisions.get(copy.event.id) == "rejected"
            # OPEN: a removal whose cause "carries out no deletion" (void, of other bytes): gone from here only.
            only_here = only_here or copy.event.cause and not self.carried_out(copy.event)
            return [location, "pruned" if only_here else "removed", None]
        if copy.state == "pruned":
            return [location, "pruned", None]
        content, contents = self.content(copy.version), {self.content(h) for h in heads}
        behind = content not in contents and any(self.order.older(copy.version, h) for h in heads)
        word = "behind" if behind else "diverged" if content in contents and len(contents) > 1 else "present"
        return [location, word, content[0]]     # OPEN: "null unless present": `behind` and `diverged` are present too
    def state(self, heads, copies):
        contents = {self.content(v) for v in heads}
        words = [outcome for (_, l), outcome in self.outcomes.items() if l not in self.going and (
                 outcome == "undecided" or outcome == "known" and self.copies[l].version in heads)]
        older = [d for d in self.deletions if self.in_force(d) and self.covered[d.id][1] and not self.answered(d, None)]
        if len(contents) > 1 or older or words:
            return "conflict"
        if heads:
            pruned = [location for location, word, _ in copies if word == "pruned"]
            has = [l for l, c in self.copies.items()
                   if c.state == "present" and not c.damaged and self.content(c.version) in contents]
            media = {v.raw["media"] for v in heads}     # OPEN: whose `media` is the path's; here the heads'
            wants = [l for l in self.path.ledger.locations
                     if not self.settings.retired(l) and media & self.settings.keeps(l)]
            return "synced" if set(wants) <= set(has + pruned) else "new" if len(copies) == 1 else "partial"
        return "deleting" if self.going else "deleted" if any(
            self.in_force(d) and (not self.covered[d.id][1] or self.decisions[d.id] == "approved") for d in self.deletions) else "lost"
    def line(self):
        heads = self.heads()
        # OPEN: two contents of one digest and two sizes have one name; it is listed twice.
        names = sorted(name for name, _ in {self.content(v) for v in heads})
        copies = [self.copy_line(l, self.copies[l], heads) for l in sorted(self.copies)]
        # OPEN: "sorted": by the bytes of the id, so that desk:10 is before desk:9.
        deletions = sorted([d.id, self.decisions[d.id]] for d in self.deletions)
        text, encoded = self.path.name.decode("utf-8", "replace"), base64.b64encode(self.path.name).decode("ascii")
        name = text if text.encode("utf-8") == self.path.name else {"pathBytes": encoded}
        line = [name, self.state(heads, copies), names, deletions, copies]
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))

# ---------------------------------------------------------------- the whole ledger
class Ledger:
    def __init__(self, files):
        self.events, self.locations = replayable(files)
        self.by_id, self.contents = {e.id: e for e in self.events}, Contents(self.events)
    def dump(self):
        # OPEN: `resolved` has a `path`, which only "file events" have by the table; it gives a path no line here.
        names = {name for e in self.events if e.type in FILE_EVENTS for name in (e.path, e.origin)} - {None}
        return [View(Path(name, self), None).line() for name in sorted(names)]

def read_repository(repository):
    def git(*arguments, data=None):
        return subprocess.run(["git", "--git-dir", repository, *arguments], input=data, check=True,
                              stdout=subprocess.PIPE).stdout
    streams, files = {}, {}
    for ref in git("for-each-ref", "--format=%(refname)").decode().split():
        match = re.fullmatch(r"refs/(?:heads|remotes/hub)/(%s)" % LOCATION, ref)
        if match:
            listing = git("ls-tree", "-r", "-z", ref, "events/%s/" % match[1]).decode("utf-8", "surrogateescape")
            names = [entry.split("\t", 1)[1] for entry in listing.split("\0") if " blob " in entry]
            oids = [entry.split()[2] for entry in listing.split("\0") if " blob " in entry]
            streams[match[1]] = max(list(zip(oids, names)), streams.get(match[1], []), key=len)
    blobs = [blob for stream in streams.values() for blob in stream]
    out = git("cat-file", "--batch", data="".join(oid + "\n" for oid, _ in blobs).encode())
    for _, name in blobs:
        about, out = out.split(b"\n", 1)
        size = int(about.split()[2])
        files[name], out = out[:size], out[size + 1:]
    return files
def show(files):
    text = "".join(line + "\n" for line in Ledger(files).dump())
    sys.stdout.write(text + "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest() + "\n")
def main(arguments):
    sys.stdout.reconfigure(encoding="utf-8")
    if len(arguments) == 1:
        return show(read_repository(arguments[0]))
    if len(arguments) != 2 or arguments[0] != "--jsonl":
        sys.exit(__doc__)
    history = {}
    with open(arguments[1], encoding="utf-8", newline="\n") as source:
        for line in list(source) + ["\n"]:
            if line.strip():
                entry = json.loads(line)
                history[entry["file"]] = entry["text"].encode("utf-8", "surrogatepass")
            elif history:
                show(history)
                print()
                history = {}

if __name__ == "__main__":
    main(sys.argv[1:])
