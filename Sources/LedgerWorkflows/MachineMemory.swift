import LedgerStorage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How much memory there is to plan with.
package enum MachineMemory {
  /// The machine's memory in bytes, or less where the system lets the group of processes that this one
  /// belongs to have less, as a container does (cgroups(7)).
  package static func byteCount() -> Int {
    let pages = Int(sysconf(Int32(_SC_PHYS_PAGES)))
    let all = pages > 0 ? pages * Int(sysconf(Int32(_SC_PAGESIZE))) : 1 << 30
    let groups = (try? StateFolder.read("/proc/self/cgroup")) ?? []
    return limits(groups: String(decoding: groups, as: UTF8.self)).reduce(all, min)
  }

  // A line is `0::/a/b` in the unified hierarchy and `4:memory:/a/b` in the one before it; within a
  // container its own group stands at the root.
  private static func limits(groups: String) -> [Int] {
    groups.split(separator: "\n").flatMap { line -> [Int] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      let isUnified = parts[1].isEmpty
      guard isUnified || parts[1].split(separator: ",").contains("memory") else { return [] }
      let root = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      let name = isUnified ? "memory.max" : "memory.limit_in_bytes"
      var folder = parts[2].split(separator: "/")
      var found = [limit("\(root)/\(name)")]
      while !folder.isEmpty {
        found.append(limit("\(root)/\(folder.joined(separator: "/"))/\(name)"))
        folder.removeLast()
      }
      return found.compactMap(\.self)
    }
  }

  // `max`, or a number; that of the older hierarchy is larger than any memory where there is no limit.
  private static func limit(_ path: String) -> Int? {
    guard let bytes = try? StateFolder.read(path) else { return nil }
    return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
