internal import Synchronization

/// Lets few bodies run at once, in the order in which they came.
///
/// Swift Testing starts every asynchronous test at the same moment; hundreds of programs would
/// compete for the processors until some gave up. A body that runs inside of another (a folder in
/// a folder, a server around a family) is let through at once, since it would wait for itself.
package final class Gate: Sendable {
  /// The gate of all tests that start programs.
  package static let programs = Gate(width: 4)

  @TaskLocal private static var passed: Set<ObjectIdentifier> = []

  private struct State {
    var free: Int
    var arrivals: UInt64 = 0
    // In the order of arrival; the few hundred of a suite need no better queue.
    var waiting: [(number: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
  }

  private let state: Mutex<State>

  /// A gate for at most `width` bodies at once.
  package init(width: Int) { state = Mutex(State(free: width)) }

  /// Runs `body` when it is its turn.
  /// - Throws: `CancellationError` when the task is cancelled while it waits; what `body` throws.
  package func pass<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
  ) async throws -> Result {
    let me = ObjectIdentifier(self)
    if Self.passed.contains(me) { return try await body() }
    try await enter()
    defer { leave() }
    return try await Self.$passed.withValue(Self.passed.union([me])) { try await body() }
  }

  private func enter(isolation: isolated (any Actor)? = #isolation) async throws {
    let number = state.withLock { state in
      state.arrivals += 1
      return state.arrivals
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let turn: Turn = state.withLock { state in
          // A cancellation that came before found nothing to take out of the queue.
          if Task.isCancelled { return .cancelled }
          if state.free > 0 {
            state.free -= 1
            return .now
          }
          state.waiting.append((number, continuation))
          return .later
        }
        switch turn {
        case .now: continuation.resume()
        case .cancelled: continuation.resume(throwing: CancellationError())
        case .later: break
        }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.waiting.firstIndex { $0.number == number }.map {
          state.waiting.remove(at: $0).continuation
        }
      }
      continuation?.resume(throwing: CancellationError())
    }
  }

  private enum Turn { case now, later, cancelled }

  private func leave() {
    // The place goes straight to the next, so that nobody who comes now overtakes.
    let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      guard !state.waiting.isEmpty else {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume()
  }
}
