// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A module of the program, whose arrows `ArchitectureTests` holds.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

/// The tests of a module; all of them may use the test kit and Custom Dump.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name,
    dependencies: dependencies + [
      "LedgerTestKit",
      .product(name: "CustomDump", package: "swift-custom-dump"),
      .product(name: "IssueReportingTestSupport", package: "xctest-dynamic-overlay"),
    ],
    swiftSettings: settings)
}

let package = Package(
  name: "ledger",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "ledger", targets: ["LedgerCLI"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/pointfreeco/swift-custom-dump", exact: "1.7.3"),
    .package(url: "https://github.com/pointfreeco/xctest-dynamic-overlay", exact: "1.13.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CLibgit2", pkgConfig: "libgit2",
      providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])]),
    .target(name: "CLedgerSystem"),
    module("LedgerFailurePoints"),
    module("LedgerCore"),
    module("LedgerFormat", ["LedgerCore"]),
    module(
      "LedgerGit",
      [
        "LedgerCore", "LedgerFormat", "LedgerFailurePoints", "CLibgit2",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      // Links to `ledger-template/`, so that one installed file can make a hub.
      resources: [
        .embedInCode("Template/README.md"), .embedInCode("Template/attributes"),
        .embedInCode("Template/config"), .embedInCode("Template/description"),
        .embedInCode("Template/post-receive"), .embedInCode("Template/pre-receive"),
        .embedInCode("Template/serve"), .embedInCode("Template/update"),
      ]),
    module(
      "LedgerCache",
      ["LedgerCore", "LedgerFailurePoints", .product(name: "GRDB", package: "GRDB.swift")]),
    module(
      "LedgerStorage",
      [
        "LedgerCore", "LedgerFailurePoints", "CLedgerSystem",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    module(
      "LedgerHooks",
      [
        "LedgerCore", "LedgerFormat",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    module(
      "LedgerWorkflows",
      [
        "LedgerCore", "LedgerFormat", "LedgerFailurePoints", "LedgerGit", "LedgerCache",
        "LedgerStorage", "LedgerHooks",
      ]),
    .executableTarget(
      name: "LedgerCLI",
      dependencies: [
        "LedgerCore", "LedgerFormat", "LedgerGit", "LedgerCache", "LedgerStorage",
        "LedgerWorkflows", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .target(
      name: "LedgerTestKit",
      dependencies: [
        "LedgerCore", "LedgerFormat",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/LedgerTestKit", swiftSettings: settings),
    .executableTarget(
      name: "ledger-simulate", dependencies: ["LedgerTestKit"], path: "Tests/ledger-simulate",
      exclude: ["README.md", "mutants.py"], swiftSettings: settings),
    tests("LedgerCoreTests", ["LedgerCore", "LedgerFormat"]),
    tests("LedgerFormatTests", ["LedgerCore", "LedgerFormat"]),
    tests("LedgerGitTests", ["LedgerCore", "LedgerFormat", "LedgerGit"]),
    tests("LedgerCacheTests", ["LedgerCore", "LedgerCache"]),
    tests("LedgerStorageTests", ["LedgerCore", "LedgerStorage"]),
    tests("LedgerWorkflowsTests", ["LedgerCore", "LedgerFormat", "LedgerGit", "LedgerWorkflows"]),
    tests("LedgerCLITests", ["LedgerCLI", .product(name: "GRDB", package: "GRDB.swift")]),
    tests("LedgerTestKitTests"),
    tests("ArchitectureTests"),
  ],
  swiftLanguageModes: [.v6])
