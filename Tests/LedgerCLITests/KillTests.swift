import Testing

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

#if DEBUG
  @Suite struct `A program that is killed` {
    @Test(arguments: workloads)
    fileprivate func `anywhere and run again comes to what it had come to`(_ workload: Workload)
      async throws
    {
      try await Rig.killAnywhere(workload)
    }
  }
#endif
