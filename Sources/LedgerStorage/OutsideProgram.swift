import LedgerFailurePoints
internal import Subprocess
internal import Synchronization
internal import SystemPackage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A program that lists a place or works there: rclone, or one that the user names.
struct OutsideProgram: Sendable {
  /// The program and its first arguments, never parsed by a shell.
  let words: [String]
  /// The environment of each run.
  let environment: [String: String]
  /// The folder that it runs in.
  let folder: String
  /// An open file that each run keeps open as its standard input until it ends, also where this program
  /// is killed meanwhile: that of the location's lock. Not owned; nil for none.
  var held: Int32?
  /// After so many seconds without a byte on its standard output a run is ended; nil: never.
  var silenceSeconds: Int64?
  /// With more lines on its standard error than this that tell of an error, as rclone marks them, a run is
  /// ended: with its server gone it would try each folder, for hours. Nil: never.
  var errorLimit: Int?

  /// How a run ended.
  struct Run {
    let exitStatus: Int32
    /// What it said on its standard error, of which the end is kept.
    let words: String
    /// Whether it was ended because it had fallen silent.
    var wasSilent = false

    /// The last lines of its words, for a message.
    var brief: String {
      let lines = words.split(separator: "\n").suffix(3).map { $0.drop { $0 == " " } }
      guard !lines.isEmpty else { return "exit status \(exitStatus), without a word" }
      return lines.joined(separator: "; ")
    }
  }

  /// Runs it, and hands over its output as it arrives. The exit status is the caller's to inspect.
  ///
  /// - Throws: `PlaceError` where it can't be started; what `output` throws, after the run was ended.
  func run(
    _ arguments: [String], input: [UInt8] = [],
    output: (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> Run {
    let errors = try ScratchFile()
    let standardInput = try input.isEmpty ? heldInput() : ScratchFile(input).duplicate()
    let heard = LastHeard()
    let name = words[0]
    do {
      let result = try await Subprocess.run(
        name.hasPrefix("/") ? .path(FilePath(name)) : .name(name),
        arguments: Arguments(words.dropFirst() + arguments), environment: subprocessEnvironment,
        workingDirectory: FilePath(folder),
        input: .fileDescriptor(
          FileDescriptor(rawValue: standardInput), closeAfterSpawningProcess: true),
        output: .sequence,
        error: .fileDescriptor(
          FileDescriptor(rawValue: errors.number), closeAfterSpawningProcess: false)
      ) { execution -> Bool in
        let (limit, most) = (silenceSeconds ?? .max, errorLimit ?? .max)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
          group.addTask {
            var isSilent = false
            repeat {
              do { try await Task.sleep(for: .milliseconds(500)) } catch { return false }
              isSilent = heard.at.withLock({ $0 }).duration(to: .now) > .seconds(limit)
            } while !isSilent && errors.errorCount <= most
            try? execution.send(signal: .kill)
            return isSilent
          }
          do {
            for try await buffer in execution.standardOutput {
              heard.at.withLock { $0 = .now }
              try buffer.withUnsafeBytes { try output($0) }
            }
          } catch {
            try? execution.send(signal: .kill)
            throw error
          }
          group.cancelAll()
          return try await group.next() ?? false
        }
      }
      let status: Int32 =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
      return Run(exitStatus: status, words: errors.end(), wasSilent: result.closureResult)
    } catch let error as SubprocessError {
      guard error.code == .executableNotFound else {
        throw PlaceError("\(name) could not be run: \(error)")
      }
      throw PlaceError("there is no program \(name) in PATH")
    }
  }

  /// Runs it and collects its output, of 64 MiB at most.
  func run(_ arguments: [String], input: [UInt8] = []) async throws -> (run: Run, output: [UInt8]) {
    var bytes: [UInt8] = []
    let run = try await run(arguments, input: input) {
      guard bytes.count + $0.count <= 64 << 20 else {
        throw PlaceError("\(words[0]) says more than 64 MiB")
      }
      bytes += $0
    }
    return (run, bytes)
  }

  /// Runs it for what it does to files.
  func act(_ arguments: [String]) async throws -> Run {
    try await programEffect("\(words.last ?? "") \(arguments.joined(separator: " "))") {
      try await run(arguments).run
    }
  }

  private var subprocessEnvironment: Environment {
    .custom(
      Dictionary(
        uniqueKeysWithValues: environment.compactMap { name, value in
          Environment.Key(rawValue: name).map { ($0, value) }
        }))
  }

  private func heldInput() throws -> Int32 {
    if let held {
      let copy = fcntl(held, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0 else { throw StorageError("dup", []) }
      return copy
    }
    let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw StorageError("open", Array("/dev/null".utf8)) }
    return number
  }
}

/// When a program was last heard of.
private final class LastHeard: Sendable {
  let at = Mutex(ContinuousClock.now)
}

/// A file without a name, for what goes to a program or comes from it: a pipe that nobody reads would
/// end one of the two.
struct ScratchFile {
  private let descriptor: Descriptor

  /// Its number, as long as this value lives.
  var number: Int32 { descriptor.number }

  /// An open file with these bytes, at its start.
  init(_ bytes: [UInt8] = []) throws {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/ledger-scratch-XXXXXX".utf8CString)
    let number = mkstemp(&template)
    guard number >= 0 else { throw StorageError("create a file in", Array(folder.utf8)) }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    descriptor = Descriptor(owning: number)
    guard unlink(template) == 0 else { throw StorageError("unlink", Array(folder.utf8)) }
    try descriptor.writeAll(bytes, Array("a scratch file".utf8))
    lseek(number, 0, SEEK_SET)
  }

  /// Another descriptor of it, which the caller closes.
  func duplicate() throws -> Int32 {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw StorageError("dup", []) }
    return copy
  }

  /// How many lines in its last 64 KiB tell of an error of rclone's, as
  /// `2026/11/29 10:26:25 ERROR : a/b: error listing: …`.
  var errorCount: Int {
    end().split(separator: "\n").count { $0.dropFirst(19).hasPrefix(" ERROR :") }
  }

  /// Its last 64 KiB as text, without what is blank at the end.
  func end() -> String {
    var status = stat()
    guard fstat(number, &status) == 0 else { return "" }
    let start = max(0, status.st_size - 65_536)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size - start))
    let count = bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress, $0.count, start) }
    var text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
