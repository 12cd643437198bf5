#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A system call of the test kit that failed.
package struct TestKitError: Error, CustomStringConvertible {
  /// What failed.
  package let description: String

  /// An error in words.
  package init(_ description: String) { self.description = description }
}

/// Gives `body` a new empty folder with no link in its path, and removes it afterwards.
/// - Throws: what `body` throws.
package func withTemporaryFolder<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
  let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var template = Array("\(base)/ledger-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
    throw TestKitError("no temporary folder in \(base)")
  }
  defer { free(real) }
  let folder = String(cString: real)
  let result: Result
  do { result = try await body(folder) } catch {
    // What went wrong in the test is worth more than what is left of it.
    do { try removeTree(folder) } catch { print(error) }
    throw error
  }
  try removeTree(folder)
  return result
}

// Names are bytes here: some tests make names that are not UTF-8.
private func removeTree(_ path: String) throws { try removeTree(Array(path.utf8CString)) }

private func removeTree(_ path: [CChar]) throws {
  var status = stat()
  guard lstat(path, &status) == 0 else { return }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    _ = unlink(path)
    return
  }
  _ = chmod(path, 0o700)
  if let stream = opendir(path) {
    var names: [[CChar]] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) {
          $0.prefix { $0 != 0 }.map(CChar.init(bitPattern:))
        })
    }
    closedir(stream)
    let dot = CChar(UInt8(ascii: "."))
    for name in names where name != [dot] && name != [dot, dot] {
      try removeTree(path.dropLast() + [CChar(UInt8(ascii: "/"))] + name + [0])
    }
  }
  guard rmdir(path) == 0 else {
    let name = String(decoding: path.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    throw TestKitError("\(name) can't be removed")
  }
}
