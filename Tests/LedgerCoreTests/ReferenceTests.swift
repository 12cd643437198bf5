import CustomDump
import LedgerTestKit
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct `A reference model in another language` {
  /// The model was written from the pages on format and meaning alone.
  @Test(arguments: [0, 1_000] as [UInt64])
  func `comes to the same state`(start: UInt64) async throws {
    try await withTemporaryFolder { folder in
      var files: [String] = []
      var dumps: [String] = []
      for seed in start..<start + 200 {
        var simulation = Simulation(seed: seed, stepCount: 40)
        simulation.run()
        files.append(simulation.hubFiles.joined(separator: "\n"))
        dumps.append(simulation.hubDump.joined(separator: "\n"))
      }
      try write(files.joined(separator: "\n\n") + "\n", to: "\(folder)/histories")
      let run = try await HermeticGit.runProgram(
        ["python3", model, "--jsonl", "\(folder)/histories"], in: folder,
        environment: HermeticGit.environment())
      #expect(run.exitStatus == 0, "\(run.words)")
      let found = run.output.split(separator: "\n\n", omittingEmptySubsequences: false).map {
        story in
        story.split(separator: "\n").filter { !$0.hasPrefix("sha256:") }.joined(separator: "\n")
      }
      expectNoDifference(found.filter { !$0.isEmpty }, dumps)
    }
  }

  private var model: String {
    let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return "/\(tests)/ReferenceModel/reference.py"
  }

  private func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw TestKitError("no \(path)") }
    defer { fclose(file) }
    guard fputs(text, file) >= 0 else { throw TestKitError("\(path) can't be written") }
  }
}

@Suite struct `Deliberate bugs` {
  @Test func `are found in the sources, each once`() async throws {
    let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let run = try await HermeticGit.runProgram(
      ["python3", "/\(tests)/ledger-simulate/mutants.py", "--check"], in: "/",
      environment: HermeticGit.environment())
    #expect(run.exitStatus == 0, "\(run.output)\(run.words)")
  }
}
