import LedgerCore
import LedgerFailurePoints

extension RcloneStorage {
  /// Destroys a trashed file on the remote: the only command of rclone here that destroys bytes of a
  /// person.
  ///
  /// Only if they are those that were recorded, compared just now.
  package func erase(_ entry: TrashEntry) async -> Outcome {
    await attempt {
      guard try home.notedEntries().contains(entry) else { return .changed }
      let place = trashPath(entry)
      let before = try await look(at: [place, namePath(entry)], for: entry.content)
      guard let there = before[place] else {
        await dropName(of: entry, before.mapValues(\.file))
        home.forget(entry)
        return .gone
      }
      guard there.isIt else { return .changed }
      let run = try await programEffect("destroy \(text(place)) of \(remote)") {
        try await rclone.program.run(["deletefile", "--", rclone.address(text(place))]).run
      }
      let after = try await rclone.look(at: [place, namePath(entry)], try await features())
      guard after[place] == nil else {
        return .blocked("rclone did not remove it: \(run.brief)")
      }
      await dropName(of: entry, after)
      home.forget(entry)
      return .done(there.file.stamp)
    }
  }
}
