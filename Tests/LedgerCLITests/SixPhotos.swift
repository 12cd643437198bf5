import LedgerTestKit
import Testing

/// Places that agree on six photos in two folders and a note; only amazon has the say.
func sixPhotos(
  _ places: [String] = ["desk"], _ body: (Family) async throws -> Void
) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join(
      [("amazon", "photo")] + places.map { (name: $0, authoritative: "none") })
    try await family.shell(
      """
      mkdir amazon/a amazon/b; echo note >amazon/note.txt
      for i in 1 2 3; do echo a$i >amazon/a/$i.jpg; echo b$i >amazon/b/$i.jpg; done
      """)
    try await family.sync("amazon")
    for place in places {
      try await family.shell("cp -a amazon/a amazon/b amazon/note.txt \(place)/")
      try await family.sync(place)
    }
    try await family.sync("amazon")
    try await body(family)
  }
}
