internal import Subprocess
internal import SystemPackage

#if canImport(Darwin)
  internal import Darwin
#else
  internal import Glibc
#endif

/// A real `sshd` on the loopback with keys of its own, for one test.
package struct SSHServer: Sendable {
  /// The kind of key that a user logs in with.
  package enum Key: String, Sendable, CaseIterable {
    case ed25519, rsa
  }

  /// Where it listens.
  package let port: Int
  private let folder: String

  /// A command for `GIT_SSH_COMMAND` that logs in here with such a key, and asks nobody.
  package func command(_ key: Key) -> String { "ssh -F '\(folder)/config-\(key.rawValue)'" }

  /// Makes a further key, which may not log in yet.
  /// - Returns: the path of its `.pub` file, and a command for `GIT_SSH_COMMAND` that uses it.
  /// - Throws: `TestKitError` if it can't be made.
  package func makeKey(_ name: String) async throws -> (publicKey: String, command: String) {
    try await shell(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name])
    try await shell([
      "sh", "-c", "sed 's,/ed25519$,/\(name),' config-ed25519 >config-\(name)",
    ])
    return ("\(folder)/\(name).pub", "ssh -F '\(folder)/config-\(name)'")
  }

  /// The private key of a kind, in a file.
  package func keyFile(_ key: Key) -> String { "\(folder)/\(key.rawValue)" }

  /// The name of the host in addresses: `hub:photos.git` or `ssh://hub/srv/photos.git`.
  package let host = "hub"

  /// How many connections were accepted so far.
  /// - Throws: if the log can't be read.
  package func connections() async throws -> Int {
    let run = try await HermeticGit.runProgram(
      ["grep", "-c", "^Accepted publickey", "\(folder)/log"], in: folder,
      environment: HermeticGit.environment())
    return Int(run.output) ?? 0
  }

  /// Runs a server while `body` does its work, then ends it.
  /// - Parameter wanted: the port to try first.
  /// - Throws: `TestKitError` if it can't be started; what `body` throws.
  package static func run<Result: Sendable>(
    at wanted: Int? = nil, _ body: (SSHServer) async throws -> Result
  ) async throws -> Result {
    // Another program may take the port between our look and sshd's.
    for attempt in 0..<20 {
      let port = if attempt == 0, let wanted { wanted } else { try freePort() }
      if let result = try await withTemporaryFolder({ try await run(in: $0, port, body) }) {
        return result
      }
    }
    throw TestKitError("sshd found no free port")
  }

  // Nil when its port was taken meanwhile.
  private static func run<Result: Sendable>(
    in folder: String, _ port: Int, _ body: (SSHServer) async throws -> Result
  ) async throws -> Result? {
    let server = SSHServer(port: port, folder: folder)
    try await server.prepare()
    let result = try await Subprocess.run(
      .path("/usr/sbin/sshd"),
      arguments: ["-D", "-f", "\(folder)/sshd_config", "-E", "\(folder)/log"],
      input: .none, output: .discarded, error: .discarded
    ) { execution -> Result? in
      do {
        guard try await server.waitUntilListening(execution.processIdentifier.value) else {
          return nil
        }
        let result = try await body(server)
        try execution.send(signal: .terminate)
        return result
      } catch {
        try? execution.send(signal: .terminate)
        throw error
      }
    }
    return result.closureResult
  }

  private init(port: Int, folder: String) {
    self.port = port
    self.folder = folder
  }

  private func prepare() async throws {
    // sshd that runs as root insists on this folder.
    if geteuid() == 0 { _ = mkdir("/run/sshd", 0o755) }
    for (name, kind) in [("host", "ed25519"), ("ed25519", "ed25519"), ("rsa", "rsa")] {
      let bits = kind == "rsa" ? ["-b", "2048"] : []
      try await shell(["ssh-keygen", "-q", "-t", kind] + bits + ["-N", "", "-f", name])
    }
    try await shell(["sh", "-c", "cat ed25519.pub rsa.pub >authorized_keys"])
    try await shell([
      "sh", "-c", "printf '[127.0.0.1]:\(port) %s\\n' \"$(cut -d' ' -f1,2 host.pub)\" >known_hosts",
    ])
    try await write(
      "sshd_config",
      """
      ListenAddress 127.0.0.1
      Port \(port)
      HostKey \(folder)/host
      AuthorizedKeysFile \(folder)/authorized_keys \(folder)/.ssh/authorized_keys
      SetEnv HOME=\(folder) "PATH=\(HermeticGit.path)"
      PidFile none
      UsePAM no
      StrictModes no
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitRootLogin yes
      MaxStartups 100
      Subsystem sftp internal-sftp
      LogLevel INFO
      """)
    for key in Key.allCases {
      try await write(
        "config-\(key.rawValue)",
        """
        Host hub
          HostName 127.0.0.1
          Port \(port)
          User \(try await shell(["id", "-un"]))
          IdentityFile \(folder)/\(key.rawValue)
          IdentitiesOnly yes
          IdentityAgent none
          BatchMode yes
          StrictHostKeyChecking yes
          UserKnownHostsFile \(folder)/known_hosts
          GlobalKnownHostsFile /dev/null
          LogLevel ERROR
        """)
    }
  }

  private func write(_ name: String, _ text: String) async throws {
    let run = try await HermeticGit.runProgram(
      ["sh", "-c", "printf '%s\\n' \"$1\" >\(name)", "sh", text], in: folder,
      environment: HermeticGit.environment())
    guard run.exitStatus == 0 else { throw TestKitError(run.words) }
  }

  @discardableResult
  private func shell(_ arguments: [String]) async throws -> String {
    let run = try await HermeticGit.runProgram(
      arguments, in: folder, environment: HermeticGit.environment())
    guard run.exitStatus == 0 else { throw TestKitError("\(arguments): \(run.words)") }
    return run.output
  }

  /// Reads the log until it says that the server listens: a connection just to see would leave
  /// a child of it behind. False when another program has its port.
  private func waitUntilListening(_ process: pid_t) async throws -> Bool {
    while true {
      // Asked before the log is read, so that a server that has ended has said its last word.
      let isAlive = try Self.isRunning(process)
      let log = try await shell(["sh", "-c", "cat log 2>/dev/null || true"])
      if log.contains("Server listening") { return true }
      if !isAlive {
        if log.contains("Address already in use") { return false }
        throw TestKitError("sshd does not listen: \(log)")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  // Without reaping it, which is for who started it.
  private static func isRunning(_ process: pid_t) throws -> Bool {
    var status = siginfo_t()
    guard waitid(P_PID, id_t(process), &status, WEXITED | WNOHANG | WNOWAIT) == 0 else {
      return false
    }
    #if canImport(Darwin)
      return status.si_pid == 0
    #else
      return status._sifields._kill.si_pid == 0
    #endif
  }

  /// A port that nobody uses at this moment.
  static func freePort() throws -> Int {
    try withSocket { socket in
      var address = loopback(port: 0)
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let done = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
        }
      }
      guard done else { throw TestKitError("no free port") }
      return Int(UInt16(bigEndian: address.sin_port))
    }
  }

  private static func withSocket<Result>(_ body: (Int32) throws -> Result) throws -> Result {
    #if canImport(Darwin)
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    guard descriptor >= 0 else { throw TestKitError("no socket") }
    defer { close(descriptor) }
    return try body(descriptor)
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
