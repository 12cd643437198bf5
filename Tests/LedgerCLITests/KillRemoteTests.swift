import Testing

#if DEBUG
  @Suite struct `A program that is killed while it works on a remote` {
    @Test(arguments: Rig.step == nil ? few : few + further)
    fileprivate func `and is run again comes to what it had come to`(_ workload: Workload)
      async throws
    {
      try await Rig.killAnywhere(workload)
    }
  }

  /// A desk and a remote agree on some photos and a film, all of them old: what is new is read each time.
  private let synced = """
    mkdir desk/2026; for name in a b c d; do echo $name >desk/2026/$name.jpg; done
    echo film >desk/f.mov; echo note >desk/note.txt; touch -d 2020-01-01 desk/2026/* desk/*.*
    ledger sync -C desk; cp -a desk/2026 desk/f.mov desk/note.txt drive/
    ledger sync -C google; ledger sync -C desk
    """

  private let joined = ["desk", "google"]

  private let few = [
    Workload(
      testDescription: "a sync that does all that a place can ask for", place: "google",
      command: ["sync"],
      before: synced + """

        rm desk/2026/d.jpg; ledger sync -C desk; ledger sync -C google
        ledger reject "$(sed -n 's/^deletion //p' google/.ledger/trash/google/*/entry)" -C desk
        ledger location set google fetch-from desk -C desk
        ledger location set google prune video,min-copies=1 -C desk
        rm desk/2026/a.jpg; mkdir desk/t; mv desk/2026/b.jpg desk/t; echo e >desk/2026/e.jpg
        ledger sync -C desk
        """, person: "echo new >drive/new.jpg; touch -d 2020-01-01 drive/new.jpg", joined: joined),
    Workload(
      testDescription: "an emptying of the trash", place: "google",
      command: ["trash", "empty", "--yes"],
      before: synced + """

        cp desk/2026/a.jpg desk/kept.jpg; ledger sync -C desk; rm desk/2026/a.jpg
        ledger sync -C desk; ledger sync -C google; ledger config trash-days 0 -C desk
        ledger sync -C desk; ledger sync -C google
        """, joined: joined, destroys: true),
  ]

  /// Those that are tried with LEDGER_KILL_STEP alone.
  private let further = [
    Workload(
      testDescription: "a pruning where a removal would go everywhere", place: "google",
      command: ["prune", "2026/L.heic", "--min-copies", "1", "--yes"],
      before: synced + "\necho L >desk/2026/L.heic; echo M >desk/2026/L.mov"
        + "\nledger sync -C desk; cp -a desk/2026/L.* drive/2026/; ledger sync -C google"
        + "\nledger sync -C desk", joined: joined),
    Workload(
      testDescription: "an emptying of what was pruned", place: "google",
      command: ["trash", "empty", "--pruned", "--yes"],
      before: synced + "\nledger prune f.mov --min-copies 1 --yes -C google"
        + "\necho new >desk/new.txt; ledger sync -C desk; ledger sync -C google", joined: joined,
      destroys: true),
    Workload(
      testDescription: "restore", place: "google", command: ["restore", "2026/", "--yes"],
      before: synced + """

        rm desk/2026/[ab].jpg; ledger sync -C desk; ledger sync -C google; ledger sync -C desk
        """, joined: joined),
    Workload(
      testDescription: "a sync that records what two listings lack", place: "google",
      command: ["sync"], before: synced,
      person: "rm drive/2026/a.jpg; mv drive/2026/b.jpg drive/e.jpg; "
        + "ledger scan -C google || [ $? = 6 ]", joined: joined),
  ]
#endif
