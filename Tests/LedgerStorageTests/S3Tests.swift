import CustomDump
import LedgerCore
import LedgerStorage
import LedgerTestKit
import Testing

/// Debian's rclone, and the newer one of PyPI.
private enum Version: String, CaseIterable, CustomTestStringConvertible {
  case debian, newest

  var testDescription: String { "the \(rawValue) rclone" }

  var environment: [String: String] {
    let path = self == .debian ? HermeticGit.path : "\(RcloneServer.programs):\(HermeticGit.path)"
    return HermeticGit.environment(["PATH": path, "RCLONE_CONFIG": "/dev/null"])
  }
}

@Suite struct `Objects of an S3 server` {
  @Test(arguments: Version.allCases)
  fileprivate func `that came in parts are known by their bytes, never by an ETag`(
    version: Version
  ) async throws {
    try await Library.with { library in
      try await RcloneServer.run(.moto, serving: library.root) { server in
        func rclone(_ arguments: String...) async throws -> String {
          let run = try await HermeticGit.runProgram(
            ["rclone"] + arguments, in: library.root, environment: version.environment)
          #expect(run.exitStatus == 0, "\(arguments): \(run.words)")
          return run.output
        }
        try library.write("small.jpg", "one")
        try library.write("2026/big.mov", String(repeating: "film", count: 1_500_000))
        // As other programs upload: without an md5 beside the parts.
        _ = try await rclone("mkdir", server.remote)
        // A bucket that keeps older versions lists the newest alone.
        if version == .newest {
          _ = try await rclone("backend", "versioning", server.remote, "Enabled")
          let state = try await rclone("backend", "versioning", server.remote)
          #expect(state.contains("Enabled"), "\(state)")
        }
        _ = try await rclone(
          "copy", ".", server.remote, "--s3-upload-cutoff=5M", "--s3-chunk-size=5M",
          "--s3-disable-checksum")
        try library.makeFolder("../home")
        let storage = RcloneStorage(
          remote: server.remote,
          home: try FolderStorage(root: "\(library.root)/../home", location: "desk"),
          ledger: "test", marker: Place.marker, environment: version.environment, held: nil)
        try await storage.writeMarker()
        let place = Place(files: library, storage: storage, cut: {})

        let files = try await place.scan().observation.files
        expectNoDifference(files.map(\.path), ["2026/big.mov", "small.jpg"])
        expectNoDifference(files.map(\.content.digest.algorithm), [.sha256, .md5])
        expectNoDifference(files.map(\.content.also), [[], []])
        #expect(files[0].wasHashed && !files[1].wasHashed)

        // The server makes one part of it as it moves it, whose ETag is an md5: still the same bytes.
        let outcome = await place.trash("2026/big.mov", files[0].content)
        guard case .done = outcome else { return #expect(Bool(false), "\(outcome)") }
        let entry = try #require(try storage.trashEntries().first)
        let back = await storage.putBack(entry, to: entry.diskBytes)
        guard case .done = back else { return #expect(Bool(false), "\(back)") }
        let again = try await place.scan().observation.files
        expectNoDifference(again[0].content.digest.algorithm, .md5)
        let read = try await storage.digests(of: [again[0]], .sha256)
        expectNoDifference(read, [files[0].content.digest])

        // The old name of a file that was moved away is free, and one that is taken stays.
        #expect(
          await storage.rename(
            Array("small.jpg".utf8), to: Array("2026/big.mov".utf8), expecting: files[1].content)
            == .occupied)
        let left = try await place.scan().observation.files.map(\.path)
        expectNoDifference(left, ["2026/big.mov", "small.jpg"])
        #expect(await storage.erase(entry) == .changed)
      }
    }
  }
}
