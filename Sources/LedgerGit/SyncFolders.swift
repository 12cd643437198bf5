#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Makes new names in folders durable, which git and libgit2 leave out.
func syncFolders(_ paths: [String]) throws {
  for path in paths {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw GitError(
        call: "open", code: errno, message: "\(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw GitError(
        call: "fsync", code: errno, message: "\(path): \(String(cString: strerror(errno)))")
    }
  }
}
