import Foundation
import LedgerCore
import LedgerStorage
import LedgerTestKit

/// A real folder with a storage on it.
struct Disk {
  let root: String
  let storage: FolderStorage

  init(_ root: String) throws {
    self.root = root
    storage = try FolderStorage(root: root, location: "desk")
  }

  /// Runs a shell script in the root.
  @discardableResult
  func shell(_ script: String) async throws -> String {
    let run = try await HermeticGit.runProgram(
      ["bash", "-euo", "pipefail", "-c", script], in: root, environment: HermeticGit.environment())
    guard run.exitStatus == 0 else { throw TestKitError("\(script): \(run.words)") }
    return run.output
  }

  /// Scans, with nothing settling, as if so much later than now.
  func observe(
    known: [KnownFile] = [], recorded: [LibraryPath] = [], digests: [DigestAlgorithm] = [.sha256],
    settleSeconds: Int64 = 0, secondsAhead: Int64 = 0
  ) async throws -> ScanResult {
    var options = ScanOptions(now: Self.now(secondsAhead), width: 2)
    options.digests = digests
    options.settleSeconds = settleSeconds
    return try await storage.observe(known: known, recorded: recorded, options: options) { _ in }
  }

  static func now(_ secondsAhead: Int64 = 0) -> FileTime {
    let now = Date().timeIntervalSince1970
    return FileTime(
      seconds: Int64(now) + secondsAhead,
      nanoseconds: Int32((now - now.rounded(.down)) * 1_000_000_000))
  }

  /// What a scan at `hashedAt` would have remembered.
  static func known(_ result: ScanResult, hashedAt: FileTime) -> [KnownFile] {
    result.observation.files.map {
      KnownFile(
        path: $0.path, content: $0.content, stamp: $0.stamp, hashedAt: hashedAt,
        diskBytes: $0.diskBytes)
    }
  }

  /// The content of a file as the system's own program sees it.
  func content(of name: String) async throws -> Content {
    let hex = try await shell("sha256sum <'\(name)' | cut -c1-64")
    let size = try await shell("stat -c %s '\(name)'")
    guard let digest = Digest("sha256:\(hex)"), let count = Int64(size) else {
      throw TestKitError("no digest of \(name)")
    }
    return Content(digest: digest, byteCount: count)
  }
}

/// Gives a disk in a temporary folder.
func withDisk(_ body: (Disk) async throws -> Void) async throws {
  try await withTemporaryFolder { try await body(Disk($0)) }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
