/// Goes through what a location has, asset by asset, and keeps what was decided.
struct Pruner {
  private let input: PruneInput
  // By the numbers of `input.present`: what belongs to what, both ways.
  private var mains: [Int: [Int]] = [:]
  private var companions: [Int: [Int]] = [:]
  private var files: [Int: PruneFile] = [:]
  private var reasons: [Int: PruneReason] = [:]
  private var going: Set<Int> = []

  init(_ input: PruneInput) {
    self.input = input
    pair()
  }

  mutating func plan() -> PrunePlan {
    let asked = input.present.indices.filter { isAskedFor($0) }
    let tops = asked.filter { mains[$0] == nil }
    let members = tops.map { (top: $0, all: belongings(of: $0)) }
    for (_, all) in members {
      for index in all where files[index] == nil { judge(index) }
    }
    let free = members.filter { top, all in
      if reasons[top] != nil { return false }
      guard let stays = all.first(where: { reasons[$0] != nil }) else { return true }
      reasons[top] = .companion(input.present[stays].path)
      return false
    }
    for top in choose(among: free) { going.insert(top) }
    settleCompanions(Set(members.flatMap(\.all)))
    return result(asked, members)
  }

  private func isAskedFor(_ index: Int) -> Bool {
    let file = input.present[index]
    return input.rule.media.contains(file.media) && input.isNamed(file.path)
  }

  private mutating func pair() {
    let possible = input.present.indices.filter { Companions.canBe(input.present[$0].path) }
    guard !possible.isEmpty else { return }
    let stems = Set(possible.map { Array(Companions.stem(input.present[$0].path)) })
    var byStem: [[UInt8]: [Int]] = [:]
    for index in input.present.indices {
      let path = input.present[index].path
      let stem = Array(Companions.stem(path))
      if stems.contains(stem) { byStem[stem, default: []].append(index) }
      if stem != path.bytes, stems.contains(path.bytes) {
        byStem[path.bytes, default: []].append(index)
      }
    }
    for index in possible {
      let path = input.present[index].path
      let own = (byStem[Array(Companions.stem(path))] ?? [])
        .filter { Companions.isCompanion(path, of: input.present[$0].path) }
      guard !own.isEmpty else { continue }
      mains[index] = own
      for main in own { companions[main, default: []].append(index) }
    }
  }

  // What belongs to a file, and to that again, in order.
  private func belongings(of top: Int) -> [Int] {
    var found: Set<Int> = [top]
    var rest = [top]
    while let next = rest.popLast() {
      for index in companions[next] ?? [] where found.insert(index).inserted { rest.append(index) }
    }
    return found.sorted()
  }

  private mutating func judge(_ index: Int) {
    guard let file = input.file(input.present[index].path) else {
      reasons[index] = .incompleteLog
      return
    }
    files[index] = file
    reasons[index] = input.reason(file)
  }

  // The files that came here first, of those the largest; all where no amount was asked for.
  private mutating func choose(among free: [(top: Int, all: [Int])]) -> [Int] {
    guard let wanted = input.wantedBytes else { return free.map(\.top) }
    struct Asset {
      let top: Int
      let since: Int64
      let bytes: Int64
    }
    let assets = free.map { top, all in
      // What several have in common may stay, so that it is not counted on.
      let own = all.filter { $0 == top || mains[$0]?.allSatisfy { all.contains($0) } ?? true }
      return Asset(
        top: top, since: since(top).milliseconds, bytes: own.reduce(0) { $0 + freed($1) })
    }
    var chosen: [Int] = []
    var sum: Int64 = 0
    for asset in assets.sorted(by: { ($0.since, -$0.bytes, $0.top) < ($1.since, -$1.bytes, $1.top) }
    ) {
      if sum >= wanted {
        reasons[asset.top] = .enough
      } else if asset.bytes == 0 {
        reasons[asset.top] = .linked
      } else {
        chosen.append(asset.top)
        sum += asset.bytes
      }
    }
    return chosen
  }

  private func since(_ index: Int) -> Instant {
    guard let file = files[index], let copy = file.state.copies[input.location] else {
      return input.now
    }
    return file.instants[copy.since] ?? input.now
  }

  private func freed(_ index: Int) -> Int64 {
    guard let copy = files[index]?.state.copies[input.location],
      !input.isLinked(input.present[index].path)
    else { return 0 }
    return copy.file.content.byteCount
  }

  // A companion goes when all that it belongs to goes.
  private mutating func settleCompanions(_ all: Set<Int>) {
    var rest = all.filter { mains[$0] != nil && reasons[$0] == nil }.sorted()
    var isNew = true
    while isNew {
      isNew = false
      for index in rest where mains[index]?.allSatisfy(going.contains) == true {
        going.insert(index)
        isNew = true
      }
      rest.removeAll { going.contains($0) }
    }
  }

  private func result(_ asked: [Int], _ members: [(top: Int, all: [Int])]) -> PrunePlan {
    var plan = PrunePlan()
    var told: Set<Int> = []
    for (top, all) in members {
      // Companions first: cut short in between, what is left still belongs together.
      for index in all.filter({ $0 != top }) + [top] where told.insert(index).inserted {
        if going.contains(index), let step = step(index) {
          plan.steps.append(step)
        } else {
          plan.staying.append(stay(index))
        }
      }
    }
    for index in asked where !told.contains(index) { plan.staying.append(stay(index)) }
    plan.staying.sort { $0.path < $1.path }
    return plan
  }

  private func step(_ index: Int) -> PruneStep? {
    guard let file = files[index], let copy = file.state.copies[input.location] else { return nil }
    return PruneStep(
      path: file.state.path, content: copy.file.content, media: copy.file.media,
      holders: input.holders(of: copy, file).seen, freedBytes: freed(index))
  }

  private func stay(_ index: Int) -> PruneStay {
    let main = mains[index]?.first { !going.contains($0) }
    let reason = reasons[index] ?? main.map { .belongsTo(input.present[$0].path) } ?? .incompleteLog
    return PruneStay(path: input.present[index].path, reason: reason)
  }
}
