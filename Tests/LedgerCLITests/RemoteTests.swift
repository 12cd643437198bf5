import Foundation
import LedgerTestKit
import Testing

/// A family of some folders and a remote of rclone's, `google`, whose files are in `drive`.
private func withRemote(
  _ folders: String..., authoritative: String = "none", _ body: (Family) async throws -> Void
) async throws {
  try await withTemporaryFolder { folder in
    var family = Family(in: folder)
    family.environment["RCLONE_CONFIG"] = "\(folder)/rclone.conf"
    try await family.shell(
      """
      mkdir drive google
      printf '[gdrive]\\ntype = alias\\nremote = %s\\n' "$PWD" >rclone.conf
      """)
    try await family.join(
      folders.map { (name: $0, authoritative: $0 == "amazon" ? "photo" : "photo,video") })
    try await family.ledger(
      "join", family.hub, "--as", "google", "--authoritative", authoritative, "--place",
      "rclone:gdrive:drive", "google")
    try await body(family)
  }
}

extension Family {
  /// Fills the first place and copies all to the other places, as scripts do.
  fileprivate func spread(_ count: Int = 8, from first: String = "desk", to others: String...)
    async throws
  {
    try await shell(
      """
      mkdir -p \(first)/2026
      for i in $(seq \(count)); do echo "photo $i" >"\(first)/2026/IMG_$i.jpg"; done
      echo film >\(first)/2026/trip.mp4
      """)
    try await sync(first)
    for place in others + ["drive"] { try await shell("cp -a \(first)/2026 \(place)/") }
    for place in others + ["google"] { try await sync(place) }
  }
}

@Suite struct `Four places, one of them a remote` {
  @Test func `hear of what was deleted, and bring it back`() async throws {
    try await withRemote("amazon", "desk", "plex") { family in
      try await family.spread(from: "amazon", to: "desk", "plex")
      try await family.shell("rm amazon/2026/IMG_7.jpg amazon/2026/trip.mp4")

      try await family.sync("amazon", "desk", "plex", "google")

      #expect(try await family.shell("cat drive/.ledger/trash/google/*/file") == "photo 7")
      let trashed = try await family.ledger("trash", "list", "--json", at: "google").last("trashed")
      #expect(trashed["file"].text?.hasPrefix("gdrive:drive/.ledger/trash/google/") == true)
      #expect(try await family.shell("ls drive/2026 | grep -c .") == "8")
      let film = try await family.file("2026/trip.mp4", at: "google")
      #expect(film["copies"]["google"]["state"].text == "present")
      #expect(film["copies"]["amazon"]["state"].text == "pruned")

      // As a restore leaves it that was killed before it moved anything.
      try await family.shell("touch \"$(echo google/.ledger/trash/google/*)/leaving\"")
      try await family.ledger("restore", "2026/IMG_7.jpg", "--yes", at: "google")
      try await family.sync("google", "desk", "plex")
      for place in ["drive", "desk", "plex"] {
        #expect(try await family.shell("cat \(place)/2026/IMG_7.jpg") == "photo 7")
      }
      #expect(try await family.shell("find drive/.ledger/trash -type f | wc -l") == "0")
      try await family.sync("google", "desk")
      #expect(
        try await family.fingerprint(of: "google") == (try await family.fingerprint(of: "desk")))
      let summary = try await family.ledger("sync", "--json", at: "google").last("summary")
      #expect(summary["recorded"] == .object([:]) && summary["scanned"] == .number(9))
    }
  }

  @Test func `record what a restore put back that was killed, when it is asked for again`()
    async throws
  {
    try await withRemote("desk", authoritative: "photo,video") { family in
      try await family.spread(3)
      try await family.shell("rm desk/2026/IMG_2.jpg")
      try await family.sync("desk", "google")
      try await family.shell(
        """
        slot=$(echo google/.ledger/trash/google/*); cp $slot/entry $slot/restored; touch $slot/leaving
        mv drive/.ledger/trash/google/*/file drive/2026/IMG_2.jpg
        """)

      let run = try await family.ledger("restore", "2026/IMG_2.jpg", "--yes", at: "google")

      #expect(run.output.contains("Recorded; ledger sync brings them back"))
      let file = try await family.file("2026/IMG_2.jpg", at: "google")
      #expect(file["copies"]["google"]["state"].text == "present")
      #expect(try await family.shell("find drive/.ledger/trash -type f | wc -l") == "0")
      try await family.ledger("restore", "2026/IMG_2.jpg", "--yes", at: "google", status: 1)
    }
  }

  @Test func `make room there, and nobody else loses anything`() async throws {
    try await withRemote("desk", "plex", authoritative: "photo,video") { family in
      try await family.spread(to: "plex")
      try await family.sync("desk", "plex", "google")

      let run = try await family.ledger("prune", "--media", "video", "--yes", at: "google")

      #expect(run.output.contains("Pruned 1 file (5 B)."))
      #expect(try await family.shell("cat drive/.ledger/trash/google/*/file") == "film")
      // It has the say over videos, and yet nothing is deleted anywhere.
      try await family.shell("echo 1 >desk/new-1.jpg; echo 2 >plex/new-2.jpg")
      try await family.sync("google", "desk", "plex", "google")
      for place in ["desk", "plex"] {
        #expect(try await family.shell("cat \(place)/2026/trip.mp4") == "film")
      }
      let film = try await family.file("2026/trip.mp4", at: "google")
      #expect(film["copies"]["google"]["state"].text == "pruned")
      try await family.shell("rm drive/2026/IMG_1.jpg")
      try await family.ledger("prune", "--record-only", "2026/IMG_1.jpg", at: "google")
      try await family.ledger("prune", "--record-only", "2026/IMG_2.jpg", at: "google", status: 1)
      try await family.sync("google", "google", "desk")
      #expect(try await family.shell("cat desk/2026/IMG_1.jpg desk/2026/IMG_2.jpg | wc -l") == "2")
      let refused = try await family.ledger("prune", "--free", "1G", at: "google", status: 64)
      #expect(refused.words.contains("can't be told"))

      try await family.ledger("trash", "empty", "--pruned", "--yes", at: "google")
      #expect(try await family.shell("find drive/.ledger/trash -type f | wc -l") == "0")
    }
  }

  @Test func `lose the home of the remote, and what it has in the trash keeps its names`()
    async throws
  {
    try await withRemote("desk", authoritative: "photo,video") { family in
      try await family.spread(3)
      try await family.shell("rm desk/2026/IMG_2.jpg")
      try await family.sync("desk", "google")
      try await family.ledger("prune", "2026/trip.mp4", "--min-copies", "1", "--yes", at: "google")
      try await family.shell("rm -r google state/ledger/*/google; mkdir google")

      try await family.ledger(
        "join", family.hub, "--as", "google", "--take-over", "--place", "rclone:gdrive:drive",
        "google")
      try await family.ledger("sync", "--dry-run", at: "google")
      #expect(try await family.shell("ls google/.ledger") == "google.json")
      try await family.sync("google")

      let listed = try await family.ledger("trash", "list", "--json", at: "google").lines()
      #expect(
        listed.filter { $0["kind"].text == "trashed" }.compactMap(\.["path"].text).sorted()
          == ["2026/IMG_2.jpg", "2026/trip.mp4"])
      try await family.ledger("restore", "2026/IMG_2.jpg", "--yes", at: "google")
      try await family.sync("google", "desk")
      #expect(try await family.shell("cat drive/2026/IMG_2.jpg") == "photo 2")
      #expect(try await family.shell("cat desk/2026/trip.mp4") == "film")
      let film = try await family.file("2026/trip.mp4", at: "google")
      #expect(film["copies"]["google"]["state"].text == "pruned")
    }
  }

  @Test func `are not reached through an rclone that is too old`() async throws {
    try await withRemote("desk") { family in
      var old = family
      try await family.shell(
        "mkdir bin; printf '#!/bin/sh\\necho rclone v1.55.1\\n' >bin/rclone; chmod +x bin/rclone")
      old.environment["PATH"] = "\(family.folder)/bin:\(family.environment["PATH"] ?? "")"
      let run = try await old.ledger("sync", at: "google", status: 7)
      #expect(run.words.contains("rclone v1.55.1 is too old; ledger needs 1.60 or newer"))
    }
  }

  @Test func `have pruned what the server moved only after rclone had given up`() async throws {
    try await withRemote("desk", "plex", authoritative: "photo,video") { family in
      try await family.spread(to: "plex")
      try await family.sync("desk", "plex", "google")
      var late = family
      try await family.shell(
        """
        mkdir bin; printf '#!/bin/sh\\ncase " $* " in *" moveto "*) exit 1;; esac\\nexec %s "$@"\\n' \
          "$(command -v rclone)" >bin/rclone; chmod +x bin/rclone
        """)
      late.environment["PATH"] = "\(family.folder)/bin:\(family.environment["PATH"] ?? "")"
      let run = try await late.ledger("prune", "--media", "video", "--yes", "--json", at: "google")
      #expect(!run.output.contains(#""type":"pruned""#))
      try await family.shell(
        """
        for id in $(ls google/.ledger/trash/google); do mkdir -p drive/.ledger/trash/google/$id
          mv drive/2026/trip.mp4 drive/.ledger/trash/google/$id/file; done
        """)

      try await family.sync("google", "google", "desk", "plex")

      #expect(try await family.shell("cat desk/2026/trip.mp4 plex/2026/trip.mp4") == "film\nfilm")
      let film = try await family.file("2026/trip.mp4", at: "desk")
      #expect(film["copies"]["google"]["state"].text == "pruned")
    }
  }

  @Test func `take for gone only what two listings lack`() async throws {
    try await withRemote("desk", authoritative: "photo") { family in
      try await family.spread()
      try await family.shell("mv drive/2026/IMG_3.jpg away.jpg")

      let first = try await family.ledger("sync", "--json", at: "google", status: 6)
      #expect(try first.last("summary")["recorded"] == .object([:]))
      #expect(try first.last("attention")["detail"].text?.contains("1 file was not listed") == true)
      try await family.shell("mv away.jpg drive/2026/IMG_3.jpg")
      try await family.sync("google")
      try await family.shell("mv drive/2026/IMG_3.jpg away.jpg")
      try await family.ledger("sync", at: "google", status: 6)
      let second = try await family.ledger("sync", "--json", at: "google")

      #expect(try second.last("recorded")["type"].text == "deleted")
      #expect(try second.last("recorded")["path"].text == "2026/IMG_3.jpg")
      try await family.sync("desk")
      #expect(try await family.shell("ls desk/2026 | grep -c IMG_3 || true") == "0")

      // What a script took is pruned, also by the second listing.
      try await family.ledger("exec", "--", "rm", "../drive/2026/IMG_4.jpg", at: "google")
      let third = try await family.ledger("sync", "--json", at: "google")
      #expect(try third.last("recorded")["type"].text == "pruned")
    }
  }

  @Test func `tell a rename on the remote as a rename, by the second listing`() async throws {
    try await withRemote("desk", authoritative: "photo") { family in
      try await family.spread()
      try await family.shell("mkdir drive/best && mv drive/2026/IMG_3.jpg drive/best/IMG_3.jpg")

      let first = try await family.ledger("sync", "--json", at: "google", status: 6)
      #expect(try first.last("summary")["recorded"] == .object([:]))
      let second = try await family.ledger("sync", "--json", at: "google")

      #expect(try second.last("summary")["recorded"] == .object(["renamed": .number(1)]))
      try await family.sync("desk")
      #expect(try await family.shell("cat desk/best/IMG_3.jpg") == "photo 3")
      try await family.shell("mv desk/best desk/finest")
      try await family.sync("desk", "google")
      #expect(try await family.shell("cat drive/finest/IMG_3.jpg") == "photo 3")
    }
  }

  @Test func `halt where a listing shrank too far, until a person says yes`() async throws {
    try await withRemote("desk") { family in
      try await family.spread(130)
      try await family.shell("rm drive/2026/IMG_1[0-3]*.jpg drive/2026/IMG_[2-9]*.jpg")

      try await family.ledger("sync", at: "google", status: 6)
      let halted = try await family.ledger("sync", "--json", at: "google", status: 7)
      #expect(try halted.last("summary")["recorded"] == .object([:]))
      let detail = try #require(try halted.last("attention")["detail"].text)
      let count = try #require(detail.split(separator: " ").first)
      try await family.ledger("sync", "--allow-deletes", String(count), at: "google")

      #expect(try await family.shell("ls desk/2026 | grep -c jpg") == "130")
    }
  }

  @Test func `stop where the remote is another one, or was emptied`() async throws {
    try await withRemote("desk", authoritative: "photo") { family in
      try await family.spread()

      try await family.shell("mkdir other && mv drive drive.away && mv other drive")
      let emptied = try await family.ledger("sync", at: "google", status: 7)
      #expect(emptied.words.contains("has no marker .ledger/google.json"))
      try await family.shell("mkdir drive/.ledger && echo '{}' >drive/.ledger/google.json")
      let other = try await family.ledger("sync", at: "google", status: 7)
      #expect(other.words.contains("the marker of another ledger"))
      try await family.shell("sed -i 's/alias/nosuchkind/' rclone.conf")
      let broken = try await family.ledger("sync", at: "google", status: 7)
      #expect(broken.words.contains("nosuchkind"))
      try await family.ledger("doctor", at: "google", status: 1)
      try await family.shell(
        "sed -i 's/nosuchkind/alias/' rclone.conf; rm -r drive; mv drive.away drive")
      let back = try await family.ledger("sync", "--json", at: "google")

      #expect(try back.last("summary")["recorded"] == .object([:]))
    }
  }

  @Test func `refuse a remote that can't be written, reached or run`() async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      family.environment["RCLONE_CONFIG"] = "\(folder)/rclone.conf"
      try await family.ledger("init", family.hub)
      try await family.shell(
        "mkdir home; printf '[gone]\\ntype = http\\nurl = http://127.0.0.1:9/\\n' >rclone.conf")
      func join(_ place: String, status: Int32) async throws -> String {
        let run = try await family.ledger(
          "join", family.hub, "--as", "google", "--place", place, "home", status: status)
        #expect(try await family.shell("ls -A home") == "")
        return run.words
      }

      #expect(try await join("rclone:", status: 64).contains("no place of the kind"))
      #expect(try await join("ftp:x", status: 64).contains("no place of the kind"))
      #expect(try await join("rclone:nosuch:x", status: 7).contains("can't be a location"))
      #expect(try await join("rclone:gone:x", status: 7).contains("can't be a location"))
      try await family.shell("mkdir bin && ln -s $(command -v git) bin/git && ln -s /bin/sh bin/sh")
      family.environment["PATH"] = "\(folder)/bin"
      let run = try await HermeticGit.runProgram(
        [
          try Family.program(), "join", family.hub, "--as", "google", "--place", "rclone:gone:x",
          "home",
        ],
        in: folder, environment: family.environment)
      #expect(run.exitStatus == 7 && run.words.contains("there is no program rclone in PATH"))
    }
  }
}
