/// How many files there are of each type, and how many bytes they have.
package struct FileTally: Hashable, Sendable {
  /// How many files, and how many bytes.
  package struct Total: Hashable, Sendable {
    /// So many files.
    package var files = 0
    /// So many bytes.
    package var bytes: Int64 = 0

    /// So many.
    package init(files: Int = 0, bytes: Int64 = 0) {
      self.files = files
      self.bytes = bytes
    }

    /// The sum.
    package static func + (left: Total, right: Total) -> Total {
      Total(files: left.files + right.files, bytes: left.bytes + right.bytes)
    }
  }

  private var photos = Total()
  private var videos = Total()
  private var sidecars = Total()
  private var others = Total()

  /// None.
  package init() {}

  /// Those of a type.
  package subscript(media: MediaType) -> Total {
    get {
      switch media {
      case .photo: photos
      case .video: videos
      case .sidecar: sidecars
      case .other: others
      }
    }
    set {
      switch media {
      case .photo: photos = newValue
      case .video: videos = newValue
      case .sidecar: sidecars = newValue
      case .other: others = newValue
      }
    }
  }

  /// Counts one.
  package mutating func add(_ media: MediaType, byteCount: Int64) {
    self[media] = self[media] + Total(files: 1, bytes: byteCount)
  }

  /// Those of all types.
  package var all: Total { photos + videos + sidecars + others }

  /// The sum, type by type.
  package static func + (left: FileTally, right: FileTally) -> FileTally {
    var sum = left
    for media in MediaType.allCases { sum[media] = left[media] + right[media] }
    return sum
  }
}
