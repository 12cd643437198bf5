import LedgerTestKit
import Synchronization
import Testing

@Suite struct `A gate` {
  private final class Counter: Sendable {
    private let state = Mutex((now: 0, most: 0))
    var most: Int { state.withLock { $0.most } }

    func enter() {
      state.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
    }

    func leave() { state.withLock { $0.now -= 1 } }
  }

  @Test func `lets no more bodies run at once than it is wide`() async throws {
    let (gate, counter) = (Gate(width: 3), Counter())

    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await gate.pass {
            counter.enter()
            for _ in 0..<20 { await Task.yield() }
            counter.leave()
          }
        }
      }
      try await group.waitForAll()
    }

    #expect((1...3).contains(counter.most))
  }

  @Test func `lets a body inside of another through at once, also in a child task`() async throws {
    let gate = Gate(width: 1)

    let result = try await gate.pass {
      try await gate.pass {
        async let inner = gate.pass { 7 }
        return try await inner
      }
    }

    #expect(result == 7)
  }

  @Test func `is free again after a body that throws, and one that was cancelled`() async throws {
    let gate = Gate(width: 1)
    await #expect(throws: TestKitError.self) {
      try await gate.pass { throw TestKitError("on purpose") }
    }

    try await gate.pass {
      // Outside of this body's own pass, so that it has to wait.
      let waiting = Task.detached { try await gate.pass { true } }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { _ = try await waiting.value }
    }

    #expect(try await gate.pass { true })
  }
}
