import Dispatch
import LedgerCore
import LedgerStorage

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Does something on this thread without root's right to everything, where the tests run as root:
/// with what everybody may. Other users' rights are as they are.
func asNobody<Result>(_ body: () throws -> Result) rethrows -> Result {
  #if os(Linux)
    // Of a thread alone, unlike seteuid: other tests go on as they were.
    typealias SetUser = @convention(c) (UInt32) -> Int32
    guard geteuid() == 0 else { return try body() }
    guard let symbol = dlsym(nil, "setfsuid") else { preconditionFailure("glibc has setfsuid") }
    let setUser = unsafeBitCast(symbol, to: SetUser.self)
    _ = setUser(65_534)
    defer { _ = setUser(0) }
  #endif
  return try body()
}

/// Runs the tasks of a scan `asNobody`.
final class NobodyExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "nobody")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async {
      asNobody { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }
}

extension Library {
  /// What a scan sees by somebody who may read only what everybody may.
  func observeAsNobody(known: [KnownFile] = []) async throws -> ScanResult {
    try await withTaskExecutorPreference(NobodyExecutor()) {
      try await observe(known: known)
    }
  }
}
