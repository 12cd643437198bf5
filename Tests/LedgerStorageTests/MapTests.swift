import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

private func mapped(_ place: Place, _ text: String) throws -> any LibraryStorage {
  var storage = place.storage
  storage.map = try #require(PathMap(text))
  return storage
}

private func scan(
  _ storage: any LibraryStorage, expecting: [ExpectedFile] = []
) async throws -> ScanResult {
  var rest = expecting[...]
  return try await storage.observeLibrary(
    expecting: { rest.popFirst() }, options: ScanOptions(now: later, width: 2), keep: { _ in },
    progress: { _ in })
}

extension ObservedFile {
  fileprivate var expected: ExpectedFile {
    ExpectedFile(
      path: path,
      known: ExpectedFile.Known(
        stamp: stamp, hashedAt: later, diskBytes: diskBytes, content: content), isRecorded: true)
  }
}

@Suite struct `A place with a map` {
  @Test(arguments: [PlaceKind.folder, .local])
  func `tells its files by the library's paths, and leaves out what is outside`(
    kind: PlaceKind
  ) async throws {
    try await Place.with(kind) { place in
      let storage = try mapped(place, "photo=Photos,video=A")
      for path in ["Photos/z.jpg", "Photos/b/a.jpg", "A/b.mov", "c.txt", "b.jpg", "Photos/a.mov"] {
        try place.files.write(path, path)
      }

      let first = try await scan(storage)
      let second = try await scan(storage, expecting: first.observation.files.map(\.expected))

      for result in [first, second] {
        let files = result.observation.files
        expectNoDifference(
          files.map(\.path.description), ["b.mov", "b/a.jpg", "c.txt", "z.jpg"])
        expectNoDifference(
          files.map { $0.diskBytes.map { String(decoding: $0, as: UTF8.self) } },
          ["A/b.mov", "Photos/b/a.jpg", nil, "Photos/z.jpg"])
        #expect(result.outside.count == 2 && result.observation.isComplete)
        expectNoDifference(
          result.outside.names, ["Photos/a.mov", "b.jpg"].map { Array($0.utf8) })
      }
      #expect(second.hashedCount == 0)
      expectNoDifference(second.open.map(\.path), first.observation.files.map(\.path))
    }
  }

  @Test(arguments: [PlaceKind.folder, .command])
  func `keeps in its trash what a file's path in the library is`(kind: PlaceKind) async throws {
    try await Place.with(kind) { place in
      let storage = try mapped(place, "photo=Photos")
      try place.files.write("Photos/b/a.jpg", "photo")
      let file = try #require(try await scan(storage).observation.files.first)

      let outcome = await storage.trash(
        Array("Photos/b/a.jpg".utf8), expecting: file.content,
        for: TrashIntent("plex:7", after: 3, now: 1_700_000_000, minCopies: nil))

      guard case .done = outcome else { throw TestKitError("\(outcome)") }
      // Also where the place has another map by now.
      var other = storage
      other.map = .none
      for one in [storage, other] {
        let entry = try #require(try one.trashEntries().first)
        expectNoDifference(entry.path, "b/a.jpg")
        expectNoDifference(entry.diskBytes, Array("Photos/b/a.jpg".utf8))
      }
      let entry = try #require(try storage.trashEntries().first)
      guard case .done = await storage.putBack(entry, to: entry.diskBytes) else {
        throw TestKitError("not put back")
      }
      #expect(try await scan(storage).observation.files.map(\.path) == ["b/a.jpg"])
    }
  }

  @Test func `hides the library's paths of what it can't read`() async throws {
    try await Library.with { library in
      var storage = library.storage
      storage.map = try #require(PathMap("photo=Photos"))
      try library.write("Photos/in/a.jpg", "photo")
      try library.setMode("Photos/in", 0)

      let unknown = try await withTaskExecutorPreference(NobodyExecutor()) {
        try await scan(storage).observation.unknown
      }

      expectNoDifference(unknown.map(\.diskBytes), [Array("Photos/in".utf8)])
      #expect(unknown.first?.hidden.contains(Array("in".utf8)) == true)
      try library.setMode("Photos/in", 0o755)
    }
  }
}
