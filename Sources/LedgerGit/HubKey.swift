package import LedgerCore

/// An ssh key that may use one hub, as a line of `authorized_keys` (sshd(8)).
package struct HubKey: Hashable, Sendable {
  /// What the key may write.
  package enum Writer: Hashable, Sendable, CustomStringConvertible {
    /// One location's stream and what goes with it.
    case location(LocationID)
    /// Every stream: for the key of a person who repairs hubs.
    case all

    /// The location's name, or `*`.
    package var description: String {
      switch self {
      case .location(let location): location.name
      case .all: "*"
      }
    }

    /// Parses a location's name or `*`.
    package init?(_ text: String) {
      if text == "*" {
        self = .all
      } else if let location = LocationID(text) {
        self = .location(location)
      } else {
        return nil
      }
    }
  }

  /// What it may write.
  package let writer: Writer
  /// The key's kind and its base64, as in a `.pub` file.
  package let kind: String
  package let base64: String
  /// The words after it, for people; may be empty.
  package let comment: String

  /// Parses a line of a `.pub` file: `ssh-ed25519 AAAA… desk@home`.
  /// - Throws: `InvalidHubKey`, with a reason for a person.
  package init(_ text: String, for writer: Writer) throws(InvalidHubKey) {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard text.split(whereSeparator: \.isNewline).count == 1, words.count >= 2 else {
      throw InvalidHubKey("it is no line like `ssh-ed25519 AAAA… name`")
    }
    guard Self.kinds.contains(words[0]) else {
      throw InvalidHubKey(
        words[0].hasPrefix("-")
          ? "it is a private key; give the .pub file"
          : "it begins with \(words[0].debugDescription), which is no kind of public ssh key")
    }
    // The key's own first field is its kind once more, after its length in four bytes (RFC 4253).
    let isBase64 = words[1].utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        || [43, 47, 61].contains($0)
    }
    guard isBase64, words[1].hasPrefix("AAAA"), words[1].utf8.count % 4 == 0,
      words[1].utf8.count >= 68
    else { throw InvalidHubKey("its base64 was cut short or spoilt") }
    self.writer = writer
    kind = words[0]
    base64 = words[1]
    comment = words.dropFirst(2).joined(separator: " ").filter { $0.isASCII && !$0.isNewline }
  }

  private static let kinds: Set<String> = [
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
  ]

  /// The line that lets the key use git's two services on the hub at `path`, an absolute path on
  /// its host, and nothing else there: no shell, no forwarding, no terminal.
  /// - Throws: `InvalidHubKey` for a path that sshd could misread.
  package func line(hubPath path: String) throws(InvalidHubKey) -> String {
    let isPlain = path.utf8.allSatisfy { $0 >= 32 && $0 != 127 && $0 != 34 && $0 != 92 }
    guard path.hasPrefix("/"), isPlain else {
      throw InvalidHubKey(
        "the hub's path \(path.debugDescription) has quotes or control characters")
    }
    let words = [kind, base64, comment].filter { !$0.isEmpty }.joined(separator: " ")
    return Self.prefix(hubPath: path) + "\(HubTemplate.quoted(writer.description))\" \(words)"
  }

  /// Reads a line that `line(hubPath:)` has made for this hub; nil for any other.
  package init?(line: String, hubPath path: String) {
    let prefix = Self.prefix(hubPath: path)
    guard line.hasPrefix(prefix) else { return nil }
    let rest = line.dropFirst(prefix.count)
    guard let end = rest.firstRange(of: "\" "), rest.hasPrefix("'"),
      rest[..<end.lowerBound].hasSuffix("'"),
      let writer = Writer(String(rest[..<end.lowerBound].dropFirst().dropLast())),
      let key = try? HubKey(String(rest[end.upperBound...]), for: writer)
    else { return nil }
    self = key
  }

  private static func prefix(hubPath path: String) -> String {
    "restrict,command=\"\(HubTemplate.quoted("\(path)/serve")) "
  }
}

/// Why a text is no key that a hub could take.
package struct InvalidHubKey: Error, Hashable, Sendable, CustomStringConvertible {
  /// The reason, for a person.
  package let description: String

  /// A reason.
  package init(_ reason: String) { description = reason }
}
