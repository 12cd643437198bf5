/// Which versions of a path are older than which others.
///
/// Older is judged by replacing alone first; versions of the same bytes, neither older than the
/// other, count as one; a chain through equal bytes counts only if no chain leads back.
struct VersionGraph {
  private let content: [EventID: ContentIdentity.Key]
  private let replacedBy: [EventID: Set<EventID>]

  /// No version is older than another.
  static let empty = VersionGraph(content: [:], replacements: [])

  /// - Parameters:
  ///   - content: the name of each version's bytes.
  ///   - replacements: pairs of an older version and the one that replaced it.
  init(
    content: [EventID: ContentIdentity.Key], replacements: [(old: EventID, new: EventID)]
  ) {
    var replacedBy: [EventID: Set<EventID>] = [:]
    for pair in replacements where content[pair.old] != nil && content[pair.new] != nil {
      replacedBy[pair.old, default: []].insert(pair.new)
    }
    self.content = content
    self.replacedBy = replacedBy
  }

  /// Whether `new` replaced `old`, directly or along a chain, and not the other way round.
  func isOlder(_ old: EventID, than new: EventID) -> Bool {
    guard old != new, !replacedBy.isEmpty else { return false }
    if reaches(old, new, throughEquals: false) { return !reaches(new, old, throughEquals: false) }
    if reaches(new, old, throughEquals: false) { return false }
    return reaches(old, new, throughEquals: true) && !reaches(new, old, throughEquals: true)
  }

  private func reaches(_ start: EventID, _ goal: EventID, throughEquals: Bool) -> Bool {
    var visited: Set<EventID> = []
    var open = [(start, hasReplaced: false)]
    var visitedReplaced: Set<EventID> = []
    while let (version, hasReplaced) = open.popLast() {
      if version == goal && hasReplaced { return true }
      guard
        hasReplaced ? visitedReplaced.insert(version).inserted : visited.insert(version).inserted
      else { continue }
      for next in replacedBy[version] ?? [] { open.append((next, true)) }
      guard throughEquals else { continue }
      for other in content.keys where other != version && areOne(version, other) {
        open.append((other, hasReplaced))
      }
    }
    return false
  }

  private func areOne(_ one: EventID, _ other: EventID) -> Bool {
    content[one] == content[other] && !reaches(one, other, throughEquals: false)
      && !reaches(other, one, throughEquals: false)
  }
}
