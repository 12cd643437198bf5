package import LedgerCore
import LedgerFormat

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a Plex server did not do, in words for a person.
package struct PlexError: Error, Sendable, CustomStringConvertible {
  /// What happened: a sentence without its full stop.
  package let description: String

  /// An error in words.
  package init(_ description: String) { self.description = description }
}

/// A Plex server, asked by the `curl` program. The token reaches it on standard input, so that it is in
/// no list of processes, in no log and in no error.
package struct PlexServer: Sendable {
  private let url: String
  private let token: String
  private let environment: [String: String]

  /// A server.
  ///
  /// - Throws: `PlexError` where the address or the token can be none.
  package init(
    url: String, token: String, environment: [String: String]
  ) throws(PlexError) {
    guard Self.isAddress(url) else {
      throw PlexError("\(url.debugDescription) is no address of Plex")
    }
    guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 34 && $0 != 92 })
    else { throw PlexError("the token is empty or has characters that no token has") }
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.token = token
    // A proxy would read the token.
    self.environment = environment.filter { !$0.key.lowercased().hasSuffix("_proxy") }
  }

  /// Whether a text is an address such as `http://127.0.0.1:32400`.
  package static func isAddress(_ url: String) -> Bool {
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else { return false }
    let rest = url.drop { $0 != ":" }.dropFirst(3)
    let odd = Set("\"\\@?#".utf8)
    return !rest.isEmpty && rest.utf8.allSatisfy { $0 > 32 && $0 < 127 && !odd.contains($0) }
  }

  /// The token in a file that nobody else may read.
  ///
  /// - Throws: `PlexError`.
  package static func token(inFile path: String) throws(PlexError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw PlexError("\(path) can't be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw PlexError("\(path) is no file")
    }
    guard status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 0o077 == 0 else {
      throw PlexError("others may read the token in \(path); chmod 600 mends that")
    }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else {
      throw PlexError("\(path) can't be read: \(String(cString: strerror(errno)))")
    }
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    return String(text.filter { !$0.isWhitespace })
  }

  /// Its libraries.
  ///
  /// - Throws: `PlexError`.
  package func sections() async throws(PlexError) -> [PlexSection] {
    let answer = try await ask("GET", "/library/sections")
    guard let value = try? JSONText.parse(answer), let container = value["MediaContainer"] else {
      throw PlexError("\(url) does not answer as Plex does")
    }
    return (container["Directory"]?.elements ?? []).compactMap { section in
      guard let key = section["key"]?.string,
        key.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), !key.isEmpty
      else { return nil }
      let folders = (section["Location"]?.elements ?? []).compactMap { $0["path"]?.string }
      return PlexSection(
        key: key, title: section["title"]?.string ?? key, folders: folders.map { Array($0.utf8) })
    }
  }

  /// Has it look at a folder again.
  ///
  /// - Throws: `PlexError`.
  package func refresh(_ refresh: PlexRefresh) async throws(PlexError) {
    _ = try await ask(
      "GET", "/library/sections/\(refresh.section)/refresh?path=\(Self.escape(refresh.folder))")
  }

  /// Has it forget what it could not find in a library.
  ///
  /// - Throws: `PlexError`.
  package func emptyTrash(ofSection key: String) async throws(PlexError) {
    _ = try await ask("PUT", "/library/sections/\(key)/emptyTrash")
  }

  private func ask(_ method: String, _ path: String) async throws(PlexError) -> [UInt8] {
    let lines = [
      "url = \"\(url)\(path)\"", "request = \"\(method)\"",
      "header = \"X-Plex-Token: \(token)\"", "header = \"Accept: application/json\"", "silent",
      "show-error", "fail", "globoff", "max-time = 30", "max-filesize = 8000000", "noproxy = \"*\"",
      "proto = \"=http,https\"",
    ]
    let run: BoundedRun
    do {
      // The user's own .curlrc could write a log, or trust anybody.
      run = try await BoundedRun.collect(
        "curl", ["-q", "--config", "-"], input: Array((lines.joined(separator: "\n") + "\n").utf8),
        environment: environment, seconds: 40)
    } catch let error as BoundedRun.Failure {
      throw PlexError("curl could not be run: \(error.words)")
    } catch {
      throw PlexError("curl could not be run: \(error)")
    }
    switch run.exitStatus {
    case 0: return run.output
    case 22 where run.words.contains(" 401"):
      throw PlexError("\(url) does not accept the token")
    case nil, 28: throw PlexError("\(url) did not answer in time")
    default:
      let words = run.words.split(separator: "\n").last.map(String.init) ?? "curl failed"
      throw PlexError("\(url) did not do what it was asked for: \(words)")
    }
  }

  private static func escape(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return text
  }
}

extension SettingValue {
  fileprivate subscript(key: String) -> SettingValue? {
    guard case .object(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  fileprivate var elements: [SettingValue] {
    if case .array(let values) = self { values } else { [] }
  }

  fileprivate var string: String? {
    if case .string(let text) = self { text } else { nil }
  }
}
