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
///
/// It waits at `Gate.programs` first: what works in a folder is what starts programs.
/// - Throws: what `body` throws.
package func withTemporaryFolder<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
  try await Gate.programs.pass { try await inTemporaryFolder(body) }
}

private func inTemporaryFolder<Result>(
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
    do { try remove(Array(folder.utf8CString), in: AT_FDCWD) } catch { print(error) }
    throw error
  }
  try remove(Array(folder.utf8CString), in: AT_FDCWD)
  return result
}

// By descriptors and by the bytes of names, so that no path is too long and no name too strange.
private func remove(_ name: [CChar], in folder: Int32) throws {
  if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return }
  _ = fchmodat(folder, name, 0o700, 0)
  let descriptor = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  guard descriptor >= 0, let stream = fdopendir(descriptor) else { throw cannotRemove(name) }
  defer { closedir(stream) }
  var names: [[CChar]] = []
  while let entry = readdir(stream) {
    names.append(
      withUnsafeBytes(of: &entry.pointee.d_name) {
        $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      })
  }
  for name in names where name != [46, 0] && name != [46, 46, 0] {
    try remove(name, in: descriptor)
  }
  guard unlinkat(folder, name, AT_REMOVEDIR) == 0 else { throw cannotRemove(name) }
}

private func cannotRemove(_ name: [CChar]) -> TestKitError {
  let name = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return TestKitError("\(name) can't be removed: \(String(cString: strerror(errno)))")
}
