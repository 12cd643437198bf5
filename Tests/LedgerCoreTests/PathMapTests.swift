import CustomDump
import LedgerCore
import LedgerTestKit
import Testing

private func map(_ text: String) throws -> PathMap { try #require(PathMap(text)) }

/// Random paths of the library, some of which begin as folders of a map do.
private func randomPath(using generator: inout SeededGenerator) -> LibraryPath? {
  let names = ["Photos", "Videos", "a", "é", "Photos.jpg", "x y", ".m"].map { Array($0.utf8) }
  let endings = ["", ".jpg", ".JPG", ".mov", ".xmp", ".txt", ".raw2"].map { Array($0.utf8) }
  var bytes: [UInt8] = []
  for _ in 0..<Int.random(in: 0...3, using: &generator) {
    bytes += names[Int.random(in: 0..<names.count, using: &generator)] + [UInt8(ascii: "/")]
  }
  bytes += names[Int.random(in: 0..<names.count, using: &generator)]
  if generator.chance(10) { bytes.append(0xff) }
  bytes += endings[Int.random(in: 0..<endings.count, using: &generator)]
  return LibraryPath(key: bytes)
}

private let texts = [
  "photo=Photos", "photo=Photos,video=Videos", "photo=Photos,video=Photos/a",
  "photo=a,video=a,sidecar=a,other=a", "other=Photos,photo=Photos.jpg/é", "video=Photos/",
]

@Suite struct `A map of paths` {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `is the same both ways, and gives no two paths one place`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let text = texts[Int.random(in: 0..<texts.count, using: &generator)]
    let map = try map(text).classing(generator.chance(50) ? ["raw2": .photo, "mov": .other] : [:])
    var places: [LibraryPath: LibraryPath] = [:]
    for _ in 0..<60 {
      guard let path = randomPath(using: &generator) else { continue }
      let place = map.place(of: path)
      expectNoDifference(map.path(at: place), path)
      #expect(places.updateValue(path, forKey: place).map { $0 == path } ?? true)
      // And from a place: where it is some path's, it is that path's place.
      if let back = map.path(at: path) { expectNoDifference(map.place(of: back), path) }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `hides of the library at least what is below a folder of the place`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let map = try map(texts[Int.random(in: 0..<texts.count, using: &generator)])
    for _ in 0..<60 {
      guard let path = randomPath(using: &generator) else { continue }
      let place = map.place(of: path)
      for count in 0...place.components.count {
        let above = Array(place.components.prefix(count).joined(separator: [UInt8(ascii: "/")]))
        let hidden = map.paths(hiddenBy: above)
        #expect(hidden.contains { path.isInside($0) }, "\(map.text): \(path), \(above)")
      }
    }
  }

  @Test func `puts each type below its folder, and leaves the others at the root`() throws {
    let map = try map("photo=Photos,video=Videos/all")

    expectNoDifference(map.place(of: "2026/a.JPG"), "Photos/2026/a.JPG")
    expectNoDifference(map.place(of: "2026/a.mov"), "Videos/all/2026/a.mov")
    expectNoDifference(map.place(of: "2026/a.xmp"), "2026/a.xmp")
    expectNoDifference(map.place(of: "Photos/a.xmp"), "Photos/a.xmp")
    expectNoDifference(map.place(of: "Photos/a.jpg"), "Photos/Photos/a.jpg")
  }

  @Test func `knows no path of what is not below its own type's folder`() throws {
    let map = try map("photo=Photos,video=Videos")

    for outside in ["a.jpg", "Photos/a.mov", "Videos/a.jpg", "Photos.jpg", "photos/a.jpg"] {
      let place = try #require(LibraryPath(outside))
      #expect(map.path(at: place) == nil, "\(outside)")
    }
    expectNoDifference(map.path(at: "Photos/a.txt"), "Photos/a.txt")
  }

  @Test func `classes endings as the ledger does`() throws {
    let map = try map("photo=Photos").classing(["x3d": .photo, "jpg": .other])

    expectNoDifference(map.place(of: "a.X3D"), "Photos/a.X3D")
    expectNoDifference(map.place(of: "a.jpg"), "a.jpg")
    #expect(PathMap.none.classing(["x3d": .photo]) == PathMap.none)
  }

  @Test(
    arguments: [
      "", "photo", "photo=", "photo=/abs", "photo=a//b", "photo=../a", "photo=a/..",
      "photo=.ledger", "photo=a/.git/b", "photo=a,photo=b", "picture=a", "photo=a\nb", "photo=a,",
      "photo=a,b",
    ])
  func `is refused where a folder is none of a library's`(text: String) {
    #expect(PathMap(text) == nil)
  }

  @Test func `is spelled in one way`() throws {
    expectNoDifference(
      try map("video=V,photo=Zu\u{308}rich/").text, "photo=Z\u{fc}rich,video=V")
  }
}

@Suite struct `What is missing at a place with a map` {
  private func kept(
    _ files: [ObservedFile], outside word: String?, of known: [KnownCopy]
  ) throws -> [UnknownPath] {
    var outside = OutsideFiles()
    if let word { outside.add(Array("a.jpg".utf8), byteCount: Content.of(word).byteCount) }
    return keepMovedOutside(
      in: Observation(files: files, unknown: [], ignored: [], isComplete: true), of: known,
      outside, by: try map("photo=Photos"), ContentIdentity([])
    ).unknown
  }

  @Test func `is not gone while a file of its size is outside`() throws {
    let known: [KnownCopy] = [.of("a.jpg", "photo"), .of("b.jpg", "another photo")]

    let unknown = try kept([], outside: "photo", of: known)

    expectNoDifference(unknown.map(\.hidden), [[Array("a.jpg".utf8)]])
    expectNoDifference(unknown.map(\.diskBytes), [Array("Photos/a.jpg".utf8)])
    #expect(try kept([], outside: nil, of: known).isEmpty)
  }

  @Test func `is renamed where its bytes have a new name`() throws {
    let known: [KnownCopy] = [.of("a.jpg", "photo")]

    #expect(try kept([.of("b.jpg", "photo")], outside: "photo", of: known).isEmpty)
    #expect(try kept([.of("a.jpg", "photo")], outside: "photo", of: known).isEmpty)
    // One new name is no word on two equal files.
    let twins = known + [.of("b.jpg", "photo")]
    #expect(try kept([.of("c.jpg", "photo")], outside: "photo", of: twins).count == 2)
  }

  @Test func `has no two folders that differ by case alone`() throws {
    #expect(PathMap("photo=Photos,video=photos") == nil)
    #expect(PathMap("photo=A/Photos,video=a/Videos") == nil)
    #expect(PathMap("photo=A/Photos,video=A/Videos,other=A") != nil)
  }
}
