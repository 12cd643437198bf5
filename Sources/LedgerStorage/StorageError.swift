#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A system call on a storage that failed.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a verb: `open`, `rename` …
  package let operation: String
  /// On what.
  package let path: String
  /// The error's number.
  package let code: Int32

  /// An error, by default the one that the last call left.
  package init(_ operation: String, _ path: [UInt8], code: Int32 = errno) {
    self.operation = operation
    self.path = String(decoding: path, as: UTF8.self)
    self.code = code
  }

  /// The same with the folder that the path is in: `/home/me/Photos`.
  package func within(_ folder: String) -> StorageError {
    let whole = folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    return StorageError(operation, Array(whole.utf8), code: code)
  }

  /// The system's words for the error.
  package var text: String { String(cString: strerror(code)) }

  /// `open Photos/a.jpg: Permission denied`.
  package var description: String { "\(operation) \(path): \(text)" }
}
