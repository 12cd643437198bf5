"""Syncthing at the same work: headless, one folder, no peers. It runs all the time, so it is asked
over its interface, and its figures come from there and from /proc."""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

ADDRESS, KEY = "127.0.0.1:18384", "bench"


def ask(path, data=None):
    request = urllib.request.Request(
        f"http://{ADDRESS}{path}", data=data, headers={"X-API-Key": KEY},
        method="GET" if data is None else "POST")
    return urllib.request.urlopen(request, timeout=3600).read()


def peak(process):
    with open(f"/proc/{process}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024


def first_scan(root):
    folder = {"id": "library", "label": "library", "path": root, "type": "sendonly",
              "rescanIntervalS": 0, "fsWatcherEnabled": False, "ignorePerms": True}
    started = time.monotonic()
    ask("/rest/config/folders", json.dumps(folder).encode())
    while True:
        time.sleep(0.02)
        try:
            status = json.loads(ask("/rest/db/status?folder=library"))
        except urllib.error.HTTPError:
            continue
        if status["state"] == "idle" and status["localFiles"] > 0:
            return time.monotonic() - started


def rescan():
    started = time.monotonic()
    ask("/rest/db/scan?folder=library", b"")
    return time.monotonic() - started


def groups(world, root, files, rounds):
    """Its first scan and its quiet rescan, as groups without others."""
    if not shutil.which("syncthing"):
        return []
    home = world.folder + "/work/syncthing"
    world.run(f"rm -rf {home}; mkdir -p {root}/.stfolder; syncthing generate --home {home} "
              "--no-default-folder --skip-port-probing")
    process = subprocess.Popen(
        ["syncthing", "serve", "--home", home, "--no-browser", "--no-restart", "--no-upgrade",
         f"--gui-address={ADDRESS}", f"--gui-apikey={KEY}"], env=world.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                ask("/rest/system/ping")
                break
            except OSError:
                time.sleep(0.1)
        first = first_scan(root)
        walls = [rescan() for _ in range(rounds)]
        most = max(peak(process.pid), *(
            peak(child) for child in children(process.pid)))
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(root + "/.stfolder", ignore_errors=True)
    print(f"\n## syncthing: first {first:.2f} s, rescan {statistics.median(walls):.2f} s",
          file=sys.stderr)
    return [group("syncthing-first", f"First catalogue of {files:,} files, running", [first], most),
            group("syncthing-rescan", f"Rescan of {files:,} files, running", walls, most)]


def children(process):
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True)
    return [int(word) for word in found.stdout.split() if os.path.exists(f"/proc/{word}/status")]


def group(key, title, walls, most):
    runs = [{"wall": wall, "cpu": 0, "peak": most, "status": 0} for wall in walls]
    return {"key": key, "title": title, "items": 0, "unit": "files", "cases": [
        {"name": "syncthing", "command": "POST /rest/db/scan", "runs": runs,
         "wall": statistics.median(walls), "cpu": 0, "peak": most, "ratio": 1, "failed": []}]}
