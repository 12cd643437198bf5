import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

/// What a listing in pieces comes to: what was found before the end or the fault, and the fault.
private func parse(_ text: [UInt8], pieces: Int = 1) -> (files: [ListedFile], fault: String?) {
  var parser = ListingParser()
  var files: [ListedFile] = []
  do {
    for start in stride(from: 0, to: text.count, by: max(1, pieces)) {
      try text[start..<min(start + max(1, pieces), text.count)].withUnsafeBytes {
        try parser.take($0) { files.append($0) }
      }
    }
    try parser.end()
    return (files, nil)
  } catch {
    return (files, "\(error)")
  }
}

private func parse(_ text: String) -> (files: [ListedFile], fault: String?) {
  parse(Array(text.utf8), pieces: text.utf8.count)
}

private let listing = """
  [
  {"Path":"a.jpg","Name":"a.jpg","Size":6,"MimeType":"image/jpeg","ModTime":"2026-11-29T10:25:51.182495423Z","IsDir":false,"Hashes":{"sha256":"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03","md5":"b1946ac92492d2347c6235b4d2611184"}},
  {"Path":"2026/\\u00e9 \\ud83d\\ude00 \\"q\\".mov","Name":"","Size":0,"ModTime":"2000-02-29T23:59:60+02:00","IsDir":false,"ID":"x","Tier":null,"Metadata":{"a":[1,-2.5e3,{}],"b":true}},
  {"Path":"2026","Name":"2026","Size":-1,"ModTime":"","IsDir":true},
  {"Path":"doc.docx","Size":-1}
  ]

  """

@Suite struct `A listing of rclone's shape` {
  @Test func `is read file by file, with its sizes, times and digests`() throws {
    let (files, fault) = parse(listing)

    #expect(fault == nil)
    #expect(
      files.map { String(decoding: $0.path, as: UTF8.self) } == [
        "a.jpg", "2026/é 😀 \"q\".mov", "2026", "doc.docx",
      ])
    #expect(files.map(\.byteCount) == [6, 0, nil, nil])
    #expect(files[0].digests.map(\.algorithm) == [.sha256, .md5])
    #expect(files[0].modified == FileTime(seconds: 1_795_947_951, nanoseconds: 182_495_423))
    #expect(files[1].modified == FileTime(seconds: 951_861_600, nanoseconds: 0))
    #expect(files[2].isFolder && !files[3].isFolder)
  }

  @Test(arguments: [1, 2, 3, 7, 64])
  func `is the same in pieces of any size`(size: Int) {
    expectNoDifference(parse(Array(listing.utf8), pieces: size).files, parse(listing).files)
  }

  @Test func `that is cut short anywhere is known to be cut short`() {
    let bytes = Array(listing.utf8)
    let end = bytes.lastIndex(of: UInt8(ascii: "]")) ?? 0
    for count in 0...end {
      let (files, fault) = parse(Array(bytes[..<count]), pieces: 4_096)
      #expect(fault != nil, "cut after \(count) bytes")
      #expect(files.count <= 4)
    }
  }

  @Test(arguments: [
    "", "{}", "[{}]", "[1]", "[[]]", "null", "[,]", "[{\"Path\":\"a\",\"Size\":1},]",
    "[{\"Path\":\"a\",\"Size\":1}{\"Path\":\"b\",\"Size\":1}]", "[{\"Path\":\"a\"}]",
    "[{\"Path\":\"\",\"Size\":1}]", "[{\"Path\":\"a\",\"Size\":1.5}]",
    "[{\"Path\":\"a\",\"Size\":1e3}]", "[{\"Path\":\"a\",\"Size\":99999999999999999999}]",
    "[{\"Path\":\"a\",\"Path\":\"b\",\"Size\":1}]", "[{\"Path\":\"a\",\"Size\":\"1\"}]",
    "[{\"Path\":\"\\ud83d\",\"Size\":1}]", "[{\"Path\":\"\\x\",\"Size\":1}]",
    "[{\"Path\":\"\\u12\",\"Size\":1}]", "[{\"Path\" \"a\",\"Size\":1}]", "[] []", "[]x",
    "[{\"Path\":\"a\",\"Size\":1,\"X\":tru}]", "[{\"Path\":\"a\tb\",\"Size\":1}]",
  ])
  func `that is none is refused`(text: String) {
    #expect(parse(text).fault != nil)
  }

  @Test func `may have no files, and nests only so deep`() {
    #expect(parse(" [ ] \n").fault == nil)
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    #expect(parse("[{\"Path\":\"a\",\"Size\":1,\"X\":\(deep)}]").fault != nil)
    #expect(parse("[{\"Path\":\"a\",\"Size\":1,\"X\":[[[]]]}]").fault == nil)
  }

  @Test func `keeps one object in memory, of 1 MiB at most`() {
    let long = String(repeating: "x", count: ListingParser.elementLimit)
    #expect(parse("[{\"Path\":\"\(long)\",\"Size\":1}]").fault?.contains("1 MiB") == true)
  }

  @Test func `takes no ETag of several parts for an md5`() {
    let (files, _) = parse(
      """
      [{"Path":"a","Size":1,"Hashes":{"md5":"9b2cf535f27731c974343645a3985328-2","MD5":5}},
      {"Path":"b","Size":1,"Hashes":{"SHA-1":"55CA6286E3E4F4FBA5D0448333FA99FC5A404A73","dropbox":"x"}},
      {"Path":"c","Size":1,"Hashes":null}]
      """)

    #expect(files.map { $0.digests.map(\.algorithm) } == [[], [.sha1], []])
    #expect(files.map { $0.content == nil } == [true, false, true])
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `that is spoilt anywhere never crashes, and never reads as more files`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var bytes = Array(listing.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.remove(at: index)
      default:
        bytes.insert(Array("[]{},:\"\\".utf8).randomElement(using: &generator) ?? 0, at: index)
      }
    }

    let (files, _) = parse(bytes, pieces: Int.random(in: 1...99, using: &generator))

    #expect(files.count <= 4)
  }
}
