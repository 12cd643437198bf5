package import LedgerCore
internal import Synchronization

/// A location's files on an rclone remote. Its trash is `.ledger/trash/<location>/` there; what is known
/// of each entry is noted in the home before the file is moved, and beside it where the remote takes that.
package struct RcloneStorage: ListedStorage {
  /// The remote and the folder in it, as rclone takes it.
  package let remote: String
  var home: FolderStorage
  let rclone: RcloneProgram
  let location: LocationID
  /// The ledger's id.
  let ledger: String
  private let marker: [UInt8]
  /// What this run has found out.
  let asked = Asked()
  private var isForShow = false

  final class Asked: Sendable {
    let features = Mutex<RcloneFeatures?>(nil)
    /// Whether the remote took the text of each entry so far.
    let takesNames = Mutex(true)
  }

  /// The same remote for a run that may change nothing: what it lists is noted nowhere.
  package var forShow: RcloneStorage {
    var copy = self
    copy.isForShow = true
    return copy
  }

  /// A remote with its home.
  ///
  /// - Parameters:
  ///   - ledger: the ledger's id, which the text of each file in the trash tells.
  ///   - marker: the bytes of the marker that the remote must have.
  ///   - held: an open file that each rclone which moves something keeps open; nil for none.
  package init(
    remote: String, home: FolderStorage, ledger: String, marker: [UInt8],
    environment: [String: String], held: Int32?
  ) {
    self.remote = remote
    self.home = home
    self.ledger = ledger
    self.marker = marker
    location = home.location
    rclone = RcloneProgram(
      remote: remote, environment: environment, folder: home.root, held: held)
  }

  /// The marker's path on the remote.
  private var markerPath: String { ".ledger/\(location).json" }

  /// Where a trashed file is on the remote.
  func trashPath(_ entry: TrashEntry) -> [UInt8] {
    Array(".ledger/trash/\(location)/\(entry.id)/file".utf8)
  }

  /// What the remote can do; asked for once.
  func features() async throws -> RcloneFeatures {
    if let known = asked.features.withLock({ $0 }) { return known }
    let features = try await rclone.features()
    asked.features.withLock { $0 = features }
    return features
  }

  /// Puts the marker there, when it joins.
  ///
  /// - Throws: `PlaceError` where another ledger's is there, or it can't be written and read again.
  package func writeMarker() async throws {
    _ = try await rclone.version()
    if let there = try await rclone.readOwn(markerPath), !there.isEmpty, there != marker {
      throw PlaceError("\(rclone.address(markerPath)) is there already, and of another ledger")
    }
    try await rclone.writeOwn(markerPath, marker)
    guard try await rclone.readOwn(markerPath) == marker else {
      throw PlaceError("\(rclone.address(markerPath)) was written and can't be read again")
    }
    guard try await rclone.showsOwn(markerPath) else {
      throw PlaceError(
        "\(rclone.address(markerPath)) was written and is not listed: the server hides names that begin "
          + "with a dot (vsftpd shows them with force_dot_files=YES), and what is in the trash there "
          + "could not be seen")
    }
  }

  /// The digests that the remote keeps beside its files; none where each file is read.
  ///
  /// - Throws: `PlaceError`.
  package func keptDigests() async throws -> [DigestAlgorithm] {
    try await features().keptDigests
  }

  /// rclone moves files there.
  package var isByHand: Bool { false }

  /// The marker tells another account, another folder or one that was emptied.
  package func fault() async throws -> String? {
    do {
      _ = try await rclone.version()
      guard let there = try await rclone.readOwn(markerPath), !there.isEmpty else {
        return "\(remote) has no marker \(markerPath): is it the right account and folder?"
      }
      return there == marker ? nil : "\(remote) has the marker of another ledger: \(markerPath)"
    } catch let error as PlaceError {
      return error.description
    }
  }

  func list(_ found: (ListedFile) throws -> Void) async throws -> String? {
    let own = Array(markerPath.utf8)
    var isMarked = false
    var trash = ListedTrash(of: location)
    let trouble = try await rclone.list(try await features()) { file in
      if file.path == own { isMarked = true }
      trash.take(file.path)
      try found(file)
    }
    if trouble == nil, !isMarked {
      return "the listing of \(remote) lacks the marker \(markerPath), so it lacks other files too"
    }
    // Before anything is told: what was moved there and never recorded is no deletion.
    let untold = isForShow ? nil : try await adopt(trash.named)
    return trouble ?? untold
  }

  func readFiles(
    _ files: [ListedFile], _ algorithm: DigestAlgorithm, width: Int
  ) async throws -> [ReadFile] {
    do {
      return try await read(files, algorithm, width: width)
    } catch let error as PlaceError {
      return files.map { _ in .unreadable("\(error)") }
    }
  }

  private func read(
    _ files: [ListedFile], _ algorithm: DigestAlgorithm, width: Int
  ) async throws -> [ReadFile] {
    let paths = files.map(\.path).filter { RcloneProgram.isLine($0) }
    guard !paths.isEmpty else { return files.map { _ in Self.noLine } }
    let (digests, words) = try await rclone.hash(paths, algorithm, width: width)
    // What has the same size and time after it was read is what was listed.
    let after = try await rclone.look(at: paths, try await features())
    return files.map { file in
      guard RcloneProgram.isLine(file.path) else { return Self.noLine }
      guard let now = after[file.path], let size = file.byteCount, now.byteCount == size,
        now.modified == file.modified
      else { return .changed }
      guard let digest = digests[file.path] else {
        return .unreadable("rclone could not read it: \(words)")
      }
      return .content(Content(digest: digest, byteCount: size))
    }
  }

  private static let noLine = ReadFile.unreadable("its name has a line break; rename it")

  /// What is at some paths, and whether it is a content: by the digests that the remote keeps, or by one
  /// of the content's own, for which it is read. A remote may keep another kind of a copy that it made
  /// itself, as S3 does of what came in parts.
  func look(
    at paths: [[UInt8]], for content: Content
  ) async throws -> [[UInt8]: (file: ListedFile, isIt: Bool)] {
    let looked = try await rclone.look(at: paths, try await features())
    var found: [[UInt8]: (file: ListedFile, isIt: Bool)] = [:]
    var open: [ListedFile] = []
    for path in paths {
      guard let file = looked[path] else { continue }
      if file.byteCount == content.byteCount, !content.sharesAlgorithm(with: file.digests) {
        open.append(file)
      } else {
        found[path] = (file, file.content.map { content.isShown(by: $0) } ?? false)
      }
    }
    guard !open.isEmpty else { return found }
    let read = try await readFiles(open, content.digest.algorithm, width: 4)
    for (file, result) in zip(open, read) {
      switch result {
      case .content(let there): found[file.path] = (file, content.isShown(by: there))
      case .changed: throw PlaceError("\(text(file.path)) changed while it was read")
      case .unreadable(let why): throw PlaceError("\(text(file.path)): \(why)")
      }
    }
    return found
  }
}

extension Content {
  /// Whether one of the digests is of a kind that this content is known by.
  func sharesAlgorithm(with others: [Digest]) -> Bool {
    others.contains { other in digests.contains { $0.algorithm == other.algorithm } }
  }

  /// Whether what is there can only be these bytes: one digest at least is told of both, and none of
  /// them differs. How much a digest proves is not judged here.
  func isShown(by there: Content) -> Bool {
    guard byteCount == there.byteCount else { return false }
    let own = Dictionary(digests.map { ($0.algorithm, $0) }, uniquingKeysWith: { $1 })
    let common = there.digests.compactMap { digest in own[digest.algorithm].map { $0 == digest } }
    return !common.isEmpty && !common.contains(false)
  }
}
