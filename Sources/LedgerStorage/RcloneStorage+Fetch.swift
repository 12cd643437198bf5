package import LedgerCore
import LedgerFailurePoints

extension RcloneStorage {
  /// Copies files that wait in the home to the remote, in one run of rclone for each folder of the map,
  /// where nothing has their names; then they wait no more.
  ///
  /// - Parameters:
  ///   - bytesPerSecond: nil for no limit.
  ///   - transferCount: how many at once; nil for rclone's own number.
  /// - Returns: what became of each.
  package func take(
    _ files: [(path: LibraryPath, content: Content)], bytesPerSecond: Int64?, transferCount: Int?
  ) async -> [Outcome] {
    let listed = files.filter { RcloneProgram.isLine($0.path.bytes) }
    guard !listed.isEmpty else { return files.map { _ in Self.noName } }
    do {
      let before = try await rclone.look(
        at: listed.map { place(of: $0.path) }, try await features())
      let free = listed.filter { before[place(of: $0.path)] == nil }
      let words = try await upload(free, (bytesPerSecond, transferCount))
      // An empty list could be taken for no list.
      let after =
        free.isEmpty
        ? [:]
        : try await rclone.look(at: free.map { place(of: $0.path) }, try await features())
      var outcomes: [Outcome] = []
      for file in files {
        let path = place(of: file.path)
        let outcome: Outcome =
          if !RcloneProgram.isLine(path) {
            Self.noName
          } else if before[path] != nil {
            .occupied
          } else {
            try await judge(after[path], file.content, words)
          }
        if case .blocked = outcome {} else { home.dropFetched(file.path) }
        outcomes.append(outcome)
      }
      return outcomes
    } catch {
      return files.map { _ in .blocked("\(error)") }
    }
  }

  private func place(of path: LibraryPath) -> [UInt8] { map.place(of: path).bytes }

  private func upload(
    _ files: [(path: LibraryPath, content: Content)], _ limits: RcloneProgram.UploadLimits
  ) async throws -> String {
    let staging = try await staging()
    let groups = Dictionary(grouping: files) { staging ?? map.folder(of: $0.path) }
    var words = ""
    for (folder, group) in groups.sorted(by: { isBefore($0.key, $1.key) }) {
      // From a file, as its standard input holds the lock: two at once could give a drive two of a name.
      let list = try home.writeFetchList(
        Array(group.map(\.path.bytes).joined(separator: [10])) + [10], "upload")
      let said = try await rclone.upload(
        list, from: try home.makeFetchFolder(), to: folder, replaces: staging != nil, limits)
      words = words.isEmpty || words == RcloneProgram.noReason ? said : words
    }
    if let staging, !files.isEmpty { try await putInPlace(files, from: staging) }
    return words
  }

  // Before 1.63 rclone writes a file under its own name from the start, at places that can: what a power
  // cut left of it would pass for a new version. So it comes beside its name first.
  private func staging() async throws -> [UInt8]? {
    try await rclone.version() < (1, 63) ? Array(".ledger/fetch/\(location)".utf8) : nil
  }

  private func putInPlace(
    _ files: [(path: LibraryPath, content: Content)], from staging: [UInt8]
  ) async throws {
    func staged(_ path: LibraryPath) -> [UInt8] { staging + [UInt8(ascii: "/")] + path.bytes }
    let come = try await rclone.look(at: files.map { staged($0.path) }, try await features())
    for file in files {
      guard let there = come[staged(file.path)],
        case .done = try await judge(there, file.content, "")
      else { continue }
      _ = try await rclone.move(staged(file.path), to: place(of: file.path))
    }
  }

  private static let noName = Outcome.blocked("rclone can't be asked for a name with a line break")

  // What has another size or other digests is not ours: somebody was faster.
  private func judge(
    _ file: ListedFile?, _ content: Content, _ words: String
  ) async throws -> Outcome {
    guard let file else { return .blocked("rclone brought nothing to \(remote): \(words)") }
    if content.sharesAlgorithm(with: file.digests) {
      let isIt = file.content.map { content.isShown(by: $0) } ?? false
      return isIt ? .done(file.stamp) : .changed
    }
    guard let there = try await look(at: [file.path], for: content)[file.path] else {
      return .changed
    }
    return there.isIt ? .done(there.file.stamp) : .changed
  }
}

extension RcloneProgram {
  /// How much an upload may take: bytes in a second, and files at once; nil for no limit of its own.
  typealias UploadLimits = (bytesPerSecond: Int64?, transferCount: Int?)

  /// What is told where it told nothing.
  static let noReason = "it gave no reason"

  /// Copies the files of a list, a path each line, from a folder of this machine to a folder of the
  /// remote.
  ///
  /// - Parameter replaces: whether whatever a run left there is replaced; else none goes over another.
  /// - Returns: what rclone said where it did not copy all.
  func upload(
    _ list: String, from folder: String, to target: [UInt8], replaces: Bool,
    _ limits: UploadLimits
  ) async throws -> String {
    var arguments = ["copy", "--no-traverse", "--files-from-raw", list]
    if !replaces { arguments.append("--ignore-existing") }
    if let rate = limits.bytesPerSecond { arguments += ["--bwlimit", "\(rate)B"] }
    if let count = limits.transferCount { arguments += ["--transfers", "\(max(1, count))"] }
    // It says nothing while a large file goes up; rclone itself gives up a connection that stands still.
    var program = program
    program.silenceSeconds = nil
    let run = try await programEffect("rclone copy to \(remote)") {
      try await program.run(arguments + ["--", folder, address(text(target))]).run
    }
    return run.exitStatus == 0 && run.words.isEmpty ? Self.noReason : run.brief
  }
}
