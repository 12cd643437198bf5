package import LedgerCore

/// How events and paths are spelled in the cache, which itself knows no format.
package struct CacheCoding: Sendable {
  /// Spells an event so that `decode` gives it back whole.
  package let encode: @Sendable (Event) -> [UInt8]
  /// Reads what `encode` spelled; nil for anything else.
  package let decode: @Sendable ([UInt8]) -> Event?
  /// The line of a path in the dump of a state.
  package let dumpLine: @Sendable (PathState) -> [UInt8]

  /// A coding.
  package init(
    encode: @escaping @Sendable (Event) -> [UInt8],
    decode: @escaping @Sendable ([UInt8]) -> Event?,
    dumpLine: @escaping @Sendable (PathState) -> [UInt8]
  ) {
    self.encode = encode
    self.decode = decode
    self.dumpLine = dumpLine
  }
}

/// The cache holds what it can't have written: it should be discarded and made anew.
package struct CacheUnusable: Error, Hashable, CustomStringConvertible {
  /// What was found.
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}
