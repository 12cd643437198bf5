import CustomDump
import LedgerTestKit
import Testing

/// A program that puts links, pipes and other files and folders in the place of those of a library, and
/// those back, as fast as it can. It replaces and removes nothing itself.
private enum Swapper {
  static let script = """
    import ctypes, os, random, select, sys
    root, outside, aside, decoys, bin = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    def move(old, new):
        if libc.renameat2(-100, old.encode(), -100, new.encode(), 1) != 0:
            raise OSError(ctypes.get_errno(), old)
    def put_in_place(kind, path, name):
        if kind == "link": os.symlink(f"{outside}/{name}", path)
        if kind == "pipe": os.mkfifo(path)
        if kind == "other": move(f"{decoys}/{name}", path)
    def take_away(kind, path, name):
        move(path, f"{decoys}/{name}" if kind == "other" else f"{bin}/{count}")
    folders = list("1234")
    files = [f"{folder}/{file}" for folder in folders for file in os.listdir(f"{root}/{folder}")]
    random.seed(1)
    count = 0
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        count += 1
        # Folders as often as files: a swapped one stands in the way of all that it holds.
        name = random.choice(folders if count % 2 else files)
        kind = random.choice(["link", "other"] if count % 2 else ["link", "pipe", "other"])
        path, away = f"{root}/{name}", aside + "/" + name.replace("/", "-")
        for step in [
            lambda: move(path, away), lambda: put_in_place(kind, path, name),
            lambda: take_away(kind, path, name), lambda: move(away, path),
        ]:
            try: step()
            except OSError: pass
    print(count)
    """
}

@Suite struct `A program that swaps files and folders while deletions are carried out` {
  /// The library's own bytes and those of the decoys, wherever they are, but not what links lead to.
  private func contents(_ family: Family) async throws -> [String] {
    try await family.shell(
      """
      find desk aside decoys bin -type f \\( -name '*.jpg' -o -name file \\) -exec cat {} + | sort
      """
    ).split(separator: "\n").map(String.init)
  }

  @Test func `makes it lose no byte and touch nothing outside the root`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("amazon", "photo"), ("desk", "none")])
      // What the links lead to are the very bytes that are to go.
      try await family.shell(
        """
        for folder in 1 2 3 4; do
          mkdir -p {amazon,decoys}/$folder
          for file in {01..20}; do
            echo photo $folder $file >amazon/$folder/$file.jpg
            echo decoy $folder $file >decoys/$folder/$file.jpg
          done
        done
        echo kept >amazon/kept.jpg; mkdir bin aside
        """)
      try await family.ledger("config", "deletions", "never", at: "amazon")
      try await family.sync("amazon")
      try await family.shell(
        "cp -a amazon/[1-4] amazon/kept.jpg desk/; mkdir outside; cp -a amazon/[1-4] outside/")
      try await family.sync("desk", "amazon")
      try await family.shell("rm amazon/[1-4]/*.jpg")
      try await family.sync("amazon")
      let (before, outside) = (try await contents(family), try await pictureOutside(family))

      let swaps = try await family.shell(
        """
        coproc python3 -c '\(Swapper.script)' desk "$PWD/outside" aside decoys bin
        read -r ready <&"${COPROC[0]}"
        for run in 1 2 3; do
          status=0
          '\(try Family.program())' sync -C desk >run.out 2>&1 || status=$?
          case $status in 0|3|6|7) ;; *) cat run.out >&2; exit 1 ;; esac
        done
        { exec {COPROC[1]}>&-; } 2>/dev/null
        read -r count <&"${COPROC[0]}"
        wait "$COPROC_PID"
        echo "$count"
        """)

      #expect(try #require(Int(swaps)) > 100)
      let (after, outsideAfter) = (try await contents(family), try await pictureOutside(family))
      expectNoDifference(after, before)
      expectNoDifference(outsideAfter, outside)
      let trashed = try await family.shell(
        "find desk/.ledger/trash -name file -type f -exec cat {} + | grep -c photo")
      #expect(try #require(Int(trashed)) > 0)
      #expect(try await family.shell("cat desk/kept.jpg") == "kept")
    }
  }

  /// Names, inodes, times of any change and bytes.
  private func pictureOutside(_ family: Family) async throws -> [String] {
    try await family.shell(
      "find outside -printf '%p %i %s %C@\\n' | sort; find outside -type f | sort | xargs sha256sum"
    ).split(separator: "\n").map(String.init)
  }
}
