import CustomDump
import Foundation
import LedgerTestKit
import Testing

@Suite struct `Arguments that make no sense` {
  /// Commands with the exit status and a part of the message; each leaves everything as it was.
  private static let refused: [(arguments: [String], status: Int32, says: String)] = [
    (["init", "hub.git"], 1, "is already a ledger hub"),
    (["init", "file"], 1, "is a file"),
    (["init", "amazon"], 1, "is not empty"),
    (["init", "plain.git"], 1, "a git repository but no ledger"),
    (["init", "https://example.org/x"], 64, "only ssh://"),
    (["join", "hub.git", "--as", "Bad Name", "new"], 64, "is no name for a location"),
    (["join", "hub.git", "--as", "main", "new"], 64, "is no name for a location"),
    (["join", "hub.git", "--as", "amazon", "new"], 1, "has a location amazon already"),
    (["join", "hub.git", "--as", "again", "amazon"], 1, "is the location amazon already"),
    (["join", "hub.git", "--as", "inner", "amazon/2026"], 1, "lie in each other"),
    (["join", "hub.git", "--as", "outer", "."], 1, "lie in each other"),
    (["join", "hub.git", "--as", "outer", "above"], 1, "lie in each other"),
    (["join", "hub.git", "--as", "new", "file"], 64, "can't be a location"),
    (["join", "hub.git", "--as", "new", "nowhere"], 64, "There is no folder"),
    (["join", "hub.git", "--as", "new", "--authoritative", "photos", "new"], 64, "makes no sense"),
    (["join", "hub.git", "--as", "new", "--place", "moon:", "new"], 64, "no place of the kind"),
    (["join", "hub.git", "--as", "new", "--state", "new/state", "new"], 64, "is inside"),
    (["join", "nowhere.git", "--as", "new", "new"], 1, "There is no hub at"),
    (["join", "plain.git", "--as", "new", "new"], 1, "is no ledger"),
    (["join", "new/hub.git", "--as", "new", "new"], 64, "is inside"),
    (["sync"], 1, "is in no location"),
    (["hub", "list"], 1, "Name the hub with --hub"),
    (["sync", "-C", "nowhere"], 1, "There is no folder"),
    (["sync", "-C", "amazon", "--allow-deletes", "-1"], 64, "--allow-deletes"),
    (["config", "-C", "amazon", "colour", "red"], 64, "There is no setting"),
    (["config", "-C", "amazon", "deletions", "maybe"], 64, "makes no sense"),
    (["location", "set", "-C", "amazon", "moon", "keeps", "photo"], 1, "has no location moon"),
    (["location", "set", "-C", "amazon", "amazon", "keeps", "paintings"], 64, "makes no sense"),
    (["location", "show", "-C", "amazon", "moon"], 1, "has no location moon"),
    (["ls", "-C", "amazon", "--state", "happy"], 64, "There is no state"),
    (["ls", "-C", "amazon", "../x"], 64, "is no path of a library"),
    (["log", "-C", "amazon", "--since", "one day"], 64, "is no time"),
    (["approve", "-C", "amazon"], 64, "Nothing was named"),
    (["reject", "-C", "amazon", "moon:1"], 1, "No pending deletion"),
    (["resolve", "-C", "amazon", "--keep", "amazon", "2026/a.jpg"], 1, "There is no conflict"),
    (["resolve", "-C", "amazon", "--keep", "No", "2026/a.jpg"], 64, "is no name of a location"),
    (["explain", "-C", "amazon", "none.jpg"], 1, "No event names none.jpg"),
    (["location", "retire", "-C", "amazon", "moon"], 1, "has no location moon"),
    (["ls", "-C", "amazon", "--at", "noon"], 64, "is no time"),
    (["restore", "-C", "amazon", "--yes"], 64, "Nothing was named"),
    (["restore", "-C", "amazon", "--yes", "x.jpg"], 1, "is not in the trash"),
    (["replay", "--repo", "nowhere"], 1, "is no ledger"),
    (["replay", "--repo", "plain.git"], 1, "is no ledger"),
    (["paint"], 64, "paint"),
    (["sync", "--fast"], 64, "--fast"),
  ]

  @Test func `are refused with what to do, and change nothing`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.join([("amazon", "photo")])
      try await family.shell(
        """
        mkdir -p amazon/2026 new above home; echo x >amazon/2026/a.jpg; echo x >file
        git init -q --bare plain.git
        cp -a hub.git new/hub.git
        mkdir above/amazon; cp -a amazon/.ledger above/amazon/
        """)
      try await family.sync("amazon")
      // A location below `above`, so that `above` can't become one.
      try await family.ledger("join", family.hub, "--as", "below", "above/amazon")
      try await family.sync("amazon")
      let before = try await family.picture()
      for (arguments, status, says) in Self.refused {
        let run = try await HermeticGit.runProgram(
          [try Family.program()] + arguments, in: folder, environment: family.environment)
        #expect(run.exitStatus == status, "\(arguments): \(run.words)")
        #expect(run.words.contains(says), "\(arguments): \(run.words)")
      }
      let after = try await family.picture()
      expectNoDifference(after, before)
    }
  }

  @Test func `are told to programs as JSON`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      let run = try await family.ledger("status", "--json", status: 1)
      let error = try #require(JSON.lines(run.words).last)
      #expect(error.keys == ["code", "hint", "kind", "message"])
      #expect(error["code"].text == "no-location")
    }
  }

  @Test func `every command shows help with an example`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      for command in [
        ["init"], ["join"], ["sync"], ["scan"], ["status"], ["ls"], ["log"], ["replay"],
        ["approve"], ["reject"], ["trash", "list"], ["restore"], ["location", "list"],
        ["location", "show"], ["location", "set"], ["location", "retire"], ["config"], ["demo"],
        ["resolve"], ["explain"],
      ] {
        let run = try await HermeticGit.runProgram(
          [try Family.program()] + command + ["--help"], in: folder,
          environment: family.environment)
        #expect(run.exitStatus == 0)
        #expect(run.output.contains("EXAMPLE: ledger \(command[0])"), "\(command)")
      }
    }
  }
}
