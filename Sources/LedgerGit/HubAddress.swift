/// Where a hub is: a folder of this machine, or one that ssh reaches.
package struct HubAddress: Hashable, Sendable, CustomStringConvertible {
  /// Which of the two.
  package enum Place: Hashable, Sendable {
    /// An absolute path on this machine.
    case local(path: String)
    /// `host` is what ssh is given (`user@host` or `host`); the path is absolute, begins with
    /// `~`, or counts from the home folder there.
    case ssh(host: String, port: Int?, path: String)
  }

  /// Which of the two.
  package let place: Place
  /// The address as git takes it.
  package let text: String

  /// Whether it is a folder of this machine.
  package var isLocal: Bool {
    if case .local = place { true } else { false }
  }

  /// The address as git takes it.
  package var description: String { text }

  /// Parses a path, `user@host:path` or `ssh://user@host:port/path`, by git's own rules: what has
  /// a colon before its first slash names a host. A relative path counts from `folder`, which is
  /// absolute.
  /// - Throws: `InvalidHubAddress`, with a reason for a person.
  package init(_ text: String, relativeTo folder: String) throws(InvalidHubAddress) {
    func refuse(_ reason: String) -> InvalidHubAddress {
      InvalidHubAddress(text: text, reason: reason)
    }
    guard !text.isEmpty else { throw refuse("it is empty") }
    // ssh and git would take it for an option.
    guard !text.hasPrefix("-") else { throw refuse("it begins with `-`") }
    guard !text.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
      throw refuse("it has a control character")
    }
    if let scheme = text.range(of: "://") {
      guard text[..<scheme.lowerBound] == "ssh" else {
        throw refuse("only ssh:// is known, besides `user@host:path` and a folder's path")
      }
      let parts = text[scheme.upperBound...].split(
        separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[1].isEmpty else { throw refuse("it names no folder") }
      let (host, port) = try Self.hostAndPort(parts[0], refuse)
      let path = parts[1].hasPrefix("~") ? String(parts[1]) : "/" + parts[1]
      self.init(place: .ssh(host: host, port: port, path: path), text: text)
    } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
      let path = String(text[text.index(after: colon)...])
      guard !path.isEmpty else { throw refuse("it names no folder") }
      let (host, _) = try Self.hostAndPort(text[..<colon], refuse)
      self.init(place: .ssh(host: host, port: nil, path: path), text: text)
    } else {
      var path = text.hasPrefix("/") ? text : "\(folder)/\(text)"
      while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
      self.init(place: .local(path: path), text: path)
    }
  }

  private init(place: Place, text: String) {
    self.place = place
    self.text = text
  }

  private static func hostAndPort(
    _ text: Substring, _ refuse: (String) -> InvalidHubAddress
  ) throws(InvalidHubAddress) -> (String, Int?) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let host = String(parts.first ?? "")
    let bare = host.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    guard !bare.isEmpty, !bare.hasPrefix("-"), !host.hasPrefix("-"), !host.hasPrefix("@") else {
      throw refuse("it names no host")
    }
    guard !host.contains(" "), !host.contains("[") else { throw refuse("its host is no name") }
    guard parts.count == 2 else { return (host, nil) }
    guard let port = Int(parts[1]), (1...65_535).contains(port) else {
      throw refuse("its port is no number from 1 to 65535")
    }
    return (host, port)
  }
}

/// An address that names no hub.
package struct InvalidHubAddress: Error, Hashable, Sendable, CustomStringConvertible {
  /// The address.
  package let text: String
  /// Why not.
  package let reason: String

  /// Both.
  package var description: String { "`\(text)` is no address of a hub: \(reason)" }
}

extension String {
  /// The first place of `text`, without Foundation.
  fileprivate func range(of text: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) {
        return start..<index(start, offsetBy: text.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
