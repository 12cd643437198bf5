/// Where a hub is: a path on this machine, or a host and a path there.
package enum HubAddress: Hashable, Sendable {
  /// An absolute path.
  case local(String)
  /// `user@host:path` or `ssh://user@host:port/path`, as it was given.
  case ssh(text: String, host: String, port: Int?, path: String)

  /// Parses an address; nil for what git or ssh could take for an option, or for no address at all.
  ///
  /// - Parameter folder: where a relative path starts.
  package init?(_ text: String, in folder: String) {
    guard !text.isEmpty, !text.hasPrefix("-"), !text.utf8.contains(0) else { return nil }
    if text.hasPrefix("ssh://") {
      let rest = text.dropFirst(6)
      guard let slash = rest.firstIndex(of: "/") else { return nil }
      var host = String(rest[..<slash])
      var port: Int?
      if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
        guard let number = Int(host[host.index(after: colon)...]) else { return nil }
        port = number
        host = String(host[..<colon])
      }
      let path = String(rest[slash...])
      guard !host.isEmpty, !host.hasPrefix("-"), path.count > 1 else { return nil }
      self = .ssh(text: text, host: host, port: port, path: path)
      return
    }
    if text.hasPrefix("file://") {
      self = .local(String(text.dropFirst(7)))
      return
    }
    guard !text.contains("://") else { return nil }
    let slash = text.firstIndex(of: "/") ?? text.endIndex
    if let colon = text.firstIndex(of: ":"), colon < slash {
      let host = String(text[..<colon])
      let path = String(text[text.index(after: colon)...])
      guard !host.isEmpty, !path.isEmpty else { return nil }
      self = .ssh(text: text, host: host, port: nil, path: path)
      return
    }
    self = .local(text.hasPrefix("/") ? text : "\(folder)/\(text)")
  }

  /// The address as git takes it.
  package var url: String {
    switch self {
    case .local(let path): path
    case .ssh(let text, _, _, _): text
    }
  }
}
