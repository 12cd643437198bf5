import CustomDump
import Foundation
import LedgerTestKit
import Testing

private let places = [
  (name: "amazon", authoritative: "photo"), (name: "desk", authoritative: "photo,video"),
  (name: "plex", authoritative: "photo,video"), (name: "google", authoritative: "none"),
]

@Suite struct `Four places that share a library` {
  @Test func `hear of what was deleted, and keep what only made room, over a path`() async throws {
    try await withTemporaryFolder { try await Self.story(Family(in: $0)) }
  }

  @Test(arguments: SSHServer.Key.allCases)
  func `hear of what was deleted, and keep what only made room, over ssh`(
    key: SSHServer.Key
  ) async throws {
    try await SSHServer.run { server in
      try await withTemporaryFolder {
        try await Self.story(Family(in: $0, server: server, key: key))
      }
    }
  }

  private static func story(_ family: Family) async throws {
    try await family.join(places)
    try await family.shell(
      """
      mkdir -p amazon/2026
      for i in 1 2 3 4 5 6 7 8; do echo "photo $i" >amazon/2026/IMG_000$i.jpg; done
      echo film >amazon/2026/trip.mp4
      """)
    try await family.sync("amazon")
    try await family.shell("for place in desk plex google; do cp -a amazon/2026 $place/; done")
    try await family.sync("desk", "plex", "google")
    try await family.shell("rm amazon/2026/IMG_0007.jpg amazon/2026/trip.mp4")
    try await family.sync("amazon", "desk", "plex", "google")

    try await removed(family)
    try await quiet(family)
    try await restored(family)
    try await audit(family)
  }

  private static func removed(_ family: Family) async throws {
    for place in ["desk", "plex", "google"] {
      let trash = try await family.ledger("trash", "list", "--json", at: place).last("trashed")
      #expect(trash["path"].text == "2026/IMG_0007.jpg")
      let file = try #require(trash["file"].text)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "photo 7\n")
      let there = try await family.shell("ls \(place)/2026")
      #expect(!there.contains("IMG_0007") && there.contains("trip.mp4"))
    }
    try await family.sync("amazon", "desk", "plex")
    let film = try await family.file("2026/trip.mp4", at: "google")
    #expect(film["state"].text == "synced")
    #expect(film["copies"]["amazon"]["state"].text == "pruned")
    for place in ["desk", "plex", "google"] {
      #expect(film["copies"][place]["state"].text == "present")
    }
    let photo = try await family.ledger(
      "ls", "--json", "--state", "deleted", "2026/IMG_0007.jpg", at: "google"
    ).last("file")
    for place in ["amazon", "desk", "plex", "google"] {
      #expect(photo["copies"][place]["state"].text == "removed")
    }
  }

  private static func quiet(_ family: Family) async throws {
    let places = ["amazon", "desk", "plex", "google"]
    for place in places { try await family.sync(place) }
    let commits = "git -C hub.git rev-list --all --count"
    let before = try await family.shell(commits)
    for place in places {
      let summary = try await family.ledger("sync", "--json", at: place).last("summary")
      #expect(summary["recorded"] == .object([:]))
      #expect(summary["hashed"] == .number(0))
      #expect(summary["pushed"] == .bool(true))
    }
    #expect(try await family.shell(commits) == before)
    #expect(
      try await family.ledger("status", at: "desk").output
        .hasPrefix("All 8 files are where they should be"))
  }

  private static func restored(_ family: Family) async throws {
    try await family.ledger("restore", "2026/IMG_0007.jpg", "--yes", at: "desk")
    try await family.sync("desk", "plex", "google")
    for place in ["desk", "plex", "google"] {
      #expect(try await family.shell("cat \(place)/2026/IMG_0007.jpg") == "photo 7")
    }
  }

  private static func audit(_ family: Family) async throws {
    let places = ["amazon", "desk", "plex", "google"]
    for place in places { try await family.sync(place) }
    for place in places.reversed() { try await family.sync(place) }
    var fingerprints: Set<String?> = []
    for place in places { fingerprints.insert(try await family.fingerprint(of: place)) }
    let hub = try await family.ledger("replay", "--json", "--repo", family.hubPath).last("replay")
    fingerprints.insert(hub["fingerprint"].text)
    #expect(fingerprints.count == 1)
    for clone in try await family.shell("ls -d hub.git state/ledger/*/*/clone.git").split(
      separator: "\n")
    {
      #expect(try await !family.shell("git -C \(clone) fsck --strict 2>&1").contains("error"))
    }
    try await family.shell("git clone -q hub.git audit")
    let story = try await family.shell(
      "git -C audit log --reverse --format='%an: %s' -S IMG_0007.jpg main")
    for line in [
      "amazon: amazon: 9 added", "desk: desk: 9 added", "amazon: amazon: 1 deleted, 1 pruned",
      "google: google: 1 deleted", "desk: desk: 1 restored",
    ] {
      #expect(story.contains(line), "\(line) in \(story)")
    }
  }
}

@Suite struct `Places at one time` {
  @Test func `all land, none tries its stream twice`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      let names = (1...8).map { "place-\($0)" }
      try await family.join(names.map { ($0, "photo") })
      try await family.shell(
        "for i in 1 2 3 4 5 6 7 8; do echo $i >place-$i/$i.jpg; done")
      let refusals = try await withThrowingTaskGroup(of: Family.Run.self) { group in
        for name in names {
          group.addTask { try await family.ledger("sync", "--json", at: name) }
        }
        var refused = 0
        for try await run in group where try run.last("summary")["pushed"] != .bool(true) {
          refused += 1
        }
        return refused
      }
      #expect(refusals == 0)
      for name in names {
        #expect(
          try await family.shell("git -C hub.git log -1 --format=%s \(name)").hasSuffix("1 added"))
      }
    }
  }
}

@Suite struct `The demonstration` {
  @Test func `comes out as it should and prints what it runs`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      let output = try await family.ledger("demo", "\(folder)/demo").output
      for command in ["$ ledger init", "$ ledger join", "$ cp -a", "$ rm", "$ git clone"] {
        #expect(output.contains(command))
      }
      try await family.ledger("demo", "\(folder)/demo", status: 1)
    }
  }
}
