import Foundation
import LedgerTestKit
import Testing

@Suite struct `Explaining` {
  @Test func `says why in plain words, and what to run`() async throws {
    try await sixPhotos(["desk", "plex"]) { family in
      try await family.ledger("location", "set", "plex", "keeps", "video", at: "amazon")
      try await family.shell("echo new >amazon/a/4.jpg; mv amazon/b/1.jpg amazon/b/one.jpg")
      try await family.sync("amazon", "desk", "plex", "amazon")
      let new = try await family.ledger("explain", "a/4.jpg", at: "amazon").output
      #expect(new.hasPrefix("a/4.jpg is new: no other place has had it yet."))
      #expect(new.contains("it turned up at amazon"))
      #expect(new.contains("plex: never had it, and keeps no photo files"))
      #expect(new.contains("desk should have it: copy it from amazon."))
      let old = try await family.ledger("explain", "b/1.jpg", at: "amazon").output
      #expect(old.hasPrefix("b/1.jpg is now called b/one.jpg."))

      try await family.shell("rm amazon/b/2.jpg")
      try await family.sync("amazon", "plex", "desk")
      let gone = try await family.ledger("explain", "b/2.jpg", at: "desk").output
      #expect(gone.hasPrefix("b/2.jpg is deleted."))
      #expect(gone.contains("a person deleted it at amazon, which has the say"))
      #expect(gone.contains("The trash here has it"))
      #expect(gone.contains("ledger restore b/2.jpg."))
      #expect(try await family.ledger("ls", "b/2.jpg", at: "desk").output.hasPrefix("deleted\t"))
    }
  }

  @Test func `of what was never heard of says whether it is there, or a folder`() async throws {
    try await sixPhotos { family in
      try await family.shell("echo new >desk/new.jpg")
      let cases = [
        ("none.jpg", "there is no such file at desk"), ("new.jpg", "although it is there at desk"),
        ("a", "a is a folder, with 3 paths"),
      ]
      for (name, says) in cases {
        let run = try await family.ledger("explain", name, at: "desk", status: 1)
        #expect(run.words.contains(says))
      }
      let inside = try await family.ledger("explain", "1.jpg", at: "desk/a", status: 1)
      #expect(inside.words.contains("Did you mean ledger explain a/1.jpg?"))
      let json = try await family.ledger("explain", "none.jpg", "--json", at: "desk", status: 1)
      #expect(try JSON.lines(json.words).last?["code"].text == "not-found")
    }
  }

  @Test func `a retired place's only copies are told, and coming back is one command`() async throws
  {
    try await sixPhotos { family in
      try await family.shell("echo only >desk/only.jpg")
      try await family.sync("desk", "amazon")
      let run = try await family.ledger("location", "retire", "desk", at: "amazon")
      #expect(run.words.contains("1 file had no whole copy anywhere else"))
      let lost = try await family.ledger("ls", "--state", "lost", at: "amazon").output
      #expect(lost.hasPrefix("lost\tonly.jpg"))
      #expect(
        try await family.ledger("status", at: "amazon").output.hasPrefix(
          "1 file is at no location any more."))
      try await family.ledger("location", "set", "desk", "retired", "false", at: "amazon")
      #expect(try await family.ledger("ls", "--state", "lost", at: "amazon").output == "")
    }
  }

  @Test func `a retired place scans nothing until it is taken back, and its leaving goes out`()
    async throws
  {
    try await sixPhotos { family in
      try await family.ledger("location", "retire", "desk", at: "desk")
      try await family.shell("rm desk/a/1.jpg")
      for _ in 1...2 {
        let run = try await family.ledger("sync", "--json", at: "desk")
        #expect(try run.last("attention")["detail"].text?.contains("has left the ledger") == true)
        #expect(try run.last("summary")["recorded"] == .object([:]))
        #expect(try run.last("summary")["pushed"] == .bool(true))
      }
      try await family.ledger("sync", "--dry-run", at: "desk")
      #expect(try await family.ledger("status", at: "desk").output.contains("has left the ledger"))
      try await family.sync("amazon")
      #expect(try await family.file("a/1.jpg", at: "amazon")["copies"].keys == ["amazon"])
      try await family.ledger("location", "set", "desk", "retired", "false", at: "desk")
      let back = try await family.ledger("sync", "--json", at: "desk").last("summary")
      #expect(back["recorded"] == .object(["pruned": .number(1)]))
    }
  }

  @Test func `what is pruned everywhere is said first, whatever else waits`() async throws {
    try await sixPhotos { family in
      try await family.shell("echo film | tee amazon/v.mp4 >desk/v.mp4")
      try await family.sync("amazon", "desk", "amazon")
      try await family.shell(
        "rm amazon/v.mp4 desk/v.mp4; echo y >amazon/a/1.jpg; echo z >desk/a/1.jpg")
      try await family.sync("amazon")
      try await family.ledger("sync", at: "desk", status: 3)
      let status = try await family.ledger("status", at: "desk").output
      #expect(
        status.hasPrefix("1 file is at no location any more. 1 conflict waits for you.\n"))
      let told = try await family.ledger("explain", "v.mp4", at: "desk").output
      #expect(told.contains("If a backup has it") && !told.contains("in order"))
    }
  }

  @Test func `a rename that is blocked is explained with what the last run met`() async throws {
    try await sixPhotos { family in
      try await family.shell("mv amazon/a/1.jpg amazon/a/one.jpg; echo other >desk/a/one.jpg")
      try await family.sync("amazon")
      let run = try await family.ledger("sync", at: "desk", status: 3)
      #expect(run.words.contains("rename-blocked: a/1.jpg: amazon:"))
      let told = try await family.ledger("explain", "a/1.jpg", at: "desk").output
      #expect(told.contains("move that file to another name and sync again"))
    }
  }
}
