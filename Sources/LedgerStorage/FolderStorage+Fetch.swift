import CLedgerSystem
package import LedgerCore
import LedgerFailurePoints

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a file that was brought here turned out to be.
package enum Fetched: Hashable, Sendable {
  /// The expected bytes, with all their digests.
  case whole(Content)
  /// It did not come, or not to its end.
  case absent
  /// Other bytes came; they are gone again.
  case wrong
  /// Why it can't be read.
  case blocked(String)
}

// Files that come from other locations wait in `.ledger/fetch/<location>/files`, under the paths that
// they are to have, on the library's file system and out of every scan's sight. What was cut short there
// is gone on with; nothing in it counts before all of its bytes were read and compared.
extension FolderStorage {
  private var fetchFolder: [UInt8] { Array(".ledger/fetch/\(location.name)/files".utf8) }

  /// The path of the folder where fetched files wait, made where it is missing.
  ///
  /// - Throws: `StorageError`.
  package func makeFetchFolder() throws -> String {
    _ = try descriptor.folder(making: fetchFolder)
    return "\(root)/\(text(fetchFolder))"
  }

  /// Writes what a program reads, as a list of files, beside those that wait.
  ///
  /// - Returns: its path.
  /// - Throws: `StorageError`.
  package func writeFetchList(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = ".ledger/fetch/\(location.name)/\(name)"
    try writeFile(path, bytes)
    return "\(root)/\(path)"
  }

  /// How many bytes of a file have come; nil where none has.
  package func fetchedBytes(_ path: LibraryPath) -> Int64? {
    let (folderPath, name) = split(staged(path))
    guard let folder = try? descriptor.folder(folderPath),
      let status = try? folder.status(ofName: name), status.isRegular
    else { return nil }
    return status.stamp.byteCount
  }

  /// How many bytes the root's file system has left for this user.
  package func freeBytes() -> Int64? {
    var status = statvfs()
    guard fstatvfs(descriptor.number, &status) == 0 else { return nil }
    return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }

  /// How many of them a fetch leaves to others: a half percent of all, 256 MiB at most.
  package func reserveBytes() -> Int64? {
    var status = statvfs()
    guard fstatvfs(descriptor.number, &status) == 0 else { return nil }
    let total = Int64(clamping: UInt64(status.f_blocks) * UInt64(status.f_frsize))
    return min(256 << 20, total / 200)
  }

  /// Reads all bytes of a file that has come and compares them; then it is on the disk, with its times.
  ///
  /// - Parameters:
  ///   - algorithms: further digests to compute.
  ///   - modified: its time of modification; nil for the one that it came with.
  package func checkFetched(
    _ path: LibraryPath, expecting content: Content, _ algorithms: [DigestAlgorithm],
    modified: FileTime?
  ) -> Fetched {
    let waiting = staged(path)
    do {
      let (folderPath, name) = split(waiting)
      let folder = try descriptor.folder(folderPath)
      guard let found = try folder.status(ofName: name), found.isRegular,
        found.stamp.byteCount >= content.byteCount
      else { return .absent }
      let file = try folder.opening(name, O_RDONLY | O_NONBLOCK)
      guard let there = try whole(file, expecting: content, algorithms, waiting) else {
        dropFetched(path)
        return .wrong
      }
      if let modified {
        let time = timespec(tv_sec: Int(modified.seconds), tv_nsec: Int(modified.nanoseconds))
        guard futimens(file.number, [time, time]) == 0 else {
          throw StorageError("set times of", waiting)
        }
      }
      try file.sync(path.bytes)
      return .whole(there)
    } catch let error as StorageError where error.code == ENOENT || error.code == ENOTDIR {
      return fetchedBytes(path) == nil ? .absent : .blocked("\(error)")
    } catch {
      return .blocked("\(error)")
    }
  }

  /// Gives a file that was checked its name, where that is free; where it is not, it is gone again.
  package func putFetched(_ path: LibraryPath) -> Outcome {
    do {
      let (folderPath, name) = split(staged(path))
      let folder = try descriptor.folder(folderPath)
      guard let before = try folder.status(ofName: name)?.stamp else { return .gone }
      let (targetPath, targetName) = split(map.place(of: path).bytes)
      let target = try descriptor.folder(making: targetPath)
      guard try rename(name, in: folder, to: targetName, in: target) else {
        dropFetched(path)
        return .occupied
      }
      try target.sync(path.bytes)
      guard let stamp = try target.status(ofName: targetName)?.stamp,
        stamp.inode == before.inode, stamp.byteCount == before.byteCount,
        stamp.modified == before.modified
      else { return .changed }
      return .done(stamp)
    } catch let error as StorageError where error.code == EXDEV {
      return .blocked("its folder is on another file system than .ledger")
    } catch let error as StorageError where error.code == ELOOP {
      return .blocked("a folder on the way is a symbolic link")
    } catch let error as StorageError where error.code == EOPNOTSUPP {
      return .blocked("this file system can only rename by replacing, which is never done")
    } catch {
      return .blocked("\(error)")
    }
  }

  /// Removes what has come of a file.
  package func dropFetched(_ path: LibraryPath) {
    let (folderPath, name) = split(staged(path))
    guard let folder = try? descriptor.folder(folderPath) else { return }
    _ = effect("drop what was fetched of \(path)") {
      withCString(name) { unlinkat(folder.number, $0, 0) }
    }
  }

  /// Removes what waits and nobody wants any more, and empty folders.
  ///
  /// - Parameter wanted: the paths that are still to come.
  package func tidyFetched(wanted: Set<LibraryPath>) {
    guard let folder = try? descriptor.folder(fetchFolder) else { return }
    tidy(folder, [], wanted)
  }

  private func tidy(_ folder: Descriptor, _ path: [UInt8], _ wanted: Set<LibraryPath>) {
    for listed in (try? list(folder, path)) ?? [] {
      let whole = path.isEmpty ? listed.name : path + [UInt8(ascii: "/")] + listed.name
      guard let status = try? folder.status(ofName: listed.name) else { continue }
      if status.isFolder {
        if let inner = try? folder.folder(listed.name) { tidy(inner, whole, wanted) }
        // Not where something is left in it.
        _ = withCString(listed.name) { unlinkat(folder.number, $0, AT_REMOVEDIR) }
      } else if LibraryPath(key: whole).map({ !wanted.contains($0) }) ?? true {
        _ = effect("drop \(text(whole)), which waited") {
          withCString(listed.name) { unlinkat(folder.number, $0, 0) }
        }
      }
    }
  }

  func staged(_ path: LibraryPath) -> [UInt8] {
    fetchFolder + [UInt8(ascii: "/")] + path.bytes
  }

  // The content with all its digests, if it is the expected one and nobody writes to it.
  private func whole(
    _ file: Descriptor, expecting content: Content, _ algorithms: [DigestAlgorithm],
    _ path: [UInt8]
  ) throws -> Content? {
    let before = try file.status(path).stamp
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let all = Set(algorithms).union(content.digests.map(\.algorithm)).sorted()
    let there = try self.content(of: file, path, all, &buffer)
    guard there.byteCount == content.byteCount, try file.status(path).stamp == before,
      content.digests.allSatisfy({ there.digests.contains($0) })
    else { return nil }
    return there
  }
}
