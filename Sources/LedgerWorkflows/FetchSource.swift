import LedgerCache
import LedgerCore
import LedgerGit
import LedgerStorage

/// How much of a network and of other places a fetch may take.
package struct FetchLimits: Sendable, Equatable {
  /// Bytes in a second; nil for no limit.
  package var bytesPerSecond: Int64?
  /// Files at once, where the transport can.
  package var transferCount: Int?

  /// No limit.
  package init() {}
}

/// How the files of another location are reached from here.
enum FetchSource {
  /// A folder of this machine, with its map.
  case folder(FolderStorage)
  /// A folder that ssh reaches, through rsync.
  case ssh(host: String, path: String, map: PathMap)
  /// An rclone remote and the folder in it, as rclone takes it.
  case rclone(String, map: PathMap)

  /// Why files did not come from a source.
  enum Trouble {
    /// The source itself, in its program's words.
    case source(String)
    /// This side's disk.
    case disk(StorageError)
  }
}

extension OpenLocation {
  /// How a location's files are reached: by its setting `address`, or else, where it is one of this
  /// machine, by its folder. Or why not.
  func fetchSource(of other: LocationID) throws -> (source: FetchSource?, words: String) {
    let settings = try cache.context().settings
    let map = settings.map(of: other)
    switch settings[other].address.flatMap({ FetchAddress($0) }) {
    case .folder(let path): return folderSource(path, map)
    case .ssh(let host, let path):
      return (.ssh(host: host, path: path, map: map), "\(host):\(path)")
    case .rclone(let remote, let path):
      return (.rclone("\(remote):\(path)", map: map), "\(remote):\(path)")
    case nil: break
    }
    let joined = Registry.joined(in: outside).first {
      $0.ledger == file.ledger && $0.location == other
    }
    guard let joined else {
      return (
        nil,
        "it is on another machine and has no address here; give one with ledger location set "
          + "\(other) address user@host:/path (or rclone:remote:path, or a folder)"
      )
    }
    guard StateFolder.exists("\(joined.root)/.ledger/\(other).json") else {
      return (nil, "\(joined.root) has no marker of it; mount its disk")
    }
    switch joined.place {
    // By what it goes by itself, also where it has not taken up another map yet.
    case .folder: return folderSource(joined.root, joined.map)
    case .rclone(let remote): return (.rclone(remote, map: joined.map), remote)
    case .listing, .command: return (nil, "nothing can be fetched from \(joined.place.text)")
    }
  }

  private func folderSource(
    _ path: String, _ map: PathMap
  ) -> (source: FetchSource?, words: String) {
    do {
      var folder = try FolderStorage(root: path, location: FolderStorage.nobody)
      folder.map = map
      return (.folder(folder), path)
    } catch {
      return (nil, "\(error)")
    }
  }

  /// Brings files to where fetched ones wait.
  ///
  /// - Parameter meanwhile: called now and then.
  /// - Returns: what went wrong with all of them; a file that did not come is only not there.
  func bring(
    _ paths: [LibraryPath], from source: FetchSource, into home: FolderStorage,
    _ limits: FetchLimits,
    _ pace: inout Pace, meanwhile: () -> Void
  ) -> FetchSource.Trouble? {
    do {
      switch source {
      case .folder(let folder):
        for path in paths {
          _ = try home.copyHere(path, from: folder, &pace)
          meanwhile()
        }
        return nil
      case .ssh(let host, let path, let map):
        return try runSync(
          paths.map { Self.syncName($0, map) }, host, path, home, limits, meanwhile)
      case .rclone(let remote, let map):
        let groups = Dictionary(grouping: paths) { map.folder(of: $0) }
        var trouble: FetchSource.Trouble?
        for (folder, group) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
          let found = try runClone(group, Self.below(remote, folder), home, limits, meanwhile)
          trouble = trouble ?? found
        }
        return trouble
      }
    } catch let error as StorageError {
      return .disk(error)
    } catch {
      return .source("\(error)")
    }
  }

  // A name there; what stands before `/./` is no part of the name that it comes under.
  private static func syncName(_ path: LibraryPath, _ map: PathMap) -> [UInt8] {
    let folder = map.folder(of: path)
    return folder.isEmpty ? path.bytes : folder + Array("/./".utf8) + path.bytes
  }

  private static func below(_ remote: String, _ folder: [UInt8]) -> String {
    guard !folder.isEmpty else { return remote }
    let start = remote.hasSuffix(":") || remote.hasSuffix("/") ? remote : remote + "/"
    return start + String(decoding: folder, as: UTF8.self)
  }

  // One connection brings all; what was cut short goes on where it was.
  private func runSync(
    _ names: [[UInt8]], _ host: String, _ path: String, _ home: FolderStorage,
    _ limits: FetchLimits, _ meanwhile: () -> Void
  ) throws -> FetchSource.Trouble? {
    let folder = try home.makeFetchFolder()
    let list = try home.writeFetchList(Array(names.joined(separator: [0])), "list")
    // Nothing expands `~` there, and a relative path counts from the home folder.
    let place = path == "~" ? "." : path.hasPrefix("~/") ? String(path.dropFirst(2)) : path
    let variables = git.environment.variables
    let shell =
      variables["RSYNC_RSH"] ?? variables["GIT_SSH_COMMAND"]
      ?? "ssh -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
    var arguments = [
      "rsync", "--times", "--omit-dir-times", "--inplace", "--partial", "--protect-args",
      "--no-implied-dirs", "--timeout=120", "--from0", "--files-from=\(list)", "-e", shell,
    ]
    if let rate = limits.bytesPerSecond { arguments.append("--bwlimit=\(max(1, rate / 1_024))") }
    arguments += ["--", "\(host):\(place.hasSuffix("/") ? place : place + "/")", "\(folder)/"]
    let end = try runFetch(arguments, home, meanwhile)
    // 23 and 24: some files are not there, or not readable; the others came.
    return end.status == 0 || end.status == 23 || end.status == 24
      ? nil : .source(words(end, "rsync"))
  }

  private func runClone(
    _ paths: [LibraryPath], _ remote: String, _ home: FolderStorage, _ limits: FetchLimits,
    _ meanwhile: () -> Void
  ) throws -> FetchSource.Trouble? {
    let folder = try home.makeFetchFolder()
    let newline = UInt8(ascii: "\n")
    func isLine(_ path: LibraryPath) -> Bool {
      !path.bytes.contains(newline) && !path.bytes.contains(UInt8(ascii: "\r"))
    }
    let listed = paths.filter(isLine)
    var options = [
      "--multi-thread-streams", "0", "--contimeout", "30s", "--timeout", "2m", "--retries", "2",
    ]
    if let rate = limits.bytesPerSecond { options += ["--bwlimit", "\(rate)B"] }
    if let count = limits.transferCount { options += ["--transfers", "\(max(1, count))"] }
    var trouble: FetchSource.Trouble?
    if !listed.isEmpty {
      let lines = listed.map(\.bytes).joined(separator: [newline])
      let list = try home.writeFetchList(Array(lines) + [newline], "list")
      let end = try runFetch(
        ["rclone", "copy", "--files-from-raw", list, "--no-traverse"] + options
          + ["--", remote, folder], home, meanwhile)
      if end.status != 0 { trouble = .source(words(end, "rclone")) }
    }
    for path in paths where !isLine(path) {
      let name = String(decoding: path.bytes, as: UTF8.self)
      let from = remote.hasSuffix(":") || remote.hasSuffix("/") ? remote : remote + "/"
      let end = try runFetch(
        ["rclone", "copyto"] + options + ["--", from + name, "\(folder)/\(name)"], home, meanwhile)
      if end.status != 0 { trouble = trouble ?? .source(words(end, "rclone")) }
    }
    return trouble
  }

  private func runFetch(
    _ arguments: [String], _ home: FolderStorage, _ meanwhile: () -> Void
  ) throws -> FetchProgram.End {
    let wordsFile = try home.writeFetchList([], "words")
    // What tells rclone where and who stays; what would change which files it copies does not.
    let kept = ["RCLONE_CONFIG", "RCLONE_PASSWORD_COMMAND", "RCLONE_TPSLIMIT", "RCLONE_CA_CERT"]
    let variables = git.environment.variables.filter { name, _ in
      !name.hasPrefix("RCLONE_") || kept.contains(where: name.hasPrefix)
    }
    return FetchProgram(arguments, environment: variables, held: git.held)
      .run(wordsFile: wordsFile, meanwhile: meanwhile)
  }

  private func words(_ end: FetchProgram.End, _ program: String) -> String {
    end.words.isEmpty ? "\(program) ended with \(end.status)" : end.words
  }
}
