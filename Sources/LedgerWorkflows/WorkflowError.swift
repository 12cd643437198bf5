/// Why a command can't go on. `LedgerCLI` renders it; each says what did not change and what to run.
package struct WorkflowError: Error, Sendable {
  /// What kinds there are; the exit status follows from it.
  package enum Code: String, Sendable {
    case usage
    case noLocation = "no-location"
    case notALedger = "not-a-ledger"
    case alreadyThere = "exists"
    case newerFormat = "newer-format"
    case hub
    case hubRewound = "hub-rewound"
    case locked, unhealthy
    case twoWriters = "two-writers"
    case state
    case notFound = "not-found"
    case unreachable, blocked
  }

  /// What kind it is.
  package let code: Code
  /// What happened, to what, and what did not change: full sentences.
  package let message: String
  /// What to run or do next; may be empty.
  package let hint: String

  /// An error.
  package init(_ code: Code, _ message: String, hint: String = "") {
    self.code = code
    self.message = message
    self.hint = hint
  }
}
