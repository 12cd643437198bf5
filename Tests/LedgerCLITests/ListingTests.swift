import Foundation
import LedgerTestKit
import Testing

/// A family of two folders and a place that is known by listings of the folder `cloud`.
private func withListing(
  _ arguments: [String] = ["--place", "listing"], _ body: (Family) async throws -> Void
) async throws {
  try await withTemporaryFolder { folder in
    var family = Family(in: folder)
    family.environment["RCLONE_CONFIG"] = "/dev/null"
    try await family.join([
      (name: "desk", authoritative: "photo,video"), (name: "plex", authoritative: "photo,video"),
    ])
    try await family.shell("mkdir cloud home.cloud")
    let run = try await HermeticGit.runProgram(
      [try Family.program(), "join", family.hub, "--as", "cloud", "--authoritative", "photo"]
        + arguments + ["home.cloud"], in: folder, environment: family.environment)
    #expect(run.exitStatus == 0, "\(run.words)")
    try await family.shell(
      "mkdir desk/2026; for i in 1 2 3 4; do echo \"photo $i\" >desk/2026/$i.jpg; done")
    try await family.sync("desk")
    try await family.shell("cp -a desk/2026 cloud/")
    try await body(family)
  }
}

private let list = "rclone lsjson -R --files-only --hash --hash-type sha256 cloud"

extension Family {
  /// Brings a listing of the folder, as a person's script would.
  fileprivate func bring(status: Int32 = 0) async throws -> Run {
    try await shell("\(list) >listing.json")
    return try await ledger(
      "scan", "--json", "--from-lsjson", path("listing.json"), at: "home.cloud", status: status)
  }
}

@Suite struct `A place that is known by listings` {
  @Test func `takes part, and is given a list of what to do by hand`() async throws {
    try await withListing { family in
      let summary = try await family.bring().last("summary")
      #expect(summary["recorded"] == .object(["added": .number(4)]))
      try await family.sync("home.cloud")
      try await family.shell("rm desk/2026/1.jpg; mv desk/2026/2.jpg desk/two.jpg")
      try await family.sync("desk")

      let plan = try await family.ledger("sync", "--dry-run", "--json", at: "home.cloud").lines()
      let planned = plan.filter { $0["kind"].text == "planned" }
      #expect(planned.map { $0["action"].text } == ["rename", "trash"])
      #expect(planned.first?["to"].text == "two.jpg")
      let todo = try await family.shell(
        "cd home.cloud; \(Family.program()) sync --dry-run --paths trash -0 | tr '\\0' '|'")
      #expect(todo == "2026/1.jpg|")
      let sync = try await family.ledger("sync", at: "home.cloud", status: 3)
      #expect(sync.words.contains("remove it there by hand"))

      // The person does it, and the next two listings tell that it is done, not that it is new.
      try await family.shell("rm cloud/2026/1.jpg; mv cloud/2026/2.jpg cloud/two.jpg")
      _ = try await family.bring(status: 6)
      let done = try await family.bring().lines().filter { $0["kind"].text == "recorded" }
      #expect(done.map { $0["type"].text } == ["renamed", "deleted"])
      try await family.sync("home.cloud", "desk")
      let log = try await family.ledger("log", "--json", "--location", "cloud", at: "desk").lines()
      #expect(log.suffix(2).allSatisfy { $0["cause"].text?.hasPrefix("desk:") == true })
      #expect(try await family.shell("ls desk/2026 desk/two.jpg | grep -c jpg") == "3")
    }
  }

  @Test func `takes nothing for gone that a truncated listing lacks`() async throws {
    try await withListing { family in
      _ = try await family.bring()
      for _ in 0..<2 {
        let run = try await family.shell(
          """
          \(list) | head -c 400 | { cd home.cloud; \(Family.program()) scan --json --from-lsjson -; } || echo "status $?"
          """)
        #expect(run.contains("\"recorded\":{}") && run.hasSuffix("status 6"))
      }
      try await family.ledger("scan", "--from-lsjson", "nosuch", at: "home.cloud", status: 7)
      try await family.ledger("scan", "--from-lsjson", "x", at: "desk", status: 64)
      try await family.ledger("sync", "--paths", "trash", at: "home.cloud", status: 64)

      // Without a listing nothing is looked at, and nothing is gone.
      let summary = try await family.ledger("sync", "--json", at: "home.cloud").last("summary")
      #expect(summary["recorded"] == .object([:]))
      #expect(summary["scanned"] == .number(4))
    }
  }
}

@Suite struct `A listing that is given twice` {
  @Test func `does not agree with itself about what is missing`() async throws {
    try await withListing { family in
      _ = try await family.bring()
      try await family.shell("rm cloud/2026/1.jpg")
      _ = try await family.bring(status: 6)
      for _ in 1...2 {
        try await family.ledger(
          "scan", "--from-lsjson", family.path("listing.json"), at: "home.cloud", status: 6)
      }

      let summary = try await family.bring().last("summary")

      #expect(summary["recorded"] == .object(["deleted": .number(1)]))
    }
  }
}

@Suite struct `A place of the user's own commands` {
  @Test func `is not believed to have renamed what its listing does not show renamed`()
    async throws
  {
    try await withListing([
      "--place", "command:\(list.replacing("cloud", with: "../cloud"))", "--rename-command", "true",
    ]) { family in
      try await family.sync("home.cloud")
      try await family.shell("mv desk/2026/2.jpg desk/two.jpg")
      try await family.sync("desk")
      let run = try await family.ledger("sync", at: "home.cloud", status: 3)
      #expect(run.words.contains("the listing does not show it renamed"))
      let file = try await family.file("2026/2.jpg", at: "home.cloud")
      #expect(file["copies"]["cloud"]["state"].text == "present")
    }
  }

  @Test func `can't join with one that would run a path or leave it out`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.ledger("init", family.hub)
      for odd in ["true;", "true &&", "true &", "true |", "mv # away", "mv\nrm", "!"] {
        let run = try await family.ledger(
          "join", family.hub, "--as", "cloud", "--place", "command:true", "--trash-command", odd,
          "home", status: 64)
        #expect(run.words.contains("can't be given paths at its end. Nothing was done."))
      }
    }
  }

  @Test func `is listed and worked on by them`() async throws {
    let cloud = "../cloud"
    try await withListing([
      "--place", "command:\(list.replacing("cloud", with: cloud))",
      "--trash-command", "mkdir -p ../bin && mv -n -t ../bin --",
      "--rename-command",
      "f() { mkdir -p \"$(dirname \"\(cloud)/$2\")\"; mv -n \"\(cloud)/$1\" \"\(cloud)/$2\"; }; f",
    ]) { family in
      // The trash command above is not told the folder: it fails, loudly, and nothing is recorded.
      try await family.sync("home.cloud")
      try await family.shell("mv desk/2026/2.jpg 'desk/two \"$(x)\".jpg'")
      try await family.sync("desk", "home.cloud")
      #expect(try await family.shell("cat 'cloud/two \"$(x)\".jpg'") == "photo 2")

      try await family.shell("rm desk/2026/1.jpg")
      try await family.sync("desk")
      let run = try await family.ledger("sync", at: "home.cloud", status: 3)
      #expect(run.words.contains("No such file"))
      #expect(try await family.shell("cat cloud/2026/1.jpg") == "photo 1")
      try await family.shell(
        "sed -i 's,mv -n -t ../bin --,cd ../cloud \\&\\& mv -n -t ../bin --,' state/ledger/*/cloud/location.json"
      )
      try await family.sync("home.cloud")

      #expect(try await family.shell("cat bin/1.jpg") == "photo 1")
      let trash = try await family.ledger("trash", "list", "--json", at: "home.cloud").last(
        "trashed")
      #expect(trash["path"].text == "2026/1.jpg")
      try await family.sync("desk")
      let file = try await family.ledger(
        "ls", "--json", "--state", "deleted", "2026/1.jpg", at: "desk"
      ).last("file")
      #expect(file["copies"]["cloud"]["state"].text == "removed")
    }
  }

  @Test func `that spells a name in an odd way has nothing called gone`() async throws {
    try await withListing(["--place", "command:cat ../odd.json"]) { family in
      try await family.shell(
        "(cd cloud && rclone lsjson -R --files-only --hash --hash-type sha256 .) >odd.json")
      try await family.sync("home.cloud")
      try await family.shell("sed -i s,2026/1,/2026/1, odd.json")
      for _ in 1...3 { try await family.ledger("sync", at: "home.cloud", status: 6) }
      try await family.sync("desk")
      #expect(try await family.shell("cat desk/2026/1.jpg") == "photo 1")
      let file = try await family.file("2026/1.jpg", at: "desk")
      #expect(file["copies"]["cloud"]["state"].text == "present")
    }
  }

  @Test func `with a map that tells another digest of what it can't read has nothing called gone`()
    async throws
  {
    try await withListing(["--map", "photo=Photos", "--place", "command:cat ../odd.json"]) {
      family in
      let list = "(cd all && rclone lsjson -R --files-only --hash --hash-type"
      try await family.shell(
        "mkdir all; mv cloud all/Photos; \(list) sha256 .) >odd.json")
      try await family.sync("home.cloud")
      try await family.shell("touch all/Photos/2026/1.jpg; \(list) md5 .) >odd.json")
      for _ in 1...3 {
        let run = try await family.ledger("sync", at: "home.cloud", status: 6)
        #expect(run.words.contains("Photos/2026/1.jpg") && run.words.contains("can't be read"))
      }
      let file = try await family.file("2026/1.jpg", at: "home.cloud")
      #expect(file["copies"]["cloud"]["state"].text == "present")
    }
  }

  @Test func `that tells only md5 has nothing deleted on that alone`() async throws {
    try await withListing([
      "--place",
      "command:\(list.replacing("cloud", with: "../cloud").replacing("sha256", with: "md5"))",
      "--trash-command", "cd ../cloud && rm --",
    ]) { family in
      // Until a folder has computed md5 too, nobody knows that they are the same bytes.
      let first = try await family.ledger("sync", "--json", at: "home.cloud", status: 3).lines()
      #expect(first.contains { $0["type"].text == "configured" })
      let digests = try await family.ledger("config", "digests", at: "home.cloud").output
      #expect(digests.contains("sha256") && digests.contains("md5"))
      try await family.shell("rm desk/2026/1.jpg")
      try await family.ledger("sync", at: "desk", status: 3)

      try await family.ledger("sync", at: "home.cloud", status: 3)

      #expect(try await family.shell("cat cloud/2026/1.jpg") == "photo 1")
    }
  }
}
