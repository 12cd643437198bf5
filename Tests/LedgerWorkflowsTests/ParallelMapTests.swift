import LedgerTestKit
import LedgerWorkflows
import Synchronization
import Testing

@Suite struct `What is made on all cores` {
  @Test(arguments: [0, 1, 2047, 2048, 16_384, 40_001])
  func `comes in order, each once, without what is nil`(count: Int) {
    let made = ParallelMap(count: count) { $0 % 3 == 1 ? nil : "\($0)" }

    let found = Array(IteratorSequence(made))

    #expect(found == (0..<count).filter { $0 % 3 != 1 }.map { "\($0)" })
  }

  @Test func `is made when it is wanted, and not all of it is held`() {
    let count = Mutex(0)
    var made = ParallelMap(count: 1_000_000) { number in
      count.withLock { $0 += 1 }
      return number
    }

    for number in 0..<100 { #expect(made.next() == number) }

    #expect(count.withLock { $0 } < 100_000)
  }
}
