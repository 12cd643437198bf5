import LedgerTestKit
import Testing

@Suite struct `A memory card with exFAT` {
  /// A hub, `desk` on a folder and `card` on an exFAT image that is mounted, with the same six photos.
  private func script(_ family: Family, _ rest: String) -> String {
    """
    format exfat card.img
    insert exfat card.img card
    mkdir desk
    for name in desk card; do
      run 0 join join \(family.hub) --as $name --authoritative photo $name
    done
    mkdir card/Trip
    for i in 1 2 3 4 5; do echo photo$i >card/IMG_$i.jpg; done
    echo beach >card/Trip/beach.jpg
    run 0 first sync -C card
    cp -r card/*.jpg card/Trip desk/
    run 0 first sync -C desk
    """ + "\n" + rest
  }

  private func onCard(_ rest: String, _ body: (Family) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub, "--name", "family")
      try await family.mounting(script(family, rest))
      try await body(family)
    }
  }

  @Test func `takes another case of a name for a rename, of a file and of a folder`() async throws {
    try await onCard(
      """
      mv card/IMG_1.jpg card/img_1.JPG
      mv card/Trip card/aside; mv card/aside card/trip
      run 0 renamed sync --json -C card
      run 0 again sync --json -C card
      run 0 desk sync --json -C desk
      ls desk desk/trip | grep -c -e '^img_1.JPG' -e '^beach.jpg' >count
      """
    ) { family in
      let recorded = try await family.said("renamed").last("summary")["recorded"]
      #expect(recorded == .object(["renamed": .number(2)]))
      let again = try await family.said("again").last("summary")["recorded"]
      #expect(again == .object([:]))
      #expect(try await family.shell("cat count") == "2")
    }
  }

  @Test func `gets another case of a name that a person gave elsewhere`() async throws {
    try await onCard(
      """
      mv desk/IMG_1.jpg desk/img_1.jpg
      run 0 desk sync -C desk
      run 0 card sync --json -C card
      run 0 again sync --json -C card
      ls card >names
      """
    ) { family in
      #expect(try await family.said("card").last("planned")["action"].text == "rename")
      #expect(try await family.shell("grep -i img_1 names") == "img_1.jpg")
      let again = try await family.said("again").last("summary")["recorded"]
      #expect(again == .object([:]))
    }
  }

  @Test func `has a trash, and keeps there what it could only put back by replacing`() async throws
  {
    try await onCard(
      """
      rm desk/IMG_1.jpg
      run 0 desk sync -C desk
      run 0 card sync --json -C card
      [ ! -e card/IMG_1.jpg ]
      run 3 restore restore IMG_1.jpg --yes -C card
      cat card/.ledger/trash/card/*/file >trashed
      run 0 list trash list -C card
      """
    ) { family in
      #expect(try await family.said("card").last("planned")["action"].text == "trash")
      #expect(try await family.shell("cat trashed") == "photo1")
      #expect(try await family.said("list").output.contains("IMG_1.jpg"))
      let said = try await family.said("restore")
      #expect((said.output + said.words).contains("can only rename by replacing"))
    }
  }

  @Test func `numbers its files anew at each mount, which makes no copy a rename`() async throws {
    try await onCard(
      """
      umount card
      # One device for both mounts, so that nothing but the numbers differs.
      device=$(losetup --find --show card.img)
      trap 'losetup -d "$device"' EXIT
      insert exfat "$device" card
      for i in {10..30}; do echo same >card/$i.jpg; touch -d '2020-01-01' card/$i.jpg; done
      run 0 same sync -C card
      umount card; insert exfat "$device" card
      for i in {10..30}; do cp -p card/$i.jpg card/copy$i.jpg; done
      run 0 copies sync --json -C card
      """
    ) { family in
      let recorded = try await family.said("copies").last("summary")["recorded"]
      #expect(recorded == .object(["added": .number(21)]))
    }
  }

  @Test func `may shift all times by hours, as a time zone does, and changes nothing by that`()
    async throws
  {
    try await onCard(
      """
      find card -name '*.jpg' | while read -r file; do
        touch -d "$(stat -c %y "$file") 2 hours ago" "$file"
      done
      run 0 shifted sync --json -C card
      run 0 again sync --json -C card
      """
    ) { family in
      let shifted = try await family.said("shifted").last("summary")
      #expect(shifted["recorded"] == .object([:]) && shifted["hashed"] == .number(6))
      #expect(try await family.said("again").last("summary")["hashed"] == .number(0))
    }
  }

  @Test func `has ticks of two seconds, in which other bytes of the same size are found`()
    async throws
  {
    try await onCard(
      """
      echo once >card/new.jpg
      run 0 once sync -C card
      echo more >card/new.jpg
      run 0 more sync --json -C card
      """
    ) { family in
      let recorded = try await family.said("more").last("summary")["recorded"]
      #expect(recorded == .object(["changed": .number(1)]))
    }
  }
}

@Suite struct `A disk with NTFS that ignores case` {
  @Test func `leaves two names alone that it takes for one, and calls none of them gone`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub, "--name", "family")
      try await family.mounting(
        """
        format ntfs disk.img
        insert ntfs disk.img disk
        run 0 join join \(family.hub) --as disk --authoritative photo disk
        echo lower >disk/a.jpg; echo upper >disk/A.jpg; echo b >disk/b.jpg; echo c >disk/c.jpg
        run 0 both sync --json -C disk
        umount disk; insert ntfs disk.img disk ignore_case
        rm disk/c.jpg
        run 3 one sync --json -C disk
        umount disk; insert ntfs disk.img disk
        run 0 again sync --json -C disk
        cat disk/a.jpg disk/A.jpg >texts
        """)

      let both = try await family.said("both").last("summary")["recorded"]
      #expect(both == .object(["added": .number(4)]))
      let one = try await family.said("one")
      #expect(try one.last("summary")["recorded"] == .object(["deleted": .number(1)]))
      #expect(try one.lines().contains { $0["reason"].text == "name-collision" })
      let again = try await family.said("again").last("summary")["recorded"]
      #expect(again == .object([:]))
      #expect(try await family.shell("cat texts") == "lower\nupper")
    }
  }
}
