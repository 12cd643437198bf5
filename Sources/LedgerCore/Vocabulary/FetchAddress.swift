/// Where the files of a location are reached from others.
///
/// Any location may have written it into the log, and it ends up among the arguments of programs: so
/// only what names a place and nothing else is an address.
package enum FetchAddress: Hashable, Sendable {
  /// A folder of this machine, by an absolute path.
  case folder(String)
  /// A folder that ssh reaches; `host` is `user@host` or `host`.
  case ssh(host: String, path: String)
  /// A folder of an rclone remote, by the name that rclone's configuration has for it.
  case rclone(remote: String, path: String)

  /// Parses `/path`, `user@host:/path`, `ssh://user@host/path` or `rclone:remote:path`.
  package init?(_ text: String) {
    guard !text.isEmpty, !text.hasPrefix("-"),
      !text.utf8.contains(where: { $0 < 32 || $0 == 127 })
    else { return nil }
    if text.hasPrefix("/") {
      self = .folder(text)
    } else if text.hasPrefix("rclone:") {
      guard let address = Self.rclone(text.dropFirst(7)) else { return nil }
      self = address
    } else if text.hasPrefix("ssh://") {
      let rest = text.dropFirst(6)
      guard let slash = rest.firstIndex(of: "/"), Self.isHost(rest[..<slash]) else { return nil }
      self = .ssh(host: String(rest[..<slash]), path: String(rest[slash...]))
    } else {
      guard let colon = text.firstIndex(of: ":"), Self.isHost(text[..<colon]) else { return nil }
      let path = text[text.index(after: colon)...]
      // Two colons would name a module of an rsync daemon, two slashes are of another kind of address.
      guard !path.isEmpty, ![":", "-", "//"].contains(where: path.hasPrefix) else { return nil }
      self = .ssh(host: String(text[..<colon]), path: String(path))
    }
  }

  // A remote's name as rclone's configuration allows it. What else could stand there are settings of
  // the remote, among them commands that it would run.
  private static func rclone(_ text: Substring) -> FetchAddress? {
    guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
    let name = text[..<colon]
    let isName = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: " "):
        true
      default: false
      }
    }
    guard isName, !name.hasPrefix("-"), !name.hasPrefix(" "), !name.hasSuffix(" ") else {
      return nil
    }
    return .rclone(remote: String(name), path: String(text[text.index(after: colon)...]))
  }

  private static func isHost(_ text: Substring) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count)
      && parts.allSatisfy { part in
        !part.isEmpty && !part.hasPrefix("-")
          && part.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
              UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
              UInt8(ascii: "."):
              true
            default: false
            }
          }
      }
  }
}
