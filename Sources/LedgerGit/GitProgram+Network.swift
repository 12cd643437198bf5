package import LedgerCore

/// What a fetch found.
package enum FetchResult: Sendable, Equatable {
  /// All streams are as new as the hub's.
  case done
  /// The hub lost or rewrote history of these refs; nothing of theirs was taken.
  case rewound([String])
}

extension GitProgram {
  /// Makes a bare clone of a hub, with the settings that a location's clone has.
  ///
  /// - Throws: `GitProgramError`; then nothing is left at `path`.
  package func clone(hub: String, into path: String) async throws {
    let made = try await run(
      ["init", "--quiet", "--bare", "--initial-branch=main", "--template=", "--", path],
      repository: nil)
    try check(made, "git init")
    let settings = [
      ("remote.hub.url", hub), ("remote.hub.fetch", "refs/heads/*:refs/remotes/hub/*"),
      ("remote.hub.tagOpt", "--no-tags"), ("core.fsync", "all"), ("gc.auto", "0"),
      ("transfer.fsckObjects", "true"), ("core.logAllRefUpdates", "false"),
    ]
    for (key, value) in settings {
      try check(try await run(["config", key, value], repository: path), "git config")
    }
    let seen = "+refs/ledger/seen/*:refs/ledger/seen/*"
    try check(
      try await run(["config", "--add", "remote.hub.fetch", seen], repository: path), "git config")
    try check(try await run(["fetch", "--quiet", "hub"], repository: path), "git fetch")
  }

  /// Fetches every stream from the hub in one connection. The refspecs are not forced: a hub that
  /// lost or rewrote history is reported, never followed.
  ///
  /// - Throws: `GitProgramError` where the hub can't be reached or refuses.
  package func fetch(_ repository: String) async throws -> FetchResult {
    let output = try await run(["fetch", "--quiet", "--no-auto-gc", "hub"], repository: repository)
    if output.status == 0 { return .done }
    do {
      try check(output, "git fetch")
    } catch let error as GitProgramError where error.kind == .refused {
      let rewound = try await rewoundRefs(repository)
      if rewound.isEmpty { throw error }
      return .rewound(rewound)
    }
    return .done
  }

  private func rewoundRefs(_ path: String) async throws -> [String] {
    let output = try await run(["ls-remote", "--heads", "hub"], repository: path)
    try check(output, "git ls-remote")
    let theirs = GitOutput.refs(lsRemote: output.output)
    let repository = try LedgerRepository(path: path)
    var rewound: [String] = []
    for (name, id) in try repository.refs() where name.hasPrefix("refs/remotes/hub/") {
      let ref = "refs/heads/" + name.dropFirst("refs/remotes/hub/".count)
      guard let other = theirs[ref] else {
        rewound.append(ref)
        continue
      }
      let hasOther = (try? repository.parents(of: other)) != nil
      if try hasOther ? !repository.contains(id, in: other) : true { rewound.append(ref) }
    }
    return rewound
  }

  /// Pushes the own stream, `main` and the own `seen` in one connection; a refused `main` never
  /// takes the stream down with it.
  ///
  /// - Throws: `GitProgramError` where the hub can't be reached.
  package func push(
    _ repository: String, stream: LocationID, main: Bool, seen: Bool
  ) async throws -> [PushResult] {
    var refspecs = ["refs/heads/\(stream.name):refs/heads/\(stream.name)"]
    if main { refspecs.append("refs/heads/main:refs/heads/main") }
    if seen {
      refspecs.append("+refs/ledger/seen/\(stream.name):refs/ledger/seen/\(stream.name)")
    }
    let output = try await run(
      ["push", "--porcelain", "--no-verify", "hub"] + refspecs, repository: repository)
    let results = GitOutput.pushResults(porcelain: output.output)
    if results.isEmpty { try check(output, "git push") }
    return results.map { result in
      guard !result.isAccepted else { return result }
      // The hook's own line says more than git's summary.
      let lines = output.error.split(separator: "\n").filter { $0.contains("ledger: ") }
      let said = lines.map { $0.drop { $0 != "l" } }.joined(separator: "; ")
      return PushResult(
        ref: result.ref, isAccepted: false,
        summary: said.isEmpty ? result.summary : "\(result.summary): \(said)")
    }
  }
}
