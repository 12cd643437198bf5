package import LedgerCore

extension OpenLocation {
  /// A name of the library as a person typed it: relative to the location's folder, with or without
  /// `./`, or absolute and inside that folder: then it is the file's name there, which a map may tell
  /// otherwise. Empty for the folder itself. Anything else stays as it is.
  package func libraryName(_ text: String) -> String {
    var text = text
    if text == paths.home { return "" }
    if text.hasPrefix("/") {
      text = (inside(text) ?? resolvedInside(text)).map(libraryName(ofPlace:)) ?? text
    }
    while text.hasPrefix("./") { text.removeFirst(2) }
    return text == "." ? "" : text
  }

  /// The path that a person typed.
  ///
  /// - Throws: `WorkflowError` where it can be no path of a library.
  package func libraryPath(_ text: String) throws -> LibraryPath {
    var bytes = Array(libraryName(text).utf8)
    while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    guard let path = LibraryPath(diskBytes: bytes) else {
      throw WorkflowError(
        .usage, "\(text.debugDescription) is no path of a library. Nothing was done.",
        hint: "Give it relative to the location's folder, \(paths.home).")
    }
    return path
  }

  // A folder's name tells no type, so it stays as it is: it is a folder of the library's then.
  private func libraryName(ofPlace text: String) -> String {
    guard !file.map.isNone else { return text }
    return file.map.path(spelled: Array(text.utf8))?.text ?? text
  }

  private func inside(_ text: String) -> String? {
    let start = paths.home == "/" ? "/" : paths.home + "/"
    return text.hasPrefix(start) ? String(text.dropFirst(start.count)) : nil
  }

  // The folder may have been reached by a link; the file itself may be gone.
  private func resolvedInside(_ text: String) -> String? {
    guard let slash = text.lastIndex(of: "/"),
      let folder = StateFolder.resolve(slash == text.startIndex ? "/" : String(text[..<slash]))
    else { return nil }
    return inside(folder + text[slash...])
  }
}
