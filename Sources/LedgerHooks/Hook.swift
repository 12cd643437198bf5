#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A program of this machine that hears of what a run did. It is looked for beside the location's state
/// and never in the library or the ledger, which others write to.
package struct Hook: Sendable {
  /// What hooks there are, by the names of their files.
  package enum Moment: String, Sendable {
    /// After files here were trashed, renamed, put back, fetched or pruned.
    case afterApply = "after-apply"
    /// After each sync.
    case afterSync = "after-sync"
  }

  /// Whether this program runs under a hook itself: then it runs none.
  package static let variable = "LEDGER_HOOK"

  private let path: String
  private let moment: Moment

  /// The hook for a moment in a folder; nil where there is none.
  package init?(_ moment: Moment, in folder: String) {
    path = "\(folder)/\(moment.rawValue)"
    self.moment = moment
    guard access(path, F_OK) == 0 else { return nil }
  }

  /// Runs it, its output going to our standard error.
  ///
  /// - Parameters:
  ///   - input: what it reads.
  ///   - home: the folder that it runs in.
  ///   - seconds: it is ended after so many, with all that it started.
  /// - Returns: what went wrong, in words; nil where all went well.
  package func run(
    input: [UInt8], environment: [String: String], home: String, seconds: Double
  ) async -> String? {
    if let fault { return "\(path) was not run: \(fault)" }
    var variables = environment
    variables[Self.variable] = moment.rawValue
    do {
      let run = try await BoundedRun.run(
        path, input: input, environment: variables, folder: access(home, X_OK) == 0 ? home : "/",
        seconds: seconds)
      switch run.exitStatus {
      case 0: return nil
      case let status?: return "\(path) ended with status \(status)"
      case nil: return "\(path) was ended, as it took longer than \(Self.words(seconds)) seconds"
      }
    } catch let error as BoundedRun.Failure {
      return "\(path) could not be run: \(error.words)"
    } catch {
      return "\(path) could not be run: \(error)"
    }
  }

  private static func words(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
  }

  // What others may write to would run as this user.
  private var fault: String? {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    for name in [folder, path] {
      var status = stat()
      guard stat(name, &status) == 0 else { return String(cString: strerror(errno)) }
      guard status.st_uid == geteuid() || status.st_uid == 0 else {
        return "\(name) belongs to another user"
      }
      guard status.st_mode & 0o022 == 0 else {
        return "others may write to \(name); chmod go-w mends that"
      }
    }
    return access(path, X_OK) == 0 ? nil : "it is not executable; chmod +x mends that"
  }
}
