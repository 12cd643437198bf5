#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension FolderStorage {
  /// How many bytes anybody may still write to the root's file system.
  ///
  /// - Throws: `StorageError`.
  package func freeBytes() throws -> Int64 {
    var status = statvfs()
    guard fstatvfs(descriptor.number, &status) == 0 else {
      throw StorageError("statvfs", Array(root.utf8))
    }
    return Int64(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(
        by: UInt64(status.f_frsize)
      ).partialValue)
  }

  /// Whether a file has a further name on its disk, so that to remove this one frees nothing.
  package func isLinked(_ path: [UInt8]) -> Bool {
    let (folderPath, name) = split(path)
    let status = try? descriptor.folder(folderPath).status(ofName: name)
    return status.map { $0.st_nlink > 1 } ?? false
  }
}
