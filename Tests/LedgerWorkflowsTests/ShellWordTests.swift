import LedgerTestKit
import LedgerWorkflows
import Testing

@Suite struct `A name in a printed command` {
  private static let names: [(bytes: [UInt8], word: String)] = [
    (Array("2026/IMG_0007.jpg".utf8), "2026/IMG_0007.jpg"),
    (Array("été/Straße 1.jpg".utf8), "'été/Straße 1.jpg'"),
    (Array("Bob's.jpg".utf8), #"'Bob'\''s.jpg'"#),
    (Array("-rf".utf8), "./-rf"),
    (Array("$(reboot) `x` \\ \"*?".utf8), "'$(reboot) `x` \\ \"*?'"),
    (Array("~#!a".utf8), "'~#!a'"),
    (Array("a\nb\t'\\".utf8), #"$'a\x0ab\x09\'\\'"#),
    (Array("\u{1b}[31m\u{202e}".utf8), #"$'\x1b[31m\xe2\x80\xae'"#),
    ([0x62, 0xff, 0x61], #"$'b\xffa'"#),
    ([], "''"),
  ]

  @Test func `is quoted only where it must be`() {
    for (bytes, word) in Self.names { #expect(ShellWord.quote(bytes) == word) }
  }

  @Test func `comes out of a shell as it is`() async throws {
    let words = Self.names.map { ShellWord.quote($0.bytes) }
    let script = words.map { "printf %s \($0) | od -An -v -tx1 | tr -d ' \\n'; echo ." }
    let run = try await HermeticGit.runProgram(
      ["bash", "-c", script.joined(separator: "\n")], in: "/",
      environment: ["PATH": "/usr/bin:/bin"])
    let digits = Array("0123456789abcdef")
    let expected = Self.names.map { name in
      let bytes = name.bytes.first == UInt8(ascii: "-") ? Array("./".utf8) + name.bytes : name.bytes
      return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
    #expect(run.output.split(separator: "\n").map { Array($0.dropLast()) } == expected)
  }
}
