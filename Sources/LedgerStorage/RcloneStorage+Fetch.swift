package import LedgerCore
import LedgerFailurePoints

extension RcloneStorage {
  /// Copies files that wait in the home to the remote, in one run of rclone, where nothing has their
  /// names; then they wait no more.
  ///
  /// - Parameters:
  ///   - bytesPerSecond: nil for no limit.
  ///   - transferCount: how many at once; nil for rclone's own number.
  /// - Returns: what became of each.
  package func take(
    _ files: [(path: LibraryPath, content: Content)], bytesPerSecond: Int64?, transferCount: Int?
  ) async -> [Outcome] {
    let listed = files.map(\.path.bytes).filter { RcloneProgram.isLine($0) }
    guard !listed.isEmpty else { return files.map { _ in Self.noName } }
    do {
      let before = try await rclone.look(at: listed, try await features())
      let free = listed.filter { before[$0] == nil }
      // From a file, as its standard input holds the lock: two at once could give a drive two of a name.
      let list = try home.writeFetchList(Array(free.joined(separator: [10])) + [10], "upload")
      let staging = try await staging()
      let words =
        free.isEmpty
        ? ""
        : try await rclone.upload(
          list, from: try home.makeFetchFolder(), to: staging, bytesPerSecond, transferCount)
      if let staging, !free.isEmpty {
        try await putInPlace(files.filter { free.contains($0.path.bytes) }, from: staging)
      }
      // An empty list could be taken for no list.
      let after = free.isEmpty ? [:] : try await rclone.look(at: free, try await features())
      var outcomes: [Outcome] = []
      for file in files {
        let path = file.path.bytes
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
      _ = try await rclone.move(staged(file.path), to: file.path.bytes)
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
  /// Copies the files of a list, a path each line, from a folder of this machine to the remote, none of
  /// them over another.
  ///
  /// - Parameter staging: the folder there to copy them to, in which whatever a run left is replaced; nil:
  ///   to their names.
  /// - Returns: what rclone said where it did not copy all.
  func upload(
    _ list: String, from folder: String, to staging: [UInt8]?, _ bytesPerSecond: Int64?,
    _ transferCount: Int?
  ) async throws -> String {
    var arguments = ["copy", "--no-traverse", "--files-from-raw", list]
    if staging == nil { arguments.append("--ignore-existing") }
    if let rate = bytesPerSecond { arguments += ["--bwlimit", "\(rate)B"] }
    if let count = transferCount { arguments += ["--transfers", "\(max(1, count))"] }
    // It says nothing while a large file goes up; rclone itself gives up a connection that stands still.
    var program = program
    program.silenceSeconds = nil
    let run = try await programEffect("rclone copy to \(remote)") {
      try await program.run(arguments + ["--", folder, address(staging.map(text) ?? "")]).run
    }
    return run.exitStatus == 0 && run.words.isEmpty ? "it gave no reason" : run.brief
  }
}
