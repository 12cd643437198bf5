import Crypto
package import LedgerCore

/// Computes several digests of the same bytes in one pass.
package struct ContentHasher {
  private var sha256 = SHA256()
  private var sha1: Insecure.SHA1?
  private var md5: Insecure.MD5?
  private var byteCount: Int64 = 0

  /// A hasher of sha256 and of the other `algorithms`.
  package init(_ algorithms: [DigestAlgorithm]) {
    sha1 = algorithms.contains(.sha1) ? Insecure.SHA1() : nil
    md5 = algorithms.contains(.md5) ? Insecure.MD5() : nil
  }

  /// Takes further bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += Int64(bytes.count)
    sha256.update(bufferPointer: bytes)
    sha1?.update(bufferPointer: bytes)
    md5?.update(bufferPointer: bytes)
  }

  /// The content of all bytes taken.
  package func finish() -> Content {
    var also: [LedgerCore.Digest] = []
    if let sha1, let digest = sha1.finalize().withUnsafeBytes({ Digest(.sha1, bytes: $0) }) {
      also.append(digest)
    }
    if let md5, let digest = md5.finalize().withUnsafeBytes({ Digest(.md5, bytes: $0) }) {
      also.append(digest)
    }
    guard let digest = sha256.finalize().withUnsafeBytes({ Digest(.sha256, bytes: $0) }) else {
      preconditionFailure("sha256 has 32 bytes")
    }
    return Content(digest: digest, also: also, byteCount: byteCount)
  }

  /// The sha256 of bytes that come piece by piece, as for a fingerprint.
  package static func sha256(_ pieces: some Sequence<[UInt8]>) -> LedgerCore.Digest {
    var hasher = ContentHasher([.sha256])
    for piece in pieces { piece.withUnsafeBytes { hasher.update($0) } }
    return hasher.finish().digest
  }
}
