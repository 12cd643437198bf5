import CLibgit2

/// A call of libgit2 that failed, with its own words.
package struct GitError: Error, Sendable, CustomStringConvertible {
  /// The function that failed.
  package let call: String
  /// Its result.
  package let code: Int32
  /// What libgit2 says about it.
  package let message: String

  /// An error that this program found itself.
  package init(call: String, code: Int32 = 0, message: String) {
    self.call = call
    self.code = code
    self.message = message
  }

  /// `git_commit_lookup: object not found`.
  package var description: String { "\(call): \(message)" }

  /// Throws unless `code` says that the call went well.
  static func check(_ code: Int32, _ call: String) throws {
    guard code < 0 else { return }
    let message = git_error_last().map { error in
      error.pointee.message.map { String(cString: $0) } ?? "unknown"
    }
    throw GitError(call: call, code: code, message: message ?? "error \(code)")
  }
}
