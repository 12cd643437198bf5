import CustomDump
import LedgerCore
import LedgerFormat
import LedgerTestKit
import Testing

/// One canonical line of each type, as format version 1 has them.
private let goldenLines: [String] = {
  let head = #""at":"2026-11-23T16:00:00.123Z","type":"#
  let x = "sha256:" + String(repeating: "0a", count: 32)
  let y = "sha256:" + String(repeating: "0b", count: 32)
  let md5 = "md5:" + String(repeating: "0c", count: 16)
  let file = #""path":"2026/a b.jpg","media":"photo","size":7,"content":"\#(x)""#
  let mtime = #""mtime":"2026-11-20T08:00:00.000000001Z""#
  return [
    #"{"id":"desk:1",\#(head)"added",\#(file),"also":["\#(md5)"],\#(mtime)}"#,
    #"{"id":"desk:2",\#(head)"changed",\#(file),\#(mtime),"previous":"\#(y)","cause":"plex:9"}"#,
    #"{"id":"desk:3",\#(head)"renamed","path":"b.jpg","from":"a.jpg","media":"photo","size":7,"content":"\#(x)"}"#,
    #"{"id":"desk:4",\#(head)"deleted",\#(file),"cause":"amazon:15"}"#,
    #"{"id":"desk:5",\#(head)"deleted",\#(file),"ask":true}"#,
    #"{"id":"desk:6",\#(head)"pruned",\#(file)}"#,
    #"{"id":"desk:7",\#(head)"restored",\#(file)}"#,
    #"{"id":"desk:8",\#(head)"damaged",\#(file),"found":"\#(y)"}"#,
    #"{"id":"desk:9",\#(head)"identified","size":7,"content":"\#(x)","also":["\#(md5)"]}"#,
    #"{"id":"desk:10",\#(head)"approved","targets":["amazon:1","plex:2"]}"#,
    #"{"id":"desk:11",\#(head)"rejected","targets":["amazon:1"]}"#,
    #"{"id":"desk:12",\#(head)"resolved","path":"a.jpg","keep":"\#(x)"}"#,
    #"{"id":"desk:13",\#(head)"resolved","path":"a.jpg","keep":null}"#,
    #"{"id":"desk:14",\#(head)"declared","settings":{"authoritative":["photo"],"location":"desk"}}"#,
    #"{"id":"desk:15",\#(head)"configured","settings":{"deletions":"over:25"}}"#,
    #"{"id":"desk:16",\#(head)"pruned","pathBytes":"Yf8=","media":"other","size":0,"content":"\#(x)"}"#,
    #"{"id":"desk:17",\#(head)"pruned","path":"q\"\\\n\u0001é😀","media":"other","size":0,"content":"\#(x)"}"#,
    #"{"id":"desk:18",\#(head)"sparkled","note":{"a":[1,-2,true]},"path":"a.jpg"}"#,
    #"{"id":"desk:19",\#(head)"pruned",\#(file),"later":"kept"}"#,
  ]
}()

@Suite struct `An event line` {
  @Test(arguments: goldenLines)
  func `encodes to the bytes that it was decoded from`(line: String) throws {
    let event = try EventLine.decode(Array(line.utf8)[...])

    expectNoDifference(String(decoding: EventLine.encode(event), as: UTF8.self), line)
  }

  @Test func `may have its keys in any order and spaces between them`() throws {
    let canonical = goldenLines[5]
    let event = try EventLine.decode(Array(canonical.utf8)[...])
    let fields = canonical.dropFirst().dropLast().split(separator: ",")
    let mixed = "{ " + fields.reversed().joined(separator: " ,\t") + " }"

    expectNoDifference(try EventLine.decode(Array(mixed.utf8)[...]), event)
  }

  @Test func `keeps what an unknown type says, with its paths`() throws {
    let event = try EventLine.decode(Array(goldenLines[17].utf8)[...])

    expectNoDifference(event.fact, .unknown(type: "sparkled", paths: ["a.jpg"]))
  }

  @Test(arguments: [
    (#"{"id":"desk:1"}"#, "no at"),
    (#"{"id":"desk:1","id":"desk:1"}"#, "twice"),
    (#"{"a":{"b":1,"b":2}}"#, "twice"),
    (#"{"id":1.5}"#, "fraction"), (#"{"id":1e5}"#, "fraction"),
    (#"{"id":9223372036854775808}"#, "63 bits"), (#"{"id":01}"#, "leading zero"),
    (#"{"a":[[[[[[[[1]]]]]]]]}"#, "deep"),
    (#"{"a":"\ud800"}"#, "surrogate"), (#"{"a":"\ud800\u0041"}"#, "surrogate"),
    ("{\"a\":\"\u{1}\"}", "control"), (#"{"a":"#, "no JSON value"), (#"[]"#, "no JSON object"),
    (#"{} {}"#, "after"), ("\u{feff}{}", "no JSON object"),
  ])
  func `is refused with what is wrong`(line: String, reason: String) {
    let error = #expect(throws: MalformedLine.self) {
      try EventLine.decode(Array(line.utf8)[...])
    }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "nothing")")
  }

  @Test(arguments: [
    "../a", "/a", "a/../b", "a//b", "./a", "a/", "", "a/.git/b", ".ledger/x", "e\u{301}.jpg",
    "a\\u0000b",
  ])
  func `never names a path outside the library`(path: String) {
    let line = goldenLines[5].replacing("2026/a b.jpg", with: path)
    #expect(throws: MalformedLine.self) { try EventLine.decode(Array(line.utf8)[...]) }
  }

  @Test(arguments: [
    String(repeating: "[", count: 10_000), String(repeating: "{\"a\":", count: 10_000),
    "{\"id\":\"" + String(repeating: "x", count: 10 << 20) + "\"}",
    "{\"a\":" + String(repeating: "9", count: 100_000) + "}",
    "{" + (0..<50_000).map { "\"k\($0)\":1" }.joined(separator: ",") + ",\"k0\":1}",
    "{\"a\":\"\u{0}\"}", "\u{0}",
    "{\"a\":\"" + String(repeating: "\\u0000", count: 100_000) + "\"}",
  ])
  func `that is huge, deep or full of NUL is refused at once`(line: String) {
    #expect(throws: MalformedLine.self) { try EventLine.decode(Array(line.utf8)[...]) }
  }

  @Test func `of bytes that are not UTF-8 is refused`() {
    let line = Array(goldenLines[5].utf8).map { $0 == UInt8(ascii: "b") ? 0xff : $0 }
    #expect(throws: MalformedLine.self) { try EventLine.decode(line[...]) }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `that was mangled is refused or means what it says`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var line = Array(goldenLines[Int.random(in: goldenLines.indices, using: &generator)].utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let at = Int.random(in: line.indices, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: line[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: line.remove(at: at)
        default: line.insert(line[Int.random(in: line.indices, using: &generator)], at: at)
        }
      }
      guard let event = try? EventLine.decode(line[...]) else { continue }
      let again = try? EventLine.decode(EventLine.encode(event)[...])
      #expect(again == event)
    }
  }
}

@Suite struct `A batch file` {
  private static let header = BatchHeader(
    location: "desk", first: 42, count: 2, at: Instant(milliseconds: 1_795_449_600_123),
    seen: Seen(["amazon": 17, "plex": 9]), since: Seen(["amazon": 15]), host: "desk.local",
    version: "0.1.0")

  private static let batch = Batch(
    header: header,
    events: (0..<2).map { index in
      Event(
        id: EventID(location: "desk", number: 42 + index), at: header.at,
        fact: .pruned(FileFact(path: "a.jpg", media: .photo, content: .of("x"))))
    })

  private func decode(_ change: (String) -> String) -> StoredBatch? {
    let text = String(decoding: BatchFile.encode(Self.batch), as: UTF8.self)
    return BatchFile.decode(Array(change(text).utf8), name: BatchFile.name(of: Self.header))
  }

  private func fault(_ stored: StoredBatch?) -> (line: Int, reason: String)? {
    if case .void(let void) = stored { (void.line, void.reason) } else { nil }
  }

  @Test func `has a header, then its events, under a name that tells its number`() {
    let text = String(decoding: BatchFile.encode(Self.batch), as: UTF8.self)

    #expect(
      text.hasPrefix(
        #"{"batch":"desk:42","count":2,"at":"2026-11-23T16:00:00.123Z","seen":{"amazon":17,"plex":9},"since":{"amazon":15},"host":"desk.local","version":"0.1.0"}"#
          + "\n"))
    #expect(BatchFile.name(of: Self.header) == "events/desk/2026-11/23/000000000042.jsonl")
    expectNoDifference(decode { $0 }, .valid(Self.batch))
  }

  @Test func `that is malformed is void, with its line`() {
    #expect(fault(decode { $0.replacing("\"pruned\"", with: "\"pruned\",\"at\":1") })?.line == 2)
    #expect(fault(decode { $0.replacing("desk:43", with: "desk:44") })?.line == 3)
    #expect(fault(decode { $0.replacing("\"count\":2", with: "\"count\":3") })?.line == 1)
    #expect(
      fault(decode { $0.replacing("desk:42\",\"count", with: "desk:41\",\"count") })?.line == 1)
    #expect(fault(decode { String($0.dropLast()) })?.reason == "the last line does not end")
    #expect(fault(decode { _ in "" })?.line == 0)
    #expect(fault(decode { $0 + String(repeating: "x", count: 16 << 20) })?.line == 0)
  }

  @Test func `knows how many numbers a void one reaches over`() {
    guard case .void(let void) = decode({ $0.replacing("desk:43", with: "plex:1") }) else {
      Issue.record("not void")
      return
    }
    #expect(void.first == 42 && void.lineCount == 3)
  }

  @Test func `is committed under a subject that people read`() {
    expectNoDifference(
      CommitMessage.text(of: Self.batch),
      "desk: 2 pruned\n\nLedger-Batch: desk:42-43\nLedger-Version: 0.1.0\n")
  }
}

@Suite struct `A time` {
  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
  ])
  func `is spelled one way`(milliseconds: Int64, text: String) {
    #expect(InstantText.encode(Instant(milliseconds: milliseconds)) == text)
    #expect(InstantText.instant(text) == Instant(milliseconds: milliseconds))
  }

  @Test(arguments: [
    "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
    "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.0000Z", "2026-01-01 00:00:00.000Z",
  ])
  func `that is none is refused`(text: String) { #expect(InstantText.instant(text) == nil) }
}
