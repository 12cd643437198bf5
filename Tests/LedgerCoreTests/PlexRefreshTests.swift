import LedgerCore
import Testing

private func refreshes(
  _ folders: [String], root: String, _ sections: [String: [String]]
) -> [String] {
  let all = sections.map { key, folders in
    PlexSection(key: key, title: key, folders: folders.map { Array($0.utf8) })
  }
  return plexRefreshes(
    of: Set(folders.map { Array($0.utf8) }), root: Array(root.utf8), in: all
  ).map { "\($0.section) \(String(decoding: $0.folder, as: UTF8.self))" }
}

@Suite struct `What Plex looks at again` {
  @Test func `is each folder that was touched, in each library that holds it`() {
    let sections = [
      "1": ["/data/photos/"], "2": ["/films", "/data/photos/2026"], "3": ["/data/ph"],
    ]
    #expect(
      refreshes(["2025/a", "2026/b"], root: "/data/photos", sections)
        == ["1 /data/photos/2025/a", "1 /data/photos/2026/b", "2 /data/photos/2026/b"])
    #expect(refreshes(["a"], root: "/elsewhere/", sections).isEmpty)
  }

  @Test func `is no folder inside another one`() {
    let sections = ["1": ["/data"]]
    #expect(
      refreshes(["a", "a/b", "ab", "a/b/c"], root: "/data/", sections) == [
        "1 /data/a", "1 /data/ab",
      ])
    #expect(refreshes(["", "a"], root: "/data", sections) == ["1 /data"])
  }

  @Test func `is forgotten only in a library that has no folder elsewhere`() {
    func isWithin(_ root: String, _ folders: String...) -> Bool {
      PlexSection(key: "1", title: "1", folders: folders.map { Array($0.utf8) })
        .isWithin(Array(root.utf8))
    }
    #expect(isWithin("/data/", "/data", "/data/2026"))
    #expect(!isWithin("/data", "/data/a", "/films"))
    #expect(!isWithin("/data/a", "/data"))
    #expect(!isWithin("/data", "/database"))
  }
}
