import LedgerCore
import LedgerStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Tells a machine from a copy of its disk in another one.
package enum MachineIdentity {
  /// A digest of the system's own id for the machine (machine-id(5), `gethostuuid(2)`), which is not
  /// to be shown itself; empty where there is none.
  package static func read() -> String {
    let id = systemID()
    return id.isEmpty ? "" : ContentHasher.sha256([Array("ledger machine ".utf8) + id]).description
  }

  #if canImport(Darwin)
    private static func systemID() -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: 16)
      var wait = timespec(tv_sec: 1, tv_nsec: 0)
      return gethostuuid(&bytes, &wait) == 0 ? bytes : []
    }
  #else
    private static func systemID() -> [UInt8] {
      guard let bytes = try? StateFolder.read("/etc/machine-id") else { return [] }
      let id = bytes.prefix { $0 != UInt8(ascii: "\n") }
      // Before its first start an image has an empty one, or this word.
      return id.count == 32 ? Array(id) : []
    }
  #endif
}

extension OpenLocation {
  /// Refuses to write where the state of another machine was copied to this one: two machines that
  /// write as one location part its stream.
  ///
  /// - Throws: `WorkflowError`; then nothing was recorded or touched.
  mutating func checkMachine() throws {
    guard !outside.machine.isEmpty, file.machine != outside.machine else { return }
    let standard = LocationPaths(
      home: paths.home, ledger: file.ledger, location: location, in: outside)
    guard standard.state == paths.state else { return }
    guard file.machine.isEmpty else {
      throw WorkflowError(
        .twoWriters,
        "\(paths.state) was made on another machine, so \(location) may be in use there too. "
          + "Nothing was scanned, recorded or touched.",
        hint:
          "If this machine took the other's place, run ledger join \(file.hub) --as \(location) "
          + "--take-over \(paths.home). If both go on, join this one under a name of its own.")
    }
    file.machine = outside.machine
  }
}
