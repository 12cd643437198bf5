import LedgerCore
import LedgerGit
import LedgerTestKit
import Testing

@Suite struct `A loose object that was cut short` {
  // The library would ask for the rest of it for ever.
  @Test(arguments: [0, 1, 10, 20, 60, -1])
  func `is an error, whether it is a commit, a tree or a batch`(length: Int) async throws {
    try await withTemporaryFolder { folder in
      let clone = try await TestHub(in: folder).clone(desk)
      // Long enough that something is left to cut.
      let head = try clone.append(1, String(repeating: "a long line of a batch; ", count: 9))
      for name in ["desk", "desk:events", "desk:events/desk/2026-11/23/000000000001.jsonl"] {
        let id = try await HermeticGit.run("rev-parse", name, in: clone.repository.path)
        let file = "objects/\(id.prefix(2))/\(id.dropFirst(2))"
        try await HermeticGit.runProgramSuccessfully(
          ["sh", "-c", "cp -p \(file) kept; chmod u+w \(file); truncate -s \(length) \(file)"],
          in: clone.repository.path)
        if length < 0 {
          try await HermeticGit.runProgramSuccessfully(
            ["sh", "-c", "cp kept \(file) && truncate -s -1 \(file)"], in: clone.repository.path)
        }

        // Each reads all: a new repository has cached nothing.
        let damaged = try LedgerRepository(path: clone.repository.path)
        #expect(throws: GitError.self, "\(name)") {
          _ = try damaged.isAncestor(try damaged.rootCommit(), of: head)
          _ = try damaged.batchFiles(of: desk, from: nil, to: head)
        }
        try await HermeticGit.runProgramSuccessfully(
          ["mv", "-f", "kept", file], in: clone.repository.path)
      }
      let whole = try LedgerRepository(path: clone.repository.path)
      #expect(try whole.batchFiles(of: desk, from: nil, to: head).blobs.count == 1)
    }
  }
}
