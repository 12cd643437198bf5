import Foundation
import Testing

/// A source file of the project with its lines.
private struct Source: CustomStringConvertible {
  let module: String
  let path: String
  let lines: [String]

  var description: String { path }

  static func all(below folder: String) throws -> [Source] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: folder)
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
      return Source(
        module: String(name.prefix { $0 != "/" }), path: "\(folder)/\(name)",
        lines: text.components(separatedBy: "\n"))
    }
  }

  var imports: Set<String> {
    Set(
      lines.compactMap { line in
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count,
          !line.contains("//")
        else { return nil }
        return String(words[index + 1])
      })
  }
}

private let system: Set<String> = ["Glibc", "Musl", "Darwin", "Swift"]

private let allowedImports: [String: Set<String>] = [
  "LedgerCore": ["Swift"],
  "LedgerFormat": ["LedgerCore"],
  // Beside the arrows, since every effect passes through it: debug builds can be killed at each.
  "LedgerFailurePoints": ["Synchronization"],
  "LedgerGit": [
    "LedgerCore", "LedgerFormat", "LedgerFailurePoints", "CLibgit2", "Subprocess", "SystemPackage",
    "Dispatch", "Synchronization",
  ],
  "LedgerCache": [
    "LedgerCore", "LedgerFailurePoints", "GRDB", "GRDBSQLite", "Foundation", "Synchronization",
  ],
  "LedgerStorage": [
    "LedgerCore", "LedgerFailurePoints", "CLedgerSystem", "Crypto", "Subprocess", "SystemPackage",
    "Synchronization",
  ],
  "LedgerHooks": ["LedgerCore", "LedgerFormat", "Subprocess", "SystemPackage"],
  "LedgerWorkflows": [
    "LedgerCore", "LedgerFormat", "LedgerFailurePoints", "LedgerGit", "LedgerCache",
    "LedgerStorage", "LedgerHooks", "Dispatch", "Synchronization",
  ],
  "LedgerCLI": [
    "LedgerCore", "LedgerFormat", "LedgerGit", "LedgerCache", "LedgerStorage", "LedgerWorkflows",
    "ArgumentParser", "Synchronization",
  ],
]

@Suite struct `The architecture` {
  @Test func `lets modules import only what the arrows allow`() throws {
    for source in try Source.all(below: "Sources") {
      let allowed = try #require(allowedImports[source.module], "\(source)")
      let pure = ["LedgerCore", "LedgerFormat"].contains(source.module)
      let excess = source.imports.subtracting(pure ? allowed : allowed.union(system))
      #expect(excess.isEmpty, "\(source) imports \(excess.sorted())")
    }
  }

  @Test func `keeps clocks, chance, output and tasks out of the pure modules`() throws {
    let banned = ["Date(", ".random", "shuffled()", "print(", "Task ", "Task{", "async ", "await "]
    for source in try Source.all(below: "Sources")
    where ["LedgerCore", "LedgerFormat"].contains(source.module) {
      for (number, line) in source.lines.enumerated() where !line.contains("///") {
        for word in banned where line.contains(word) {
          Issue.record("\(source):\(number + 1) says \(word)")
        }
      }
    }
  }

  @Test func `lets no file grow past 400 lines`() throws {
    for source in try Source.all(below: "Sources") + Source.all(below: "Tests") {
      #expect(source.lines.count <= 401, "\(source)")
    }
  }

  @Test func `destroys files of a library in one place`() throws {
    let own: Set = [
      "LedgerGit/FolderEffects.swift", "LedgerStorage/FolderStorage+Fetch.swift",
      "LedgerStorage/FolderStorage+Heal.swift", "LedgerStorage/FolderStorage+Restore.swift",
      "LedgerStorage/FolderStorage+Slot.swift", "LedgerStorage/OutsideProgram.swift",
      "LedgerWorkflows/StateFolder.swift", "LedgerHooks/BoundedRun.swift",
    ]
    let found = try Source.all(below: "Sources").filter { source in
      source.lines.contains { $0.contains("unlink") && !$0.contains("//") }
    }
    // Those of the storage take back intents, notes and incoming copies of our own; the others are
    // about files outside any library.
    #expect(
      Set(found.map { $0.path.replacing("Sources/", with: "") }).subtracting(own)
        == ["LedgerStorage/FolderStorage+Erase.swift"])
  }

  @Test func `uses no way around the compiler's checks`() throws {
    // In two parts, so that a search for them finds no line but a wrong one.
    let banned = [
      "try" + "!", "fatal" + "Error(", "@unchecked" + " Sendable", "nonisolated" + "(unsafe)",
    ]
    for source in try Source.all(below: "Sources") {
      for (number, line) in source.lines.enumerated() {
        for word in banned where line.contains(word) {
          Issue.record("\(source):\(number + 1) says \(word)")
        }
      }
    }
  }

  @Test func `documents every declaration of a package`() throws {
    for source in try Source.all(below: "Sources") {
      for (number, line) in source.lines.enumerated() {
        let text = line.drop { $0 == " " }
        guard text.hasPrefix("package "), !text.hasPrefix("package import"), number > 0 else {
          continue
        }
        var above = number - 1
        while above > 0, source.lines[above].drop(while: { $0 == " " }).hasPrefix("@") {
          above -= 1
        }
        let before = source.lines[above].drop { $0 == " " }
        // A group of stored properties shares the comment above the first.
        let isDocumented =
          before.hasPrefix("///") || before.hasPrefix("package let")
          || before.hasPrefix("package var")
        #expect(isDocumented, "\(source):\(number + 1)")
      }
    }
  }
}
