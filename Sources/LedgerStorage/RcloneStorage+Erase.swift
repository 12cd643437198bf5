import LedgerCore
import LedgerFailurePoints

extension RcloneStorage {
  /// Destroys a trashed file on the remote: the only command of rclone here that destroys bytes.
  ///
  /// Only if they are those that were recorded, compared just now.
  package func erase(_ entry: TrashEntry) async -> Outcome {
    await attempt {
      guard try home.notedEntries().contains(entry) else { return .changed }
      let place = trashPath(entry)
      guard let there = try await look(at: [place], for: entry.content)[place] else {
        home.forget(entry)
        return .gone
      }
      guard there.isIt else { return .changed }
      let run = try await programEffect("destroy \(text(place)) of \(remote)") {
        try await rclone.program.run(["deletefile", "--", rclone.address(text(place))]).run
      }
      guard try await rclone.look(at: [place], try await features())[place] == nil else {
        return .blocked("rclone did not remove it: \(run.brief)")
      }
      home.forget(entry)
      return .done(there.file.stamp)
    }
  }
}
