/// What kind of file something is, which decides who may delete it and who keeps it.
package enum MediaType: String, Hashable, Sendable, CaseIterable, Comparable {
  case photo, video, sidecar, other

  /// The order of declaration.
  package static func < (left: MediaType, right: MediaType) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int { MediaType.allCases.firstIndex(of: self) ?? 0 }

  /// Classes a file by its extension; `overrides` maps lower-case extensions and wins.
  package static func of(_ path: LibraryPath, overrides: [String: MediaType] = [:]) -> MediaType {
    let name = path.name
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
      return .other
    }
    let lower = name[(dot + 1)...].map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
    let ending = String(decoding: lower, as: UTF8.self)
    return overrides[ending] ?? table[ending] ?? .other
  }

  private static let table: [String: MediaType] = {
    let endings: [(MediaType, String)] = [
      (
        .photo,
        """
        jpg jpeg jpe heic heif hif png gif webp avif jxl tif tiff bmp psd dng cr2 cr3 crw nef nrw \
        arw srf sr2 raf orf rw2 pef srw x3f erf kdc mrw 3fr iiq raw rwl insp
        """
      ),
      (
        .video,
        """
        mov mp4 m4v avi mkv webm mpg mpeg mts m2ts ts 3gp 3g2 wmv flv vob ogv mod tod insv lrv 360
        """
      ),
      (.sidecar, "xmp aae thm"),
    ]
    var table: [String: MediaType] = [:]
    for (media, text) in endings {
      for ending in text.split(separator: " ") { table[String(ending)] = media }
    }
    return table
  }()
}
