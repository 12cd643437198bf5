import LedgerTestKit
import Testing

/// A place with photos of odd names, and one that fetches from it by an address.
private func places(
  _ folder: String, server: SSHServer? = nil, address: String,
  also variables: [String: String] = [:]
) async throws -> Family {
  var family = Family(in: folder, server: server)
  family.environment.merge(variables) { $1 }
  try await family.join([("desk", "photo,video")])
  try await family.shell(
    """
    mkdir -p desk/2024/trip plex; for n in 1 2 3; do head -c 200000 /dev/urandom >desk/2024/$n.jpg; done
    echo odd >"desk/2024/trip/ -name ' #with"$'\\n'"a [break] é \\$HOME.jpg"; echo dash >desk/-n.jpg
    touch -d 2001-02-03 desk/2024/1.jpg
    """)
  try await family.ledger(
    "join", family.hub, "--as", "plex", "--fetch-from", "desk", "plex")
  try await family.ledger("location", "set", "desk", "address", address, at: "desk")
  try await family.sync("desk")
  return family
}

@Suite struct `What a location fetches` {
  @Test func `comes by rsync over ssh, all of it in one connection`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = try await places(folder, server: server, address: "hub:\(folder)/desk")
        try await family.shell("echo raw >desk/$'raw\\xff.jpg'")
        try await family.sync("desk")
        let before = try await server.connections()

        let run = try await family.ledger("sync", "--json", at: "plex")

        #expect(try run.last("summary")["applied"] == .object(["fetch": .number(6)]))
        // Git's fetch and push, and rsync.
        #expect(try await server.connections() - before == 3)
        try await family.shell(
          """
          diff -r --exclude .ledger desk plex
          [ "$(stat -c %Y desk/2024/1.jpg)" = "$(stat -c %Y plex/2024/1.jpg)" ]
          """)
      }
    }
  }

  @Test func `goes on after ssh was cut off in the middle`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = try await places(folder, server: server, address: "hub:\(folder)/desk")
        try await family.shell("head -c 6000000 /dev/urandom >desk/big.mov")
        try await family.sync("desk")

        // The session, with rsync and ssh, is killed while the file comes.
        try await family.shell(
          """
          setsid '\(try Family.program())' sync --bandwidth 500k -C plex >out 2>&1 & pid=$!
          staged=plex/.ledger/fetch/plex/files/big.mov
          until [ -e "$staged" ] && [ "$(stat -c %s "$staged")" -gt 100000 ]; do :; done
          kill -9 -- -$pid
          [ ! -e plex/big.mov ] && [ "$(stat -c %s "$staged")" -lt 6000000 ]
          """)
        try await family.ledger("sync", "--wait=60", at: "plex")

        try await family.shell("diff -r --exclude .ledger desk plex")
        #expect(try await family.fingerprint(of: "plex") != nil)
      }
    }
  }

  @Test func `is told in the words of ssh where that can't connect`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await places(
        folder, address: "me@127.0.0.1:/x",
        also: ["RSYNC_RSH": "ssh -F /dev/null -p 1 -o BatchMode=yes"])

      let run = try await family.ledger("sync", at: "plex")

      #expect(run.words.contains("desk gave nothing: ") && run.words.contains("refused"))
      #expect(run.words.contains("5 files wait for it"))
    }
  }

  @Test func `comes by rclone, with a limit too`() async throws {
    try await withTemporaryFolder { folder in
      let family = try await places(
        folder, address: "rclone:my drive:", also: ["RCLONE_CONFIG": "\(folder)/rclone.conf"])
      try await family.shell(
        "printf '[my drive]\\ntype = alias\\nremote = %s\\n' '\(folder)/desk' >rclone.conf")

      let run = try await family.ledger(
        "sync", "--json", "--bandwidth", "50M", "--transfers", "2", at: "plex")

      #expect(try run.last("summary")["applied"] == .object(["fetch": .number(5)]))
      try await family.shell("diff -r --exclude .ledger desk plex")
    }
  }

  @Test func `comes by rclone from a real sftp server, what is there`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = try await places(
          folder, address: "rclone:nas:\(folder)/desk",
          also: ["RCLONE_CONFIG": "\(folder)/rclone.conf"])
        try await family.shell(
          """
          printf '[nas]\\ntype = sftp\\nhost = 127.0.0.1\\nport = \(server.port)\\nuser = %s\\n' "$(id -un)" >rclone.conf
          echo 'key_file = \(server.keyFile(.ed25519))' >>rclone.conf; rm desk/2024/2.jpg
          """)

        let run = try await family.ledger("sync", "--json", at: "plex")

        #expect(try run.last("summary")["applied"] == .object(["fetch": .number(4)]))
        let told = try run.lines().filter { $0["reason"].text == "fetch-blocked" }
        #expect(told.map { $0["path"].text } == ["2024/2.jpg"])
        try await family.shell("diff -r --exclude .ledger --exclude 2.jpg desk plex")
      }
    }
  }

  @Test func `does not fill the disk, and leaves nothing half`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo")])
      try await family.mounting(
        """
        truncate -s 8M disk.img; mkfs.ext4 -q -m 0 disk.img; insert ext4 disk.img plex
        run 0 join join \(family.hub) --as plex --fetch-from desk plex
        for n in 1 2 3; do head -c 3000000 /dev/urandom >desk/$n.jpg; done
        run 0 desk sync -C desk
        run 3 full sync --json -C plex
        ls plex >listed; find plex/.ledger/fetch -name '*.jpg' | wc -l >half; cmp desk/1.jpg plex/1.jpg
        # Its user makes room: what was fetched there moves elsewhere.
        umount plex; truncate -s 64M disk.img; e2fsck -pf disk.img >/dev/null; resize2fs disk.img 2>/dev/null >&2
        insert ext4 disk.img plex
        run 0 room sync --json -C plex
        diff -r --exclude .ledger --exclude lost+found desk plex
        """)

      let full = try await family.said("full")
      let told = try full.lines().filter { $0["reason"].text == "fetch-blocked" }
      #expect(told.count == 1)
      #expect(told[0]["detail"].text?.contains("make room") == true)
      #expect(try await family.shell("cat half") == "0")
    }
  }
}
