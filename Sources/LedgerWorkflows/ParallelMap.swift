import Dispatch
import Synchronization

/// What a function makes of the numbers from 0 on, in their order; nil is left out.
///
/// Some thousand are made at a time, on all cores, when the first of them is asked for: by threads, as an
/// iterator can't wait for tasks.
package struct ParallelMap<Element: Sendable>: IteratorProtocol {
  private static var partCount: Int { 8 }
  private static var partSize: Int { 2048 }

  private let count: Int
  private let make: @Sendable (Int) -> Element?
  private var started = 0
  private var ready: ArraySlice<Element> = []

  /// The map of the numbers below `count`; `make` is called from several threads at once.
  package init(count: Int, _ make: @escaping @Sendable (Int) -> Element?) {
    self.count = count
    self.make = make
  }

  /// The next element; nil at the end.
  package mutating func next() -> Element? {
    while ready.isEmpty, started < count { makeMore() }
    return ready.popFirst()
  }

  private mutating func makeMore() {
    let parts = Mutex([[Element]](repeating: [], count: Self.partCount))
    DispatchQueue.concurrentPerform(iterations: Self.partCount) { [count, started, make] part in
      let first = min(started + part * Self.partSize, count)
      let made = (first..<min(first + Self.partSize, count)).compactMap(make)
      parts.withLock { $0[part] = made }
    }
    ready = parts.withLock { $0.flatMap(\.self) }[...]
    started += Self.partCount * Self.partSize
  }
}
