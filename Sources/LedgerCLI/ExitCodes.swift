import LedgerWorkflows

/// The exit statuses of `cli.md`, in one table.
enum ExitCodes {
  static let failed: Int32 = 1
  static let differs: Int32 = 2
  static let waits: Int32 = 3
  static let locked: Int32 = 4
  static let unreachable: Int32 = 5
  static let unreadable: Int32 = 6
  static let unhealthy: Int32 = 7
  static let usage: Int32 = 64

  /// The status of an error.
  static func status(of code: WorkflowError.Code) -> Int32 {
    switch code {
    case .usage: usage
    case .locked: locked
    case .unreachable: unreachable
    case .unhealthy: unhealthy
    case .noLocation, .notALedger, .alreadyThere, .newerFormat, .hub, .hubRewound, .twoWriters,
      .state, .notFound, .blocked:
      failed
    }
  }
}
