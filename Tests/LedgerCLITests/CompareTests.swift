import LedgerTestKit
import Testing

@Suite struct `A sync after seven days` {
  @Test func `compares the cache with the log, says so where it lies, and makes it anew`()
    async throws
  {
    try await onePhotoEach { family in
      try await family.shell(lyingCache)
      let early = try await later(family, days: 6).ledger("sync", at: "desk")
      #expect(!early.words.contains("cache"))

      let run = try await later(family, days: 8).ledger("sync", at: "desk")

      #expect(
        run.words.contains("cache: the cache differed from the log at 1 path, and was made anew"))
      #expect(try await family.fingerprint(of: "desk") == family.fingerprint(of: "plex"))
      #expect(try await !later(family, days: 9).ledger("sync", at: "desk").words.contains("cache"))
    }
  }

  @Test func `does not where the setting says never`() async throws {
    try await onePhotoEach { family in
      try await family.ledger("config", "replay-days", "0", at: "desk")
      try await family.shell(lyingCache)
      let run = try await later(family, days: 30).ledger("sync", at: "desk")
      #expect(!run.words.contains("cache"))
    }
  }

  private func later(_ family: Family, days: Int) -> Family {
    var later = family
    later.prefix = ["env", "NO_FAKE_STAT=1", "faketime", "-f", "+\(days)d"]
    return later
  }
}

@Suite struct `A replay of a past time` {
  @Test func `is never put in place of a cache`() async throws {
    try await onePhotoEach { family in
      let now = try await family.fingerprint(of: "desk")

      try await family.shell(lyingCache)
      try await family.ledger("replay", "--at", "2000-01-01", "--rebuild", at: "desk")
      try await family.ledger("replay", at: "desk", status: 2)

      try await family.ledger("replay", "--rebuild", at: "desk")
      #expect(try await family.fingerprint(of: "desk") == now)
    }
  }
}
