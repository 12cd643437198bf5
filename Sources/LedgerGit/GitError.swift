internal import CLibgit2

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A call of libgit2 that failed.
package struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The call or the step, as libgit2 names it: `git_reference_create_matching`.
  package let call: String
  /// libgit2's code, negative; -1 for what this program found wrong itself.
  package let code: Int32
  /// libgit2's own words, and what they were about.
  package let message: String

  /// An error from its parts.
  package init(call: String, code: Int32 = -1, message: String) {
    self.call = call
    self.code = code
    self.message = message
  }

  /// What went wrong with a file beside libgit2. Its number is -1, as libgit2 has it for files.
  init(_ error: FileError) {
    self.init(call: error.call, message: error.description)
  }

  /// Whether another process moved the ref first: nothing was changed by this call.
  package var isConcurrentChange: Bool {
    code == GIT_EMODIFIED.rawValue || code == GIT_ELOCKED.rawValue || code == GIT_EEXISTS.rawValue
  }

  /// What the system said about the disk: that it is full, read-only or failing; nil for all else.
  ///
  /// libgit2 gives the system's words alone, as in `failed to write to '…': No space left on device`.
  package var diskTrouble: Int32? {
    if message.hasSuffix(Self.unkept) { return ENOSPC }
    return [ENOSPC, EDQUOT, EROFS, EIO].first { message.hasSuffix(String(cString: strerror($0))) }
  }

  /// Ends the words about what libgit2 says that it wrote and is not there.
  static let unkept = "is not on the disk after it was written, as happens on a full disk"

  /// The call, its code and the words.
  package var description: String { "\(call) (\(code)): \(message)" }

  /// Throws when `code` is negative, with libgit2's words about `subject`.
  static func check(
    _ code: Int32, _ call: String, _ subject: @autoclosure () -> String = ""
  ) throws(GitError) {
    guard code < 0 else { return }
    let words = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) }
    let message = [subject(), words ?? "no further words"].filter { !$0.isEmpty }
    throw GitError(call: call, code: code, message: message.joined(separator: ": "))
  }
}

/// A run of `git` or `ssh` that failed, in that program's own words.
package struct GitProgramError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What stood in the way.
  package enum Kind: Hashable, Sendable {
    /// The hub did not answer, or the connection broke: try again later.
    case unreachable
    /// The hub answered and refused.
    case rejected
    /// The hub answered and could not write what was pushed, as where its disk is full.
    case unwritable
    /// There is no git program, or it is too old.
    case unusable
    /// Anything else.
    case other
  }

  /// The program and its arguments.
  package let arguments: [String]
  /// The exit status; 128 and more plus the signal's number when a signal ended it; -1 when the
  /// program did not start.
  package let exitStatus: Int32
  /// The program's standard error, with no line break at the end.
  package let words: String
  /// What stood in the way.
  package let kind: Kind

  /// An error from its parts.
  package init(arguments: [String], exitStatus: Int32, words: String, kind: Kind) {
    self.arguments = arguments
    self.exitStatus = exitStatus
    self.words = words
    self.kind = kind
  }

  /// Whether git says that it could not write; it often leaves out why, which is mostly a full disk.
  package var isAboutWriting: Bool {
    [
      "No space left", "Read-only file system", "write error", "couldn't write", "unable to write",
      "unable to create", "unable to update local ref",
    ].contains { part in
      let (text, part) = (Array(words.utf8), Array(part.utf8))
      return text.indices.contains { text[$0...].starts(with: part) }
    }
  }

  /// The words in one line, without the prefixes and the general advice of git and ssh.
  package var brief: String {
    let lines = description.split(whereSeparator: \.isNewline).map(Self.unframed)
    let told = lines.filter { line in
      !line.isEmpty && !Self.advice.contains { line.hasPrefix($0) }
    }
    let text = (told.isEmpty ? lines : told).joined(separator: "; ")
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  // How these lines begin, once they are without prefixes.
  private static let advice = [
    "Please make sure you have the correct access rights", "and the repository exists.",
    "Could not read from remote repository.", "failed to push some refs to ",
    // What follows on a file that is locked.
    "Another git process seems to be running", "an editor opened by 'git commit'",
    "are terminated then try again", "may have crashed in this repository earlier",
    "remove the file manually to continue",
  ]

  // Without `remote: error: ` and the spaces behind it, and without the frame of @ that ssh draws.
  private static func unframed(_ line: Substring) -> String {
    var line = line
    for prefix in ["remote:", " ", "fatal: ", "error: "] where line.hasPrefix(prefix) {
      line = line.dropFirst(prefix.utf8.count)
    }
    let frame: Set<Character> = line.hasPrefix("@") ? ["@", " "] : [" "]
    while let last = line.last, frame.contains(last) { line.removeLast() }
    while let first = line.first, frame.contains(first) { line.removeFirst() }
    return String(line)
  }

  /// The words, or the exit status when there are none.
  package var description: String {
    words.isEmpty
      ? "`\(arguments.joined(separator: " "))` ended with exit status \(exitStatus)" : words
  }
}
