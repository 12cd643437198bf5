package import LedgerCore

/// A line of `ledger replay --dump`: what the fingerprint is the sha256 of.
package enum DumpLine {
  /// `[path, state, [heads], [[deletion, decision]], [[location, copy state, content]]]` and a newline.
  package static func encode(_ state: PathState) -> [UInt8] {
    var line: [UInt8] = []
    // What a path with two copies takes; others grow.
    line.reserveCapacity(384)
    append(state, to: &line)
    return line
  }

  /// Appends the line of a path to those of others.
  package static func append(_ state: PathState, to line: inout [UInt8]) {
    line.append("[" as StaticString)
    if state.path.isText {
      state.path.bytes.withUnsafeBufferPointer { line.append(quoted: $0) }
    } else {
      line.append(#"{"pathBytes":"# as StaticString)
      line.append(quoted: Base64.encode(state.path.bytes))
      line.append("}" as StaticString)
    }
    line.append("," as StaticString)
    line.append(quoted: state.condition.rawValue)
    line.append(",[" as StaticString)
    append(state.heads, to: &line)
    line.append("],[" as StaticString)
    append(state.deletions, to: &line)
    line.append("],[" as StaticString)
    for (index, location) in state.copies.keys.sorted().enumerated() {
      if index > 0 { line.append("," as StaticString) }
      line.append("[" as StaticString)
      line.append(quoted: location.name)
      line.append("," as StaticString)
      line.append(quoted: (state.copyStates[location] ?? .absent).rawValue)
      line.append("," as StaticString)
      if let copy = state.copies[location], copy.version != nil {
        line.append(copy.name.digest)
      } else {
        line.append("null" as StaticString)
      }
      line.append("]" as StaticString)
    }
    line.append("]]\n" as StaticString)
  }

  private static func append(_ heads: [Head], to line: inout [UInt8]) {
    if heads.count == 1 { return line.append(heads[0].content.digest) }
    for (index, text) in heads.map(\.content.digest.description).sorted().enumerated() {
      if index > 0 { line.append("," as StaticString) }
      line.append(quoted: text)
    }
  }

  private static func append(_ deletions: [EventID: Deletion], to line: inout [UInt8]) {
    guard !deletions.isEmpty else { return }
    let sorted = deletions.values.map { ($0.id.description, $0.decision.rawValue) }
      .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    for (index, (id, decision)) in sorted.enumerated() {
      line.append(index > 0 ? ",[" : "[" as StaticString)
      line.append(quoted: id)
      line.append("," as StaticString)
      line.append(quoted: decision)
      line.append("]" as StaticString)
    }
  }
}
