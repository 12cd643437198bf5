#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension FolderStorage {
  /// Whether a file has a further name on its disk, so that to remove this one frees nothing.
  package func isLinked(_ path: [UInt8]) -> Bool {
    let (folderPath, name) = split(path)
    let status = try? descriptor.folder(folderPath).status(ofName: name)
    return status.map { $0.st_nlink > 1 } ?? false
  }
}
