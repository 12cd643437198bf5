import LedgerTestKit
import Testing

private let tests = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")

/// Runs as much of a Plex server as is asked, with a library of each folder.
private func withPlex(
  _ family: Family, _ libraries: String, _ body: (_ url: String) async throws -> Void
) async throws {
  let port = try await family.shell(
    """
    mkfifo ready stop; : >plex.log
    python3 \(tests)/PlexServer/plex.py plex.log ready \(libraries) <>stop >/dev/null 2>&1 &
    echo $! >plex.pid; cat ready
    """)
  do {
    try await body("http://127.0.0.1:\(port)")
  } catch {
    try await family.shell("kill $(cat plex.pid)")
    throw error
  }
  try await family.shell("kill $(cat plex.pid)")
}

/// Six photos at two places, of which desk tells Plex, which names its folder /data.
private func told(
  _ options: String..., body: (Family) async throws -> Void
) async throws {
  try await sixPhotos { family in
    try await family.shell("echo secret-token >token; chmod 600 token")
    try await withPlex(family, "Photos=/data/ Films=/films") { url in
      try await family.shell(
        "\(try Family.program()) plex -C desk --url \(url)/ --token-file token --path /data "
          + options.joined(separator: " "))
      try await body(family)
    }
  }
}

private func log(_ family: Family) async throws -> [String] {
  try await family.shell("cat plex.log; : >plex.log").split(separator: "\n").map(String.init)
}

@Suite struct `Plex` {
  @Test func `looks again at the folders that were touched, and nowhere else`() async throws {
    try await told { family in
      #expect(
        try await family.ledger("plex", at: "desk").output.contains("Films: /films (not here)"))
      #expect(try await log(family) == ["sections"])
      try await family.shell(
        "mkdir -p amazon/c/'d e&+'; mv amazon/a/1.jpg amazon/c/'d e&+'/x.jpg; rm amazon/b/2.jpg amazon/b/3.jpg"
      )
      try await family.sync("amazon", "desk")
      #expect(
        try await log(family) == [
          "sections", "refresh Photos /data/a", "refresh Photos /data/b",
          "refresh Photos /data/c/d e&+",
        ])
      try await family.sync("desk")
      #expect(try await log(family).isEmpty)
      // What the ledger has and what lies on this machine names no token.
      let found = try await family.shell("grep -rl secret-token . --exclude=token || true")
      #expect(found == "")
      try await family.ledger("plex", "--off", at: "desk")
      try await family.shell("rm amazon/b/1.jpg")
      try await family.sync("amazon", "desk")
      #expect(try await log(family).isEmpty)
    }
  }

  @Test func `forgets what is gone only where it is told to, and never while a halt stands`()
    async throws
  {
    try await told("--empty-trash") { family in
      try await family.shell("rm amazon/a/1.jpg")
      try await family.sync("amazon", "desk")
      #expect(try await log(family) == ["sections", "refresh Photos /data/a", "emptyTrash Photos"])
      try await family.ledger("config", "guard", "1,1%", at: "desk")
      try await family.shell("rm amazon/a/2.jpg; mkdir away; mv desk/b away/")
      try await family.ledger("sync", "--allow-deletes", "9", at: "amazon")
      let run = try await family.ledger("sync", at: "desk", status: 7)
      #expect(run.words.contains("plex: not told of what changed, as the scan was halted"))
      #expect(try await family.shell("ls desk/a") == "3.jpg")
      #expect(try await log(family).isEmpty)
      try await family.shell("mv away/b desk/; mv desk away/")
      try await family.ledger("sync", "-C", "desk", status: 7)
      #expect(try await log(family).isEmpty)
    }
  }

  @Test(
    arguments: [
      ("kill $(cat plex.pid); sh -c 'exec sleep 9999' & echo $! >plex.pid", "Could"),
      ("echo other >token", "does not accept the token"),
      ("chmod 640 token", "others may read the token in"),
      ("rm token", "No such file or directory"),
    ])
  func `that can't be told is a word on standard error, and all else is done`(
    change: String, why: String
  ) async throws {
    try await told { family in
      try await family.shell("rm amazon/a/1.jpg; { \(change); } >/dev/null 2>&1")
      try await family.sync("amazon")
      let run = try await family.ledger("sync", at: "desk")
      #expect(run.words.contains("plex: not told of what changed: "), "\(run.words)")
      #expect(run.words.lowercased().contains(why.lowercased()), "\(run.words)")
      #expect(try await family.shell("ls desk/a") == "2.jpg\n3.jpg")
    }
  }

  @Test func `gets the token from the environment as well, and in no list of processes`()
    async throws
  {
    try await told { family in
      let url = try await family.shell(
        "sed 's/.*\"url\":\"\\([^\"]*\\)\".*/\\1/' state/ledger/*/desk/location.json")
      try await family.ledger("plex", "--url", url, "--path", "/data", at: "desk")
      try await family.shell(
        """
        mkdir bin; printf '#!/bin/sh\\necho "$*" >>%s/words; env >>%s/words; exec %s "$@"\\n' "$PWD" "$PWD" $(which curl) >bin/curl
        chmod +x bin/curl; rm amazon/a/1.jpg
        """)
      try await family.sync("amazon")
      var other = family
      other.environment["PATH"] = "\(family.folder)/bin:\(family.environment["PATH"] ?? "")"
      other.environment["PLEX_TOKEN"] = "secret-token"
      other.environment["http_proxy"] = "http://127.0.0.1:1"
      try await other.sync("desk")
      #expect(try await log(family).contains("refresh Photos /data/a"))
      let words = try await family.shell("cat words")
      #expect(words.hasPrefix("-q --config -\n") && !words.contains("secret-token"))
      try await family.ledger("plex", "--url", "http://x@y", at: "desk", status: 64)
    }
  }

  /// The test command installs it.
  @Test func `as it is faked here answers the client that others use`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await withPlex(family, "Photos=/data") { url in
        let python = "\(tests)/../.build/servers/bin/python"
        let output = try await family.shell(
          "\(python) \(tests)/PlexServer/client.py \(url) '/data/2026 ä&+'")
        #expect(output == "1 Photos ['/data']")
        #expect(
          try await log(family).suffix(2) == ["refresh Photos /data/2026 ä&+", "emptyTrash Photos"])
      }
    }
  }
}
