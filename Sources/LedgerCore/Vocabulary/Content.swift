/// The bytes of a file, known by their digests and their number.
package struct Content: Hashable, Sendable {
  /// The first digest, the one that names the content.
  package let digest: Digest
  /// Further digests of the same bytes, sorted, each of another algorithm than `digest`.
  package let also: [Digest]
  /// How many bytes there are.
  package let byteCount: Int64

  /// A content of `byteCount` bytes; `also` is put in order.
  package init(digest: Digest, also: [Digest] = [], byteCount: Int64) {
    self.digest = digest
    self.also = also.sorted()
    self.byteCount = byteCount
  }

  /// All digests, the naming one first.
  package var digests: [Digest] { [digest] + also }
}
