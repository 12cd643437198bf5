import LedgerTestKit
import Testing

/// A desktop and a remote of rclone's, `google`, which keeps photos alone and fetches them.
private func withDrive(_ body: (Family) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    var family = Family(in: folder)
    family.environment["RCLONE_CONFIG"] = "\(folder)/rclone.conf"
    try await family.shell(
      """
      mkdir drive google
      printf '[gdrive]\\ntype = alias\\nremote = %s\\n' "$PWD" >rclone.conf
      """)
    try await family.join([("desk", "photo,video")])
    try await family.ledger(
      "join", family.hub, "--as", "google", "--authoritative", "photo", "--keeps", "photo",
      "--fetch-from", "desk", "--place", "rclone:gdrive:drive", "google")
    try await family.shell(
      """
      mkdir -p desk/2026; for n in 1 2 3; do echo "photo $n" >"desk/2026/IMG $n.jpg"; done
      echo film >desk/2026/trip.mp4
      """)
    try await body(family)
  }
}

@Suite struct `A remote that fetches` {
  @Test func `gets the photos that it keeps, and none that is deleted`() async throws {
    try await withDrive { family in
      try await family.sync("desk")

      let run = try await family.ledger("sync", "--json", at: "google").last("summary")

      #expect(run["applied"] == .object(["fetch": .number(3)]))
      #expect(run["recorded"]["added"].number == 3)
      #expect(try await family.shell("ls drive/2026 | wc -l") == "3")
      try await family.shell(
        """
        for n in 1 2 3; do cmp "desk/2026/IMG $n.jpg" "drive/2026/IMG $n.jpg"; done
        [ -z "$(find google/.ledger/fetch/google/files -type f)" ]
        """)
      #expect(
        try await family.file("2026/IMG 1.jpg", at: "google")["state"].text == "synced")

      // The drive's own scan finds them as they were recorded, and drops what a killed run left behind.
      try await family.shell("echo 'photo 1' >'google/.ledger/fetch/google/files/IMG 1.jpg'")
      let quiet = try await family.ledger("sync", "--json", at: "google").last("summary")
      #expect(quiet["recorded"] == .object([:]) && quiet["applied"] == .object([:]))
      #expect(try await family.shell("find google/.ledger/fetch/google/files -type f") == "")
      try await family.shell("rm 'desk/2026/IMG 2.jpg'")
      try await family.sync("desk", "google", "google")
      #expect(try await family.shell("ls drive/2026") == "IMG 1.jpg\nIMG 3.jpg")
    }
  }

  @Test func `does not take what a cut left of an upload for a new version`() async throws {
    try await withDrive { family in
      try await family.sync("desk")
      var cut = family
      try await family.shell(
        """
        mkdir bin; cat >bin/rclone <<'END'
        #!/bin/bash
        case " $* " in *" copy "*) ;; *) exec REAL "$@";; esac
        while [ $# -gt 1 ]; do [ "$1" != --files-from-raw ] || list=$2; shift; done
        while IFS= read -r path; do
          mkdir -p "$ROOT/${1#gdrive:}/${path%/*}"; printf phot >"$ROOT/${1#gdrive:}/$path"
        done <"$list"
        exit 1
        END
        sed -i "s,REAL,$(command -v rclone)," bin/rclone; chmod +x bin/rclone
        """)
      cut.environment["PATH"] = "\(family.folder)/bin:\(family.environment["PATH"] ?? "")"
      cut.environment["ROOT"] = family.folder
      try await cut.ledger("sync", at: "google", status: 3)
      try await cut.ledger("scan", at: "google")

      let run = try await family.ledger("sync", "--json", at: "google").last("summary")

      #expect(run["recorded"] == .object(["added": .number(3)]))
      try await family.shell(
        "for n in 1 2 3; do cmp \"desk/2026/IMG $n.jpg\" \"drive/2026/IMG $n.jpg\"; done")
      #expect(try await family.file("2026/IMG 1.jpg", at: "google")["state"].text == "synced")
    }
  }

  @Test func `is a place to fetch from itself`() async throws {
    try await withDrive { family in
      try await family.sync("desk", "google")
      try await family.shell("mkdir plex; rm -r desk/2026")
      try await family.ledger(
        "join", family.hub, "--as", "plex", "--fetch-from", "google", "plex")

      let run = try await family.ledger("sync", "--json", at: "plex").last("summary")

      #expect(run["applied"] == .object(["fetch": .number(3)]))
      try await family.shell(
        "for n in 1 2 3; do cmp \"drive/2026/IMG $n.jpg\" \"plex/2026/IMG $n.jpg\"; done")

    }
  }
}
