import LedgerCache
package import LedgerCore
import LedgerFormat
import LedgerGit

/// What a take-over brought along from the clone that was here before: what it never had pushed.
package struct CarriedOver: Sendable {
  /// How many events go on as they were.
  package var sameCount = 0
  /// How many go on under new numbers, since another machine had used theirs.
  package var renumberedCount = 0
  /// What can't go on so: decisions that a person has to take again.
  package var dropped: [Event] = []
  /// How many events the disk has seen that no clone has any more.
  package var lostCount = 0
  /// Why the old clone could not be read, where it could not.
  package var trouble: String?
}

extension LocationPaths {
  /// Keeps the clone beside where the next one comes, and notes on the disk, before that, the clone
  /// whose unsent events are to go on: a run that is killed is begun anew from that one, and until
  /// `endCarry` no other run records anything.
  ///
  /// - Returns: the clone whose events are to go on; nil where there is none.
  func moveCloneAside() throws -> String? {
    let aside = StateFolder.pathAside(clone)
    let isThere = StateFolder.exists(clone)
    let source = try carrySource() ?? (isThere ? aside : nil)
    if let source { try StateFolder.write(Array(source.utf8), to: carryFile) }
    if isThere { try StateFolder.move(clone, to: aside) }
    return source
  }

  /// The clone that a run which was killed was to carry on from.
  func carrySource() throws -> String? {
    guard let bytes = try StateFolder.read(carryFile) else { return nil }
    let source = String(decoding: bytes, as: UTF8.self)
    // Killed between the note and the move, it still is where it was.
    return StateFolder.exists(source) ? source : nil
  }

  /// All that is to go on is recorded.
  func endCarry() throws { try StateFolder.removeOwn(carryFile) }
}

extension OpenLocation {
  /// Refuses to go on with a clone that was to be replaced, or that lacks what its predecessor had.
  func checkCarry() throws {
    guard StateFolder.exists(paths.carryFile) else { return }
    throw WorkflowError(
      .state,
      "A repair or a take-over of \(location) was cut short, and what it had not pushed is in the old "
        + "clone still. Nothing was scanned, recorded or touched.",
      hint: "Run ledger doctor --repair -C \(paths.home): it begins anew and carries that on.")
  }

  /// Records what the clone at `path`, which was moved aside, has and the hub lacks.
  ///
  /// Where nobody else has written as this location, the batches are appended as they are; else
  /// behind the other's, under new numbers and weakened as `CarryOver` says. The old clone stays.
  func carryOver(from path: String) async -> CarriedOver {
    var carried = CarriedOver()
    do {
      let old = try LedgerRepository(path: path)
      guard let unsent = try old.unsent(of: location, beyond: repository) else { return carried }
      var batches: [Batch] = []
      for blob in unsent.blobs {
        switch BatchFile.decode(blob.bytes, name: blob.name) {
        case .valid(let batch): batches.append(batch)
        case .void(let void): carried.trouble = "\(void.file), line \(void.line): \(void.reason)"
        case nil: carried.trouble = "\(blob.name) is no batch"
        }
      }
      let head = try repository.heads(own: location).heads[location]
      // Without a batch that can't be read, those after it would leave a gap under their old numbers.
      if try carried.trouble == nil && unsent.base == (head ?? repository.rootCommit()) {
        for batch in batches { try append(batch) }
        carried.sameCount = batches.reduce(0) { $0 + $1.events.count }
      } else {
        try await renumber(batches, &carried)
      }
    } catch {
      carried.trouble = "\(error)"
    }
    return carried
  }

  private func renumber(_ batches: [Batch], _ carried: inout CarriedOver) async throws {
    let next = try cache.numbers()[location] + 1
    let carry = CarryOver(batches.flatMap(\.events), of: location, next: next)
    let since = batches.first?.header.since ?? .nothing
    carried.renumberedCount = try await record(carry.facts, since: since).count
    carried.dropped = carry.dropped
  }
}
