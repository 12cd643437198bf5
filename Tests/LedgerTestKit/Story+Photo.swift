package import LedgerCore

/// Amazon, desk and plex, with the say over photos, all hold `a.jpg` and know it of each other.
///
/// - Returns: the story, and the event of amazon that the others' copies are arrivals of.
package func sharedPhoto() -> (story: Story, arrival: EventID) {
  var story = Story(authoritative: "amazon", "desk", "plex")
  let added = story.tell("amazon", .added("a.jpg", "one"))
  story.sync("desk", "plex")
  story.tell("desk", .added("a.jpg", "one"), cause: added)
  story.tell("plex", .added("a.jpg", "one"), cause: added)
  story.sync("amazon", "desk", "plex")
  return (story, added)
}

/// What a person should hear of at a path, each reason once, in order.
package func reasons(_ story: Story, _ path: LibraryPath) -> [PathConflict.Reason] {
  let found = story.state.paths[path]?.conflicts.map(\.reason) ?? []
  return found.enumerated().filter { !found[..<$0.offset].contains($0.element) }.map(\.element)
}
