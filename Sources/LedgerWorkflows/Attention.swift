package import LedgerCore

/// Something that a person should look at.
package struct Attention: Sendable, Hashable {
  /// The words of `cli.md`: `diverged`, `guard`, `unreadable` …
  package let reason: String
  /// The path as bytes; empty where it is about the whole location.
  package let path: [UInt8]
  /// What it is, and what to run.
  package let detail: String
  /// Whether something waits for a person's decision.
  package let waits: Bool

  /// Something to look at.
  package init(reason: String, path: [UInt8], detail: String, waits: Bool) {
    self.reason = reason
    self.path = path
    self.detail = detail
    self.waits = waits
  }
}

extension PathConflict {
  /// The conflict in words, with the command that decides it.
  package func attention(at path: LibraryPath) -> Attention {
    let place = location.map { " at \($0.name)" } ?? ""
    let id = deletion.map(\.description) ?? ""
    let detail =
      switch reason {
      case .diverged:
        "different contents are at different locations; keep one: ledger resolve PATH --keep LOCATION"
      case .editedAfterDelete:
        "edited\(place) while it was deleted elsewhere (\(id)); the edit is kept"
      case .deleteOfOlder:
        "an older version was deleted\(place) (\(id)) while a newer one is elsewhere; "
          + "decide: ledger approve \(id) or ledger reject \(id)"
      case .unseen:
        "the copy\(place) was not known when it was deleted (\(id)); it is kept; "
          + "decide: ledger approve \(id) or ledger reject \(id)"
      case .reappeared:
        needsDecision
          ? "came back\(place) after its deletion (\(id)) was known there; "
            + "decide: ledger approve \(id) or ledger restore PATH"
          : "came back\(place) after its deletion (\(id)), as copy scripts do; it is trashed again"
      case .damaged: "the copy\(place) is damaged"
      }
    return Attention(
      reason: reason.rawValue, path: path.bytes, detail: detail, waits: needsDecision)
  }
}
