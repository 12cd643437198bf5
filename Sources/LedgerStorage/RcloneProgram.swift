import LedgerCore
import LedgerFailurePoints

/// What a remote can do, as far as it matters here.
struct RcloneFeatures: Hashable, Sendable {
  /// The digests that it keeps beside its files, so that they cost nothing; none where it would have to
  /// read a file for one.
  var keptDigests: [DigestAlgorithm] = []
  /// Whether the time of each file would cost a request of its own.
  var isTimeSlow = false
  /// Whether upper and lower case are the same to it.
  var ignoresCase = false

  /// Reads what `rclone backend features` prints:
  /// `{ "Hashes": [ "md5", "sha1" ], "Features": { "SlowHash": true, "SlowModTime": false, … } }`.
  init(_ text: String) {
    func isTrue(_ name: String) -> Bool {
      guard let key = text.firstRange(of: "\"\(name)\":") else { return false }
      return text[key.upperBound...].drop { $0 == " " }.hasPrefix("true")
    }
    isTimeSlow = isTrue("SlowModTime")
    ignoresCase = isTrue("CaseInsensitive")
    guard !isTrue("SlowHash"), let key = text.firstRange(of: "\"Hashes\":"),
      let start = text[key.upperBound...].firstIndex(of: "["),
      let end = text[start...].firstIndex(of: "]")
    else { return }
    let names = text[start...end].split(separator: "\"").map {
      $0.lowercased().filter { $0 != "-" }
    }
    keptDigests = DigestAlgorithm.allCases.filter { names.contains($0.rawValue) }
  }
}

/// The user's `rclone`, on one remote. It never overwrites a file of a person, and deletes one only for
/// `ledger trash empty`.
struct RcloneProgram: Sendable {
  /// The remote and the folder in it, as rclone takes it: `gdrive:Photos`.
  let remote: String
  /// The program with what stands before each command.
  let program: OutsideProgram
  private let silenceSeconds: Int64

  // For what answers bit by bit. What moves or reads a large file has nothing to say meanwhile.
  private var asked: OutsideProgram {
    var asked = program
    asked.silenceSeconds = silenceSeconds
    return asked
  }

  init(remote: String, environment: [String: String], folder: String, held: Int32?) {
    self.remote = remote
    program = OutsideProgram(
      words: ["rclone", "--ask-password=false", "--log-level=NOTICE", "--stats=0"],
      environment: Self.clean(environment), folder: folder, held: held)
    silenceSeconds = environment["LEDGER_SILENCE_SECONDS"].flatMap { Int64($0) } ?? 1_800
  }

  // What tells rclone where and who stays. What would change which files it lists, or what a move does,
  // as RCLONE_EXCLUDE or RCLONE_IGNORE_EXISTING, would be taken for files that are gone.
  private static let kept: Set<String> = [
    "ASK_PASSWORD", "BIND", "BWLIMIT", "CACHE_DIR", "CA_CERT", "CLIENT_CERT", "CLIENT_KEY",
    "CONFIG",
    "CONTIMEOUT", "LOW_LEVEL_RETRIES", "NO_CHECK_CERTIFICATE", "PASSWORD_COMMAND", "RETRIES",
    "RETRIES_SLEEP", "TEMP_DIR", "TIMEOUT", "TPSLIMIT", "TPSLIMIT_BURST", "USER_AGENT",
  ]

  private static func clean(_ variables: [String: String]) -> [String: String] {
    var clean = variables.filter { name, _ in
      guard name.hasPrefix("RCLONE_") else { return true }
      return name.hasPrefix("RCLONE_CONFIG_") || kept.contains(String(name.dropFirst(7)))
    }
    clean["LC_ALL"] = "C"
    clean["LANGUAGE"] = "C"
    return clean
  }

  /// A path as rclone takes it.
  func address(_ path: String) -> String {
    guard !path.isEmpty else { return remote }
    return remote.hasSuffix(":") || remote.hasSuffix("/") ? remote + path : "\(remote)/\(path)"
  }

  /// Asks what the remote can do.
  ///
  /// - Throws: `PlaceError` with rclone's own words.
  func features() async throws -> RcloneFeatures {
    let (run, output) = try await asked.run(["backend", "features", "--", remote])
    guard run.exitStatus == 0 else { throw PlaceError("\(remote): \(run.brief)") }
    return RcloneFeatures(String(decoding: output, as: UTF8.self))
  }

  /// Its version, as the first line of `rclone version` names it: `rclone v1.60.1-DEV` is (1, 60).
  ///
  /// - Throws: `PlaceError` where it is older than 1.60, or can't be run: before 1.56
  ///   `--ignore-existing` removed what it should have left alone.
  func version() async throws -> (Int, Int) {
    let words = String(
      decoding: try await asked.run(["version"]).output.prefix { $0 != 10 }, as: UTF8.self)
    let numbers = words.drop { $0 != "v" }.dropFirst().split(separator: ".").prefix(2)
      .map { Int($0.prefix { $0.isNumber }) ?? 0 }
    guard numbers.count == 2, (numbers[0], numbers[1]) >= (1, 60) else {
      throw PlaceError("\(words.isEmpty ? "rclone" : words) is too old; ledger needs 1.60 or newer")
    }
    return (numbers[0], numbers[1])
  }

  // No types of files, which cost a request each at some places; times by the place's own clock where
  // theirs do.
  private func listing(_ features: RcloneFeatures) -> [String] {
    var flags = ["lsjson", "-R", "--files-only", "--no-mimetype"]
    if features.isTimeSlow { flags.append("--use-server-modtime") }
    if !features.keptDigests.isEmpty {
      flags.append("--hash")
      for digest in features.keptDigests { flags += ["--hash-type", digest.rawValue] }
    }
    return flags
  }

  /// Lists everything.
  ///
  /// - Returns: why the listing is not complete; nil where it is.
  func list(
    _ features: RcloneFeatures, _ found: (ListedFile) throws -> Void
  ) async throws -> String? {
    var parser = ListingParser()
    do {
      var lister = asked
      lister.errorLimit = 10
      let run = try await lister.run(listing(features) + ["--", remote]) {
        try parser.take($0, found)
      }
      if run.wasSilent {
        return "rclone said nothing for \(silenceSeconds) seconds while it listed "
          + "\(remote), and was ended"
      }
      guard run.exitStatus == 0 else { return "rclone could not list \(remote): \(run.brief)" }
      try parser.end()
      return nil
    } catch let error as MalformedListing {
      return "rclone's listing of \(remote) can't be read: \(error)"
    }
  }

  /// Looks at single files, with their digests where the remote keeps them; what is not there is left
  /// out.
  ///
  /// - Throws: `PlaceError` where the remote did not answer for each.
  func look(
    at paths: [[UInt8]], _ features: RcloneFeatures
  ) async throws -> [[UInt8]: ListedFile] {
    var files: [[UInt8]: ListedFile] = [:]
    var parser = ListingParser()
    let run = try await asked.run(
      listing(features) + ["--files-from-raw=-", "--", remote], input: try lines(paths)
    ) { bytes in
      try parser.take(bytes) { files[$0.path] = $0 }
    }
    guard run.exitStatus == 0 else {
      throw PlaceError("rclone could not look at \(remote): \(run.brief)")
    }
    try parser.end()
    return files
  }

  private func lines(_ paths: [[UInt8]]) throws -> [UInt8] {
    for path in paths where !Self.isLine(path) {
      throw PlaceError("rclone can't be asked for \(text(path)), which has a line break; rename it")
    }
    return Array(paths.joined(separator: [10])) + [10]
  }

  /// Whether a path fits into a list of paths, one a line.
  static func isLine(_ path: [UInt8]) -> Bool { !path.contains(10) && !path.contains(13) }

  /// Reads files and computes a digest of each, several at once; what could not be read is left out.
  ///
  /// - Returns: the digests by path, and rclone's words.
  func hash(
    _ paths: [[UInt8]], _ algorithm: DigestAlgorithm, width: Int
  ) async throws -> (digests: [[UInt8]: Digest], words: String) {
    let (run, output) = try await program.run(
      [
        "hashsum", algorithm.rawValue, "--download", "--checkers=\(width)", "--transfers=\(width)",
        "--files-from-raw=-", "--", remote,
      ], input: try lines(paths))
    return (Self.sums(output, algorithm), run.brief)
  }

  /// Reads what `rclone hashsum` prints, as
  /// `5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  2026/a.jpg`.
  static func sums(_ output: [UInt8], _ algorithm: DigestAlgorithm) -> [[UInt8]: Digest] {
    var digests: [[UInt8]: Digest] = [:]
    let count = algorithm.byteCount * 2
    for line in output.split(separator: 10) where line.count > count + 2 {
      let hexadecimal = String(decoding: line.prefix(count), as: UTF8.self)
      guard let digest = Digest("\(algorithm.rawValue):\(hexadecimal)"),
        line.dropFirst(count).starts(with: [32, 32])
      else { continue }
      digests[Array(line.dropFirst(count + 2))] = digest
    }
    return digests
  }

  /// Gives a file another name on the remote. What is there already stays, and so does the file then:
  /// of itself rclone would replace it, or remove the one that is moved as a duplicate.
  func move(_ path: [UInt8], to target: [UInt8]) async throws -> OutsideProgram.Run {
    try await programEffect("rclone moveto \(text(path)) \(text(target))") {
      try await program.run([
        "moveto", "--ignore-existing", "--", address(text(path)), address(text(target)),
      ]).run
    }
  }

  // No text of ours has as many bytes.
  private static let ownLimit = 1 << 20

  /// The bytes of a small file of ours, as many as one may have, or nil where it is not there.
  ///
  /// - Throws: `PlaceError` with rclone's own words.
  func readOwn(_ path: String) async throws -> [UInt8]? {
    let (run, output) = try await asked.run(["cat", "--head=\(Self.ownLimit)", "--", address(path)])
    if run.exitStatus == 3 || run.exitStatus == 4 { return nil }
    guard run.exitStatus == 0 else {
      throw PlaceError("rclone can't read \(address(path)): \(run.brief)")
    }
    return output
  }

  /// Whether a listing shows a small file of ours: a server may hide names that begin with a dot.
  ///
  /// - Throws: `PlaceError` with rclone's own words.
  func showsOwn(_ path: String) async throws -> Bool {
    let (run, output) = try await asked.run([
      "lsjson", "-R", "--files-only", "--no-mimetype", "--no-modtime", "--include=/\(path)", "--",
      remote,
    ])
    guard run.exitStatus == 0 else {
      throw PlaceError("rclone could not list \(remote): \(run.brief)")
    }
    var parser = ListingParser()
    var isShown = false
    try output.withUnsafeBytes { bytes in
      try parser.take(bytes) { if $0.path == Array(path.utf8) { isShown = true } }
    }
    return isShown
  }

  /// Writes a small file of ours.
  ///
  /// - Throws: `PlaceError` with rclone's own words.
  func writeOwn(_ path: String, _ bytes: [UInt8]) async throws {
    let run = try await programEffect("rclone rcat \(path)") {
      try await program.run(["rcat", "--", address(path)], input: bytes).run
    }
    guard run.exitStatus == 0 else {
      throw PlaceError("rclone can't write \(address(path)): \(run.brief)")
    }
  }

  /// Removes a small file of ours below `.ledger/`, if the remote lets it.
  func removeOwn(_ path: String) async {
    precondition(path.hasPrefix(".ledger/"), "nothing else is ours")
    do {
      _ = try await programEffect("rclone deletefile \(path)") {
        try await program.run(["deletefile", "--", address(path)]).run
      }
    } catch {
      // It stays, and nothing depends on it.
    }
  }
}
