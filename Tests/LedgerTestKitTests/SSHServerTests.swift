import LedgerTestKit
import Testing

@Suite struct `A server for ssh` {
  @Test func `takes another port where its own was taken meanwhile`() async throws {
    try await SSHServer.run { first in
      let port = try await SSHServer.run(at: first.port) { $0.port }

      #expect(port != first.port)
    }
  }
}
