"""The libraries and ledgers that are measured: the same names, bytes and times on every machine."""
import datetime
import json
import os
import random
import subprocess


def library(root, files, folders, size, extension="jpg"):
    """A tree of files in folders of a day each, each with other bytes, all modified years ago."""
    if os.path.exists(root + ".made"):
        return root
    noise = random.Random(1).randbytes(max(1 << 20, size + (1 << 16)))
    first = datetime.date(2019, 12, 31) - datetime.timedelta(days=folders - 1)
    number = 0
    for index in range(folders):
        day = first + datetime.timedelta(days=index)
        folder = os.path.join(root, f"{day.year:04d}", day.isoformat())
        os.makedirs(folder, exist_ok=True)
        count = files // folders + (1 if index < files % folders else 0)
        for file in range(count):
            number += 1
            start = number * 7919 % (1 << 16)
            path = os.path.join(folder, f"IMG_{file + 1:04d}.{extension}")
            with open(path, "wb") as out:
                out.write((b"%016d" % number + noise[start:start + size])[:size])
            at = (1104537600 + index * 86400 + file * 17) * 10**9 + number * 1_000_003 % 10**9
            os.utime(path, ns=(at, at))
    open(root + ".made", "w").close()
    return root


def change(root, count, seed):
    """Changes `count` files of a tree, deletes as many and renames as many, others for each seed."""
    pick = random.Random(seed)
    paths = sorted(
        os.path.join(folder, name)
        for folder, folders, names in os.walk(root) for name in names
        if "/." not in folder[len(root):] and not name.startswith("."))
    chosen = pick.sample(paths, 3 * count)
    for index, path in enumerate(chosen):
        if index < count:
            with open(path, "r+b") as file:
                file.write(b"CHANGED %08d" % (seed * 1000 + index))
        elif index < 2 * count:
            os.unlink(path)
        else:
            stem, extension = os.path.splitext(path)
            os.rename(path, f"{stem}-best{seed}{extension}")


class Events:
    """Events of one location as the format spells them: most bring photos, others change, rename
    and delete what is there."""

    def __init__(self, location):
        self.location = location
        self.random = random.Random(1)
        self.number = 0
        self.photos = []
        self.made = 0

    def _new_path(self):
        self.made += 1
        day = datetime.date(2019, 1, 1) + datetime.timedelta(days=self.made // 97 % 2000)
        return f"{day.year}/{day.isoformat()}/IMG_{self.made:07d}.jpg"

    def _digest(self):
        return "sha256:%064x" % self.random.getrandbits(256)

    def line(self, at):
        self.number += 1
        kind = self.random.choice(
            ("added", "added", "added", "added", "added", "changed", "renamed", "deleted"))
        if kind != "added" and not self.photos:
            kind = "added"
        fields = {"id": f"{self.location}:{self.number}", "at": at, "type": kind}
        time = f"2020-01-01T00:00:00.{self.number % 10**9:09d}Z"
        if kind == "added":
            photo = [self._new_path(), self.random.randrange(1 << 24), self._digest()]
            self.photos.append(photo)
            fields.update(path=photo[0], media="photo", size=photo[1], content=photo[2], mtime=time)
        else:
            index = self.random.randrange(len(self.photos))
            photo = self.photos[index]
            if kind == "changed":
                before = photo[2]
                photo[2] = self._digest()
                fields.update(path=photo[0], media="photo", size=photo[1], content=photo[2],
                              mtime=time, previous=before)
            elif kind == "renamed":
                old, photo[0] = photo[0], self._new_path()
                fields.update(path=photo[0], **{"from": old}, media="photo", size=photo[1],
                              content=photo[2])
            else:
                self.photos[index] = self.photos[-1]
                self.photos.pop()
                fields.update(path=photo[0], media="photo", size=photo[1], content=photo[2])
        return json.dumps(fields, separators=(",", ":"))


def ledger(hub, batches, each, run):
    """A hub whose stream `desk` has so many batches of so many events.

    `run` runs a command. The hub is packed at the end, as its own housekeeping leaves it: with deltas
    between folders and none between batches; gc alone would keep those that fast-import made, or did not."""
    if os.path.exists(hub + ".made"):
        return hub
    run(f"rm -rf '{hub}'; ledger init '{hub}' --name bench; git -C '{hub}' config gc.auto 0")
    first = subprocess.run(
        ["git", "-C", hub, "rev-parse", "main"], capture_output=True, text=True, check=True)
    events = Events("desk")
    importer = subprocess.Popen(
        ["git", "-C", hub, "fast-import", "--quiet", "--force", "--depth=0"], stdin=subprocess.PIPE)
    write = importer.stdin.write
    start = datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone.utc)
    for index in range(batches):
        when = start + datetime.timedelta(seconds=index * 60)
        at = when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        number = events.number + 1
        header = json.dumps(
            {"batch": f"desk:{number}", "count": each, "at": at, "seen": {}, "since": {},
             "host": "bench", "version": "bench"}, separators=(",", ":"))
        text = "\n".join([header] + [events.line(at) for _ in range(each)]) + "\n"
        blob = text.encode()
        name = f"events/desk/{when:%Y-%m/%d}/{number:012d}.jsonl"
        message = f"desk: {each} events\n\nLedger-Batch: desk:{number}\n".encode()
        stamp = int(when.timestamp())
        write(b"commit refs/heads/desk\ncommitter desk <desk@ledger> %d +0000\ndata %d\n%s"
              % (stamp, len(message), message))
        if index == 0:
            write(b"from %s\n" % first.stdout.strip().encode())
        write(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(blob), blob))
    importer.stdin.close()
    if importer.wait():
        raise SystemExit("git fast-import failed")
    run(f"git -C '{hub}' repack -adfq; git -C '{hub}' pack-refs --all; git -C '{hub}' config --unset gc.auto")
    open(hub + ".made", "w").close()
    return hub
