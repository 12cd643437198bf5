import LedgerCore
package import LedgerFormat
import LedgerGit

/// Makes a hub.
package enum InitWorkflow {
  /// Makes a bare hub from the template at a path or over ssh.
  ///
  /// - Parameters:
  ///   - name: the ledger's name for people; the hub's own name without `.git` by default.
  ///   - folder: where a relative path starts.
  /// - Returns: what the ledger is.
  /// - Throws: `WorkflowError`; then nothing was made.
  package static func run(
    hub text: String, name: String?, folder: String, environment: [String: String],
    in outside: Surroundings
  ) async throws -> LedgerDescription {
    let hub = try address(text, folder)
    let now = outside.clock.now()
    let last = text.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init)
    let plain = last.map { $0.hasSuffix(".git") ? String($0.dropLast(4)) : $0 }
    let description = LedgerDescription(
      id: randomID(), name: name ?? plain ?? "ledger", created: now)
    do {
      _ = try await HubTemplate.create(
        at: hub, ledgerJSON: description.encoded,
        author: CommitAuthor(name: "ledger", email: "ledger@ledger", at: now),
        environment: GitEnvironment(cleaning: environment))
    } catch let problem as HubProblem {
      throw WorkflowError(
        problem.kind == .isLedger ? .alreadyThere : .hub,
        "No hub was made: \(problem). Nothing was changed.",
        hint: problem.kind == .isLedger
          ? "Make a folder a location of it with ledger join \(text) --as NAME."
          : "Name a folder that does not exist yet.")
    }
    return description
  }

  /// Parses a hub's address.
  static func address(_ text: String, _ folder: String) throws -> HubAddress {
    do {
      return try HubAddress(text, relativeTo: folder)
    } catch {
      throw WorkflowError(
        .usage, "\(error). Nothing was done.",
        hint: "Give a path, user@host:path or ssh://user@host/path.")
    }
  }

  // A UUID of version 4 (RFC 9562).
  private static func randomID() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return [hex[0..<4], hex[4..<6], hex[6..<8], hex[8..<10], hex[10..<16]]
      .map { $0.joined() }.joined(separator: "-")
  }
}
