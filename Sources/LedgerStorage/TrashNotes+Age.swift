#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Whether a place that was asked a day ago to move a file has surely ended that, one way or the other.
func isOld(_ entry: TrashEntry) -> Bool {
  Int64(time(nil)) - entry.trashedAt > 86_400
}
