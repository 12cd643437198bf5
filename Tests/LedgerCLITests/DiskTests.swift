import LedgerTestKit
import Testing

@Suite struct `A disk that comes and goes` {
  @Test(arguments: ["insert ext4 stick.img desk/disk", "mount --bind stick desk/disk"])
  func `below the root takes nothing with it while it is away`(mount: String) async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.mounting(
        """
        mkdir stick desk/disk
        format ext4 stick.img
        \(mount)
        echo a >desk/a.jpg; echo b >desk/disk/b.jpg
        run 0 first sync --json -C desk
        umount desk/disk
        rm desk/a.jpg
        run 6 away sync --json -C desk
        run 6 still sync --json -C desk
        \(mount)
        run 0 back sync --json -C desk
        """)

      for name in ["away", "still"] {
        let away = try await family.said(name)
        #expect(try away.last("attention")["path"].text == "disk")
        #expect(
          try away.last("attention")["detail"].text == "was a mount point and is not mounted")
        #expect(try away.last("summary")["recorded"] == .object([:]))
      }
      let back = try await family.said("back").last("summary")["recorded"]
      #expect(back == .object(["deleted": .number(1)]))
    }
  }

  @Test func `with the root on it is no empty library, and no other when it is another device`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub, "--name", "family")
      try await family.mounting(
        """
        format ext4 disk.img
        format ext4 other.img
        insert ext4 disk.img desk
        run 0 join join \(family.hub) --as desk --authoritative photo desk
        echo a >desk/a.jpg; echo b >desk/b.jpg
        run 0 first sync -C desk
        umount desk
        run 7 away sync -C desk
        # The first disk is another device now.
        insert ext4 other.img aside
        insert ext4 disk.img desk
        run 0 back sync --json -C desk
        # A new disk, to which the files were copied, but not all.
        rm -r aside/lost+found; cp -a desk/. aside/; mv aside/b.jpg .
        umount aside; umount desk; insert ext4 other.img desk
        run 7 new sync -C desk
        run 7 new sync -C desk
        mv b.jpg desk/
        run 0 whole sync --json -C desk
        rm desk/b.jpg
        run 0 last sync --json -C desk
        """)

      #expect(try await family.said("away").words.contains("Mount its disk"))
      for name in ["back", "whole"] {
        let recorded = try await family.said(name).last("summary")["recorded"]
        #expect(recorded == .object([:]), "\(name)")
      }
      let new = try await family.said("new").words
      #expect(
        new.contains("copied to another disk, or they have another map, and 1 file is missing"),
        "\(new)")
      let last = try await family.said("last").last("summary")["recorded"]
      #expect(last == .object(["deleted": .number(1)]))
    }
  }

  @Test func `may have the clone on it, too, with --state`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub, "--name", "family")
      try await family.mounting(
        """
        format ext4 disk.img
        insert ext4 disk.img disk
        mkdir disk/desk
        run 0 join join \(family.hub) --as desk --authoritative photo --state disk/state disk/desk
        echo a >disk/desk/a.jpg
        run 0 sync sync --json -C disk/desk
        [ -d disk/state/ledger/*/desk/clone.git ] && [ ! -e state/ledger/*/desk ]
        [ "$(ls -A disk/state/ledger | wc -l)" = 1 ]
        """)

      let recorded = try await family.said("sync").last("summary")["recorded"]
      #expect(recorded == .object(["added": .number(1)]))
    }
  }

  @Test func `is told from another that is mounted in its place`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub, "--name", "family")
      try await family.mounting(
        """
        for name in one two; do
          format ext4 $name.img
          insert ext4 $name.img $name
          run 0 join join \(family.hub) --as $name --authoritative photo $name
          echo $name >$name/$name.jpg
          run 0 first sync -C $name
        done
        umount one two
        insert ext4 one.img two
        insert ext4 two.img one
        run 7 one sync -C one
        run 7 two sync -C two
        umount one two
        insert ext4 one.img one
        insert ext4 two.img two
        run 0 again sync --json -C one
        """)

      let recorded = try await family.said("again").last("summary")["recorded"]
      #expect(recorded == .object([:]))
    }
  }
}
