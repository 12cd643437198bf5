/// Why a line can't be read as what it should be.
package struct MalformedLine: Error, Hashable, Sendable {
  /// What is wrong, in a few words.
  package let reason: String

  /// A fault.
  package init(_ reason: String) { self.reason = reason }
}
