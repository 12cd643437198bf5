import LedgerCore
import LedgerTestKit
import Testing

private let amazon: LocationID = "amazon"
private let desk: LocationID = "desk"
private let plex: LocationID = "plex"

/// What plex fetches, as `path from location,…`, by default with nothing on its disk but what it recorded.
private func fetches(
  _ story: Story, here: Set<LibraryPath> = [], unknown: [UInt8]? = nil,
  isLogIncomplete: Bool = false
) -> [String] {
  let state = story.state
  var input = PlanInput(
    location: plex, work: Array(state.paths.values), context: state.context,
    state: { state.paths[$0] },
    here: { path in
      if here.contains(path) { return .of("other") }
      let copy = state.paths[path]?.copies[plex]
      return copy?.version == nil ? nil : copy?.file.content
    })
  input.isUnknown = { path in unknown.map { path.isInside($0) } ?? false }
  input.isLogIncomplete = isLogIncomplete
  return planFetches(state.paths.values, besides: plan(input), input).map { action in
    guard case .fetch(let path, _, _, let from) = action else { return "\(action)" }
    return "\(path) from \(from.map(\.name).joined(separator: ","))"
  }
}

/// A photo at amazon and desk, a video at desk, and plex that fetches.
private func story(_ settings: [SettingEntry] = []) -> Story {
  var story = Story(authoritative: amazon, desk, plex)
  let from = SettingEntry(
    key: "fetch-from", value: .array([.string("desk"), .string("plex"), .string("amazon")]))
  story.tell(plex, .declared(plex, ([from] + settings).sorted { $0.key < $1.key }))
  let added = story.tell(amazon, .added("a.jpg", "one"))
  story.sync(desk)
  story.tell(desk, .added("a.jpg", "one"), cause: added)
  story.tell(desk, .added("b.mov", "two"))
  story.sync(amazon, plex)
  return story
}

@Suite struct `Planning what to fetch` {
  @Test func `wants what is lacking, from those that have it, in the order of the setting`() {
    #expect(fetches(story()) == ["a.jpg from desk,amazon", "b.mov from desk"])
  }

  @Test func `wants nothing without the setting`() {
    var other = story()
    other.tell(plex, .declared(plex, [SettingEntry(key: "fetch-from", value: .null)]))
    #expect(fetches(other).isEmpty)
  }

  @Test func `wants only the types that the location keeps`() {
    let keeps = SettingEntry(key: "keeps", value: .array([.string("photo")]))
    #expect(fetches(story([keeps])) == ["a.jpg from desk,amazon"])
  }

  @Test func `wants nothing that is here, unseen by the scan, or while a part of the log waits`() {
    #expect(fetches(story(), here: ["a.jpg"]) == ["b.mov from desk"])
    #expect(fetches(story(), unknown: Array("b.mov".utf8)) == ["a.jpg from desk,amazon"])
    #expect(fetches(story(), isLogIncomplete: true).isEmpty)
  }

  @Test func `wants nothing that was pruned here, also where others lack it`() {
    var story = story()
    for (path, word) in [("a.jpg", "one"), ("b.mov", "two")] as [(LibraryPath, String)] {
      story.tell(plex, .added(path, word))
      story.tell(plex, .pruned(path, word))
    }
    #expect(story.state.paths["b.mov"]?.condition == .partial)
    #expect(fetches(story).isEmpty)
  }

  @Test func `wants nothing that is deleted, and asks no place that is to lose it`() {
    var story = story()
    story.tell(amazon, .deleted("a.jpg", "one"))
    #expect(fetches(story) == ["b.mov from desk"])
    let edited = story.tell(amazon, .added("a.jpg", "another life"))
    #expect(edited.location == amazon)
    #expect(fetches(story) == ["a.jpg from amazon", "b.mov from desk"])
  }

  @Test func `wants nothing that somebody proposes to delete`() {
    var story = story()
    story.tell(amazon, .deleted("a.jpg", "one", asks: true))
    #expect(fetches(story) == ["b.mov from desk"])
  }

  @Test func `wants nothing of which two contents are there, and no newer one over an older`() {
    var story = story()
    story.tell(amazon, .changed("a.jpg", "one", "mine"))
    story.tell(desk, .changed("a.jpg", "one", "yours"))
    #expect(fetches(story) == ["b.mov from desk"])
    story.tell(plex, .added("b.mov", "two"))
    story.sync(desk)
    story.tell(desk, .changed("b.mov", "two", "newer"))
    #expect(fetches(story).isEmpty)
  }

  @Test func `asks no place whose copy is damaged, and none that has left`() {
    var story = story()
    story.tell(desk, .damaged(.of("a.jpg", "one"), found: Content.of("rot").digest))
    #expect(fetches(story) == ["a.jpg from amazon", "b.mov from desk"])
    story.tell(desk, .declared(desk, [SettingEntry(key: "retired", value: .bool(true))]))
    #expect(fetches(story) == ["a.jpg from amazon"])
  }

  @Test func `leaves a name to the rename that wants it`() {
    var story = story()
    let added = story.tell(plex, .added("z.jpg", "three"))
    story.sync(desk)
    story.tell(desk, .added("z.jpg", "three"), cause: added)
    story.tell(desk, .renamed("z.jpg", "c.jpg", "three"))
    story.hear(plex)
    #expect(fetches(story) == ["a.jpg from desk,amazon", "b.mov from desk"])
  }
}

@Suite struct `An address to fetch from` {
  @Test(arguments: [
    ("/srv/photos", FetchAddress.folder("/srv/photos")),
    ("me@nas:/srv/photos", .ssh(host: "me@nas", path: "/srv/photos")),
    ("nas:Photos", .ssh(host: "nas", path: "Photos")),
    ("ssh://me@nas/srv", .ssh(host: "me@nas", path: "/srv")),
    ("rclone:gdrive:", .rclone(remote: "gdrive", path: "")),
    ("rclone:my drive:a/b c", .rclone(remote: "my drive", path: "a/b c")),
  ])
  func `names a folder, a host or a remote`(text: String, address: FetchAddress) {
    #expect(FetchAddress(text) == address)
  }

  @Test(arguments: [
    "", "photos", "-e sh:/x", "-oProxyCommand=x:/y", "nas:", "nas::module", "nas:-x", "a b:/x",
    "me@-x:/y", "a@b@c:/x", "ssh://nas", "rclone:gdrive", "rclone::local:/", "rclone:-x:",
    "rclone:a,ssh=x:", "rclone:a:\nb", "/a\u{1b}b", "http://x/y",
  ])
  func `is nothing that a program could take for more`(text: String) {
    #expect(FetchAddress(text) == nil)
  }
}
