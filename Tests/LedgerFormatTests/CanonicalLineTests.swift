import CustomDump
import LedgerCore
import LedgerFormat
import LedgerTestKit
import Testing

/// Makes events of every type, with all that the format lets them have.
private struct RandomEvents {
  var generator: SeededGenerator

  mutating func pick<Element>(_ all: [Element]) -> Element {
    all[Int.random(in: all.indices, using: &generator)]
  }

  mutating func id() -> EventID {
    EventID(
      location: pick(["desk", "a", "0-9", "a-place-of-thirty-two-letters-ab"]),
      number: pick([1, 9, 10, 1_234_567, .max]))
  }

  mutating func digest(_ algorithm: DigestAlgorithm) -> Digest {
    let bytes = (0..<algorithm.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    guard let digest = Digest(algorithm, bytes: bytes) else { preconditionFailure("as many bytes") }
    return digest
  }

  mutating func content() -> Content {
    var algorithms = DigestAlgorithm.allCases.shuffled(using: &generator)
    if generator.chance(70) { algorithms = [pick(algorithms)] }
    let count = Int.random(in: 1...algorithms.count, using: &generator)
    let digests = algorithms.prefix(count).map { digest($0) }
    return Content(
      digest: digests[0], also: Array(digests.dropFirst()),
      byteCount: pick([0, 7, 10, 123_456_789, 999_999_999_999_999_999, .max]))
  }

  mutating func path() -> LibraryPath {
    let names = [
      "a.jpg", "2026/2026-11-23/IMG_0001.jpg", "é/日本.jpg", "q\"\\\n\u{1}é😀", ".a/..b/...", "\u{7f}",
    ]
    if generator.chance(15), let path = LibraryPath(key: [97, 0xff, 47, 98]) { return path }
    guard let path = LibraryPath(pick(names)) else { preconditionFailure("a path") }
    return path
  }

  mutating func time() -> FileTime? {
    let times = [
      FileTime(seconds: 0, nanoseconds: 0), FileTime(seconds: -1, nanoseconds: 999_999_999),
      FileTime(seconds: 1_795_449_600, nanoseconds: 120), nil,
    ]
    return pick(times)
  }

  mutating func fact() -> Fact {
    let modified = time()
    let timed = FileFact(
      path: path(), media: pick(MediaType.allCases), content: content(), modified: modified)
    let file = FileFact(path: timed.path, media: timed.media, content: timed.content)
    let value = SettingValue.object([SettingEntry(key: "a", value: .array([.integer(-1), .null]))])
    let settings = [SettingEntry(key: "k", value: pick([.bool(true), .string("x\"é"), value]))]
    switch Int.random(in: 0..<14, using: &generator) {
    case 0: return .added(timed)
    case 1: return .changed(timed, previous: digest(.sha256))
    case 2: return .renamed(file, from: path())
    case 3: return .deleted(file, asks: generator.chance(50))
    case 4: return .pruned(file)
    case 5: return .restored(file)
    case 6: return .damaged(file, found: digest(pick(DigestAlgorithm.allCases)))
    case 7: return .identified(file.content)
    case 8: return .approved([id()])
    case 9: return .rejected([id(), id()])
    case 10: return .resolved(path(), keep: generator.chance(50) ? digest(.sha256) : nil)
    case 11: return .declared(generator.chance(50) ? "desk" : nil, settings)
    case 12: return .configured(settings)
    default: return .unknown(type: "sparkled", paths: [])
    }
  }

  mutating func event() -> Event {
    let fact = fact()
    var extra: [ExtraKey] = []
    if generator.chance(20) {
      extra.append(ExtraKey(key: "later", json: pick(["1", "{\"a\":[]}"])))
    }
    if generator.chance(10) { extra.append(ExtraKey(key: "zz", json: "\"é\"")) }
    let hasCause = if case .unknown = fact { false } else { generator.chance(40) }
    return Event(
      id: id(), at: Instant(milliseconds: pick([0, -1, 1_795_449_600_123])), fact: fact,
      cause: hasCause ? id() : nil, extra: extra)
  }

  /// A line with some bytes or fields changed, moved, doubled or lost.
  mutating func damaged(_ line: [UInt8]) -> [UInt8] {
    var line = line
    for _ in 0..<Int.random(in: 1...2, using: &generator) where !line.isEmpty {
      let at = Int.random(in: line.indices, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: line[at] = UInt8.random(in: 0...255, using: &generator)
      case 1: line.remove(at: at)
      case 2: line.insert(pick(line), at: at)
      case 3: line.insert(pick(Array(" \t\\\"0-{},:".utf8)), at: at)
      case 4: line = Array(line.prefix(at))
      default:
        var fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let (one, other) = (fields.indices.randomElement(using: &generator) ?? 0, pick(fields))
        if generator.chance(50) { fields[one] = other } else { fields.append(other) }
        line = Array(fields.joined(separator: [UInt8(ascii: ",")]))
      }
    }
    return line
  }
}

private func outcome(_ body: () throws(MalformedLine) -> Event) -> Result<Event, MalformedLine> {
  do throws(MalformedLine) { return .success(try body()) } catch { return .failure(error) }
}

@Suite struct `A line in the canonical spelling` {
  @Test(arguments: 0..<100 as Range<UInt64>)
  func `means the same to the quick reader and to the general one`(seed: UInt64) throws {
    var events = RandomEvents(generator: SeededGenerator(seed: seed))
    for _ in 0..<100 {
      let event = events.event()
      let line = EventLine.encode(event)
      #expect(try EventLine.decode(line[...]) == EventLine.decodeGenerally(line[...]))
      #expect(try EventLine.encode(EventLine.decode(line[...])) == line)
      for _ in 0..<5 {
        let other = [0] + events.damaged(line) + [0]
        let slice = other.dropFirst().dropLast()
        let quick = outcome { () throws(MalformedLine) in try EventLine.decode(slice) }
        let general = outcome { () throws(MalformedLine) in try EventLine.decodeGenerally(slice) }
        #expect(quick == general, "\(String(decoding: slice, as: UTF8.self))")
      }
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `stands in a batch file as it is alone`(seed: UInt64) {
    var events = RandomEvents(generator: SeededGenerator(seed: seed))
    let all = (0..<20).map { _ in events.event() }
    var lines = BatchLines(all)

    expectNoDifference(lines.lines.map { Array($0) }, all.map { EventLine.encode($0) })
    expectNoDifference(
      lines.bytes, Array(all.map { EventLine.encode($0) + [UInt8(ascii: "\n")] }.joined()))

    lines.removeLast()
    lines.removeLast()
    expectNoDifference(lines.bytes, BatchLines(Array(all.dropLast(2))).bytes)
  }

  @Test(arguments: [
    (Int64(0), "0"), (-1, "-1"), (10, "10"), (.max, "9223372036854775807"),
    (.min, "-9223372036854775808"),
  ])
  func `has numbers of 64 bits`(number: Int64, text: String) {
    var object = JSONObject()
    object.append("n", number)
    #expect(String(decoding: object.bytes, as: UTF8.self) == "{\"n\":\(text)}")
  }

  @Test func `escapes what JSON needs escaped`() {
    let text = String(String.UnicodeScalarView((0..<0x100).compactMap { Unicode.Scalar($0) }))
    let quoted = String(decoding: JSONObject.quoted(text), as: UTF8.self)
    #expect(quoted == SettingValue.string(text).canonicalJSON)
  }

  @Test(arguments: [
    "desk:0", "desk:01", "desk:+1", "desk:-1", "desk:", "desk", ":1", "main:1", "-a:1", "Desk:1",
    "desk:9223372036854775808", "desk:99999999999999999999", "a:b:1", "desk:1 ", "é:1",
    "a-name-that-has-33-letters-in-it-:1",
  ])
  func `names an event in one way`(text: String) { #expect(EventID(text) == nil) }
}
