/// Something odd that a person should see; work goes on.
package struct Problem: Hashable, Sendable, Comparable {
  /// What kinds of problem a replay can find.
  package enum Kind: String, Hashable, Sendable {
    /// A batch that can't be read or contradicts itself; its events do not count.
    case malformed
    /// A batch that waits for events that this clone lacks.
    case waiting
    /// An event of a type that this version doesn't know.
    case unknownType
    /// A setting whose value makes no sense; the most careful reading of it stands.
    case settings
  }

  /// What kind it is.
  package let kind: Kind
  /// What it is about: a batch file with its line, or an event.
  package let subject: String
  /// What is wrong, for people.
  package let detail: String

  /// A problem.
  package init(kind: Kind, subject: String, detail: String) {
    self.kind = kind
    self.subject = subject
    self.detail = detail
  }

  /// By subject, then by detail.
  package static func < (left: Problem, right: Problem) -> Bool {
    (left.subject, left.detail) < (right.subject, right.detail)
  }
}
