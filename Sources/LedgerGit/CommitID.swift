import CLibgit2

/// The id of a commit or another object: 40 hexadecimal digits.
package struct CommitID: Hashable, Sendable, CustomStringConvertible {
  /// The digits, in lower case.
  package let hex: String

  /// Accepts 40 hexadecimal digits in lower case, else nil.
  package init?(_ hex: String) {
    guard hex.utf8.count == 40,
      hex.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) })
    else { return nil }
    self.hex = hex
  }

  init(_ oid: git_oid) {
    var oid = oid
    var buffer = [CChar](repeating: 0, count: 41)
    git_oid_tostr(&buffer, 41, &oid)
    hex = String(decoding: buffer.prefix(40).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The digits.
  package var description: String { hex }

  func oid() throws -> git_oid {
    var oid = git_oid()
    try GitError.check(git_oid_fromstr(&oid, hex), "git_oid_fromstr")
    return oid
  }
}
