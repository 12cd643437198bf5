internal import Subprocess

/// The environment that git and ssh run in: the user's, so that ssh configuration, agents and
/// jump hosts work, without what would point git elsewhere.
package struct GitEnvironment: Hashable, Sendable {
  /// The variables.
  package let variables: [String: String]

  /// What of `GIT_…` stays: how the user reaches hosts, and which configuration files count.
  private static let kept: Set<String> = [
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_PROXY_COMMAND",
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
  ]

  /// Cleans the environment that the program was started in.
  ///
  /// `GIT_DIR` and its like are left out, the language is C (outputs are read), and git asks
  /// nothing on the terminal; ssh may.
  package init(cleaning variables: [String: String]) {
    var clean = variables.filter { !$0.key.hasPrefix("GIT_") || Self.kept.contains($0.key) }
    clean["LC_ALL"] = "C"
    clean["LANGUAGE"] = "C"
    clean["GIT_TERMINAL_PROMPT"] = "0"
    self.variables = clean
  }

  var subprocess: Environment {
    .custom(
      Dictionary(
        uniqueKeysWithValues: variables.compactMap { name, value in
          Environment.Key(rawValue: name).map { ($0, value) }
        }))
  }

  /// Where a program is, by these variables' `PATH`: a name with a slash is where it says. Nil where
  /// it is nowhere.
  func program(_ name: String) -> String? {
    guard !name.contains("/") else { return name }
    return (variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").lazy
      .map { "\($0)/\(name)" }.first { $0.hasPrefix("/") && FolderEffects.isProgram($0) }
  }
}
