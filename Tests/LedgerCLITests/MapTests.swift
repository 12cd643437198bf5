import LedgerTestKit
import Testing

private let map = "photo=Photos,video=Videos,sidecar=Photos"

/// Two folders with different maps that fetch from each other, with two photos, a sidecar and a video.
private func withMaps(_ body: (Family) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.ledger("init", family.hub, "--name", "family")
    try await family.shell("mkdir amazon desk")
    for (name, other, map) in [("amazon", "desk", map), ("desk", "amazon", "photo=Bilder/alle")] {
      try await family.ledger(
        "join", family.hub, "--as", name, "--authoritative", "photo,video,other", "--fetch-from",
        other, "--map", map, name)
    }
    try await family.shell(
      """
      mkdir -p amazon/Photos/2026 amazon/Videos/2026
      echo "photo one" >amazon/Photos/2026/1.jpg; echo sidecar >amazon/Photos/2026/1.xmp
      echo "photo number two" >amazon/Photos/2026/2.jpg; echo film >amazon/Videos/2026/trip.mov
      """)
    try await family.sync("amazon", "desk")
    try await body(family)
  }
}

extension Family {
  /// The files of the library at a place as it has them.
  fileprivate func files(_ place: String) async throws -> [String] {
    try await shell("cd \(place); find . -path ./.ledger -prune -o -type f -printf '%P\\n' | sort")
      .split(separator: "\n").map(String.init)
  }

  /// Changes the map of `amazon`, or the types of files, from `desk`; or takes that back.
  fileprivate func change(types isOfTypes: Bool, isBack: Bool) async throws {
    if isOfTypes {
      try await ledger("config", "media.mov", isBack ? "" : "sidecar", at: "desk")
    } else {
      try await ledger(
        "location", "set", "amazon", "map", isBack ? map : "photo=Fotos", at: "desk")
    }
    try await ledger("sync", at: "desk")
  }

  fileprivate func expectOneState(_ places: String...) async throws {
    var fingerprints: Set<String?> = []
    for place in places { fingerprints.insert(try await fingerprint(of: place)) }
    #expect(fingerprints.count == 1)
  }

  fileprivate func expectQuiet(_ places: String...) async throws {
    for place in places {
      let summary = try await ledger("sync", "--json", at: place).last("summary")
      #expect(summary["recorded"] == .object([:]) && summary["applied"] == .object([:]))
    }
  }
}

@Suite struct `Places with maps` {
  @Test func `exchange photos and videos under their own folders`() async throws {
    try await withMaps { family in
      #expect(
        try await family.files("desk") == [
          "2026/1.xmp", "2026/trip.mov", "Bilder/alle/2026/1.jpg", "Bilder/alle/2026/2.jpg",
        ])
      try await family.shell("echo new >desk/Bilder/alle/3.jpg; echo clip >desk/4.mov")
      try await family.sync("desk", "amazon", "desk")
      #expect(
        try await family.files("amazon") == [
          "Photos/2026/1.jpg", "Photos/2026/1.xmp", "Photos/2026/2.jpg", "Photos/3.jpg",
          "Videos/2026/trip.mov", "Videos/4.mov",
        ])
      let names = try await family.ledger("ls", "--json", at: "desk").lines().map {
        $0["path"].text
      }
      #expect(
        names == ["2026/1.jpg", "2026/1.xmp", "2026/2.jpg", "2026/trip.mov", "3.jpg", "4.mov"])
      try await family.expectQuiet("amazon", "desk")
      try await family.expectOneState("amazon", "desk")
      let verified = try await family.ledger("verify", at: "desk").output
      #expect(verified.hasPrefix("All is well: read 6 files"))

      // Without its cache a place finds all of it again.
      try await family.shell("rm -r cache")
      let summary = try await family.ledger("sync", "--json", at: "amazon").last("summary")
      #expect(summary["recorded"] == .object([:]) && summary["scanned"] == .number(6))
    }
  }

  @Test func `delete, rename and restore each other's files, also into another type`() async throws
  {
    try await withMaps { family in
      // The sidecar goes with its photo, and the photo with its new ending to the videos.
      try await family.shell(
        """
        rm amazon/Photos/2026/1.jpg; mv amazon/Photos/2026/2.jpg amazon/Videos/2026/two.mov
        mkdir amazon/Videos/2025; mv amazon/Videos/2026/trip.mov amazon/Videos/2025/
        """)
      try await family.sync("amazon")
      let plan = try await family.ledger("sync", "--dry-run", "--paths", "rename", at: "desk")
      #expect(
        plan.output.split(separator: "\n").sorted() == [
          "2025/trip.mov", "2026/trip.mov", "2026/two.mov", "Bilder/alle/2026/2.jpg",
        ])

      try await family.sync("desk")

      #expect(try await family.files("desk") == ["2025/trip.mov", "2026/two.mov"])
      let trashed = try await family.ledger("trash", "list", "--json", at: "desk").lines()
      #expect(
        trashed.map { $0["path"].text }.sorted { $0 ?? "" < $1 ?? "" } == [
          "2026/1.jpg", "2026/1.xmp",
        ])
      try await family.ledger("restore", "2026/1.jpg", "--yes", at: "desk")
      try await family.sync("desk", "amazon", "desk")

      #expect(
        try await family.files("desk") == [
          "2025/trip.mov", "2026/1.xmp", "2026/two.mov", "Bilder/alle/2026/1.jpg",
        ])
      #expect(
        try await family.files("amazon") == [
          "Photos/2026/1.jpg", "Photos/2026/1.xmp", "Videos/2025/trip.mov", "Videos/2026/two.mov",
        ])
      try await family.expectOneState("amazon", "desk")
    }
  }

  @Test func `leave alone and tell what is outside the map, and call nothing gone for it`()
    async throws
  {
    try await withMaps { family in
      try await family.shell(
        """
        echo "a stray film" >amazon/Photos/odd.mov; echo "a stray" >amazon/root.jpg
        mv amazon/Photos/2026/1.jpg amazon/Videos/
        """)

      let run = try await family.ledger("sync", "--json", at: "amazon", status: 3)

      #expect(try run.last("summary")["recorded"] == .object([:]))
      let told = try run.lines().filter { $0["reason"].text == "settings" }
      #expect(told.map { $0["path"].text } == ["", "2026/1.jpg"])
      let names = "3 files are outside the map (\(map)), left alone and not recorded: "
      #expect(
        told[0]["detail"].text?.hasPrefix(names + "Photos/odd.mov, Videos/1.jpg, root.jpg") == true)
      try await family.expectOneState("amazon", "desk")
      // Nor is a copy brought in its stead.
      #expect(try await family.files("amazon").contains("Photos/2026/1.jpg") == false)

      try await family.shell("mv amazon/Videos/1.jpg amazon/Photos/2026/")
      try await family.expectQuiet("desk")
      let quiet = try await family.ledger("sync", "--json", at: "amazon").last("summary")
      #expect(quiet["recorded"] == .object([:]))
      // What is in the way stays.
      try await family.shell("mkdir -p desk/Bilder/alle; echo other >desk/Bilder/alle/5.jpg")
      try await family.shell("ln -s nowhere amazon/Photos/5.jpg")
      try await family.sync("desk")
      let blocked = try await family.ledger("sync", at: "amazon", status: 3)
      #expect(blocked.words.contains("nothing was replaced"))
      try await family.shell("[ \"$(readlink amazon/Photos/5.jpg)\" = nowhere ]")
    }
  }

  @Test func `halt where the map or the types change, until a person says so`() async throws {
    try await withMaps { family in
      let before = try await family.fingerprint(of: "desk")
      for isOfTypes in [false, true] {
        // Told from elsewhere, as anybody may.
        try await family.change(types: isOfTypes, isBack: false)

        let run = try await family.ledger("sync", at: "amazon", status: 7)
        #expect(run.words.contains("here another place. Nothing was scanned or touched."))
        #expect(run.words.contains("run ledger sync --accept-map"))
        #expect(try await family.fingerprint(of: "amazon") == before)
        let script = try await family.ledger("exec", "--", "touch", "ran", at: "amazon", status: 7)
        #expect(script.words.contains("The command was not run."))
        let doctor = try await family.ledger("doctor", at: "amazon", status: 1)
        #expect(doctor.output.contains("WRONG place"))

        try await family.change(types: isOfTypes, isBack: true)
        try await family.sync("amazon")
        #expect(try await family.fingerprint(of: "amazon") == before)
      }
      // What moves no recorded file needs nobody's word.
      try await family.ledger("config", "media.x3d", "photo", at: "desk")
      try await family.sync("desk", "amazon")
    }
  }

  @Test func `take up a changed map by a person's word, and lose nothing before or after`()
    async throws
  {
    try await withMaps { family in
      let before = try await family.fingerprint(of: "desk")
      try await family.shell("rm amazon/Photos/2026/2.jpg")
      try await family.ledger("sync", at: "amazon")
      let trashed = try await family.fingerprint(of: "amazon")
      #expect(trashed != before)
      try await family.ledger("sync", at: "desk")
      try await family.ledger(
        "location", "set", "desk", "map", "photo=Fotos,video=Filme", at: "desk")

      // Before they are moved nothing is gone.
      let early = try await family.ledger("sync", "--accept-map", at: "desk", status: 3)
      #expect(early.words.contains("are outside the map (photo=Fotos,video=Filme)"))
      try await family.shell(
        "cd desk; mv Bilder/alle Fotos; mkdir -p Filme/2026; mv 2026/trip.mov Filme/2026/")
      let run = try await family.ledger("sync", "--json", at: "desk").last("summary")

      #expect(run["recorded"] == .object([:]))
      try await family.expectQuiet("amazon", "desk")
      try await family.expectOneState("amazon", "desk")
      // At its new place a file is read again, and found when it is to go.
      let verified = try await family.ledger("verify", at: "desk")
      #expect(verified.output.contains("read 3 files"), "\(verified.output)")
      try await family.shell("mv amazon/Photos/2026/1.jpg aside.jpg")
      try await family.sync("amazon", "desk")
      #expect(try await family.files("desk").contains("Fotos/2026/1.jpg") == false)
      try await family.ledger("restore", "2026/1.jpg", "--yes", at: "desk")
      try await family.shell("mv aside.jpg amazon/Photos/2026/1.jpg")
      try await family.sync("desk", "amazon", "desk")
      // What was trashed by the old map comes back by the new one.
      try await family.ledger("restore", "2026/2.jpg", "--yes", at: "desk")
      try await family.sync("desk", "amazon", "desk")
      #expect(
        try await family.files("desk") == [
          "2026/1.xmp", "Filme/2026/trip.mov", "Fotos/2026/1.jpg", "Fotos/2026/2.jpg",
        ])
      #expect(try await family.files("amazon").contains("Photos/2026/2.jpg"))
      try await family.expectOneState("amazon", "desk")

      // And what is missing after that is nobody's deletion until a person says so.
      try await family.ledger("location", "set", "desk", "map", "photo=Bilder", at: "desk")
      try await family.shell(
        "cd desk; rmdir -p Bilder || :; mv Fotos Bilder; rm Bilder/2026/1.jpg; mv Filme/2026/trip.mov 2026/"
      )
      let halted = try await family.ledger("sync", "--accept-map", at: "desk", status: 7)
      #expect(halted.words.contains("ledger sync --allow-deletes 1"))
      try await family.ledger("sync", at: "desk", status: 7)
      try await family.ledger("sync", "--allow-deletes", "1", at: "desk")
      try await family.sync("amazon")
      #expect(try await family.files("amazon").contains("Photos/2026/1.jpg") == false)
    }
  }

  @Test func `rename what was recorded by its place, where that is meant`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("desk", "photo,video")])
      try await family.shell("mkdir desk/Photos; echo one >desk/Photos/1.jpg")
      try await family.sync("desk")
      try await family.ledger("location", "set", "desk", "map", "photo=Photos", at: "desk")
      try await family.ledger("sync", at: "desk", status: 7)

      // Each of them counts as missing until a person says so.
      let halted = try await family.ledger("sync", "--accept-map", at: "desk", status: 7)
      #expect(halted.words.contains("ledger sync --allow-deletes 1"))
      let run = try await family.ledger("sync", "--allow-deletes", "1", at: "desk")

      #expect(run.output.contains("renamed Photos/1.jpg -> 1.jpg"))
      let absolute = try await family.ledger("ls", "\(folder)/desk/Photos/1.jpg", at: "desk")
      #expect(absolute.output == "synced\t1.jpg\tdesk=present")
      let hint = try await family.ledger("explain", "Photos/1.jpg", at: "desk", status: 0)
      #expect(hint.output.contains("now called 1.jpg"))
      for text in ["photo=../x", "photo=.ledger/x", "picture=x", "photo"] {
        try await family.ledger("location", "set", "desk", "map", text, at: "desk", status: 64)
      }
    }
  }
}

@Suite struct `A remote with a map` {
  /// A remote of rclone's that has its photos in `Photos`, with a desk that has none.
  private func withDrive(_ body: (Family) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      family.environment["RCLONE_CONFIG"] = "\(folder)/rclone.conf"
      try await family.shell(
        """
        mkdir -p drive google desk/2026
        printf '[gdrive]\\ntype = alias\\nremote = %s\\n' "$PWD" >rclone.conf
        echo one >desk/2026/1.jpg; echo film >desk/2026/trip.mp4; echo text >desk/read.txt
        """)
      try await family.ledger("init", family.hub, "--name", "family")
      try await family.ledger(
        "join", family.hub, "--as", "desk", "--authoritative", "photo,video", "desk")
      try await family.ledger(
        "join", family.hub, "--as", "google", "--authoritative", "photo,video", "--fetch-from",
        "desk", "--map", "photo=Photos,video=My videos", "--place", "rclone:gdrive:drive",
        "google")
      try await family.sync("desk", "google")
      try await body(family)
    }
  }

  @Test func `gets, gives, trashes and restores files under its own folders`() async throws {
    try await withDrive { family in
      #expect(
        try await family.files("drive") == [
          "My videos/2026/trip.mp4", "Photos/2026/1.jpg", "read.txt",
        ])
      // By its address, as another machine's.
      try await family.shell("mkdir plex")
      try await family.ledger(
        "location", "set", "google", "address", "rclone:gdrive:drive", at: "desk")
      try await family.sync("desk")
      try await family.ledger(
        "join", family.hub, "--as", "plex", "--fetch-from", "google", "--map", "video=Films", "plex"
      )
      try await family.sync("plex")
      #expect(
        try await family.files("plex") == ["2026/1.jpg", "Films/2026/trip.mp4", "read.txt"])

      try await family.shell("rm desk/2026/trip.mp4; mv desk/2026/1.jpg desk/one.jpg")
      try await family.sync("desk", "google", "plex")
      #expect(try await family.files("drive") == ["Photos/one.jpg", "read.txt"])
      try await family.ledger("restore", "2026/trip.mp4", "--yes", at: "google")
      try await family.sync("google", "plex", "desk")

      #expect(
        try await family.files("drive") == [
          "My videos/2026/trip.mp4", "Photos/one.jpg", "read.txt",
        ])
      #expect(try await family.files("plex") == ["Films/2026/trip.mp4", "one.jpg", "read.txt"])
      try await family.expectOneState("desk", "plex")
    }
  }
}

@Suite struct `A place with a map over ssh` {
  @Test func `gives its files by rsync`() async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder { folder in
        let family = Family(in: folder, server: server)
        try await family.ledger("init", family.hub, "--name", "family")
        try await family.shell(
          """
          mkdir -p "desk/My photos/2026" plex; echo one >"desk/My photos/2026/1 é.jpg"
          head -c 3000000 /dev/urandom >desk/trip.mov
          """)
        try await family.ledger(
          "join", family.hub, "--as", "desk", "--map", "photo=My photos", "--address",
          "\(server.host):\(folder)/desk", "desk")
        try await family.ledger(
          "join", family.hub, "--as", "plex", "--fetch-from", "desk", "--map", "video=Films",
          "plex")
        try await family.sync("desk", "plex")

        #expect(try await family.files("plex") == ["2026/1 é.jpg", "Films/trip.mov"])
        try await family.shell(
          """
          cmp "desk/My photos/2026/1 é.jpg" "plex/2026/1 é.jpg"; cmp desk/trip.mov plex/Films/trip.mov
          [ -z "$(find plex/.ledger/fetch/plex/files -type f)" ]
          """)
        try await family.expectQuiet("plex")
      }
    }
  }
}
