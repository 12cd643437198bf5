package import LedgerCore

/// A line of `ledger replay --dump`: what the fingerprint is the sha256 of.
package enum DumpLine {
  /// `[path, state, [heads], [[deletion, decision]], [[location, copy state, content]]]` and a newline.
  package static func encode(_ state: PathState) -> [UInt8] {
    var path = JSONObject()
    path.append("pathBytes", Base64.encode(state.path.bytes))
    let name = state.path.text.map { JSONObject.quoted($0) } ?? path.bytes
    let heads = state.heads.map(\.content.digest.description).sorted()
    let deletions = state.deletions.values
      .map { [$0.id.description, $0.decision.rawValue] }
      .sorted { $0[0].utf8.lexicographicallyPrecedes($1[0].utf8) }
    let copies = state.copies.keys.sorted().map { location -> [UInt8] in
      let copy = state.copies[location]
      let content = copy.flatMap { $0.version == nil ? nil : $0.name.digest.description }
      return JSONObject.array([
        JSONObject.quoted(location.name),
        JSONObject.quoted(state.copyStates[location]?.rawValue ?? CopyState.absent.rawValue),
        content.map { JSONObject.quoted($0) } ?? Array("null".utf8),
      ])
    }
    let line = JSONObject.array([
      name, JSONObject.quoted(state.condition.rawValue),
      JSONObject.array(heads.map { JSONObject.quoted($0) }),
      JSONObject.array(deletions.map { JSONObject.array($0.map { JSONObject.quoted($0) }) }),
      JSONObject.array(copies),
    ])
    return line + [UInt8(ascii: "\n")]
  }
}
