/// A line to an `SSHServer` that breaks after so many bytes: what ssh sends and gets goes through a
/// small program of ours, ssh's `ProxyCommand`, with a TCP connection of its own to the server.
///
/// A run of ssh ends only after the server has closed that connection.
package struct CutLine: Sendable {
  /// Whose bytes are counted.
  package enum Side: String, Sendable, CaseIterable {
    case client, server
  }

  /// How many bytes each side has sent through the line.
  package struct Counts: Sendable, Equatable {
    /// From the client to the server.
    package let client: Int
    /// From the server to the client.
    package let server: Int
  }

  private let server: SSHServer
  private let folder: String

  /// A line to `server`, with its program in `folder`, whose path needs no quoting.
  /// - Throws: if the program can't be written.
  package init(to server: SSHServer, in folder: String) async throws {
    self.server = server
    self.folder = folder
    let run = try await HermeticGit.runProgram(
      ["sh", "-c", "printf '%s' \"$1\" >line.py", "sh", Self.program], in: folder,
      environment: HermeticGit.environment())
    guard run.exitStatus == 0 else { throw TestKitError(run.words) }
  }

  /// A command for `GIT_SSH_COMMAND` over this line, whole.
  package var command: String { command(client: -1, server: -1) }

  /// A command for `GIT_SSH_COMMAND` over this line, which breaks once `side` has sent `count` bytes:
  /// these arrive, and none after them in either direction.
  package func command(cut side: Side, after count: Int) -> String {
    command(client: side == .client ? count : -1, server: side == .server ? count : -1)
  }

  private func command(client: Int, server limit: Int) -> String {
    let program = "python3 \(folder)/line.py \(server.port) \(folder)/counts \(client) \(limit)"
    return "\(server.command(.ed25519)) -o ProxyCommand='\(program)'"
  }

  /// What went through the line in its last use.
  /// - Throws: `TestKitError` if it was not used.
  package func counts() async throws -> Counts {
    let run = try await HermeticGit.runProgram(
      ["cat", "counts"], in: folder, environment: HermeticGit.environment())
    let numbers = run.output.split(separator: " ").compactMap { Int($0) }
    guard numbers.count == 2 else { throw TestKitError("no counts: \(run.output)\(run.words)") }
    return Counts(client: numbers[0], server: numbers[1])
  }

  // Standard error stays open until the end, so that who reads it waits for the server too.
  private static let program = """
    import os, select, signal, socket, sys
    port, report, limits = int(sys.argv[1]), sys.argv[2], [int(a) for a in sys.argv[3:5]]
    # ssh ends its ProxyCommand so, before the server is done.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    line = socket.create_connection(("127.0.0.1", port))
    sides, sent, isWhole = [0, line.fileno()], [0, 0], True
    while isWhole:
        isWhole = sent[0] != limits[0] and sent[1] != limits[1]
        for ready in select.select(sides, [], [])[0] if isWhole else []:
            side = sides.index(ready)
            room = limits[side] - sent[side] if limits[side] >= 0 else 65536
            data = os.read(ready, min(room, 65536))
            sent[side] += len(data)
            isWhole = isWhole and data != b""
            try:
                if side == 0: line.sendall(data)
                while side == 1 and data: data = data[os.write(1, data):]
            except OSError:
                isWhole = False
    os.close(0)
    os.close(1)
    try:
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536): pass
    except OSError:
        pass
    with open(report, "w") as file: file.write("%d %d" % tuple(sent))

    """
}
