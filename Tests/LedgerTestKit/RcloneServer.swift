internal import Subprocess

/// A real server on the loopback that keeps files, for one test.
package struct RcloneServer: Sendable {
  /// What serves.
  package enum Kind: String, Sendable, CaseIterable {
    /// `rclone serve`.
    case webdav, sftp
    /// `rclone serve s3`, of PyPI's rclone: Debian's has none. The folder served is the bucket.
    case s3
    /// Others, from the folder `.build/servers`, where README's test command installs them.
    case wsgidav, moto
    /// Debian's.
    case vsftpd
    /// A front of another server, whose port is its argument, that turns two of three requests away with
    /// status 429.
    case busy
  }

  /// Where it listens.
  package let port: String

  /// The remote as rclone takes it.
  package let remote: String
  private let process: Execution<NoInput, DiscardedOutput, DiscardedOutput>

  /// Where the further programs are.
  package static let programs =
    "\(#filePath)".split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    + "/.build/servers/bin"

  /// Ends it at once, as where its machine goes away.
  /// - Throws: if it has ended already.
  package func kill() throws { try process.send(signal: .kill) }

  /// Has it fall silent, as where the network goes away.
  /// - Throws: if it has ended already.
  package func fallSilent() throws { try process.send(signal: .suspend) }

  /// Serves `folder` while `body` does its work, then ends. (moto keeps files in memory.)
  /// - Throws: `TestKitError` if it can't be started; what `body` throws.
  package static func run<Result: Sendable>(
    _ kind: Kind, serving folder: String, arguments: [String] = [],
    _ body: (RcloneServer) async throws -> Result
  ) async throws -> Result {
    let log = "\(folder).\(kind.rawValue).log"
    let wanted = [.wsgidav, .vsftpd].contains(kind) ? try SSHServer.freePort() : 0
    let words = words(kind, folder, wanted) + arguments
    let result = try await Subprocess.run(
      .name("sh"), arguments: Arguments(["-c", "exec \"$@\" >\"$0\" 2>&1", log] + words),
      environment: .inherit.updating([
        "RCLONE_CONFIG": "/dev/null", "RCLONE_CACHE_DIR": "\(folder).cache",
      ]), input: .none, output: .discarded, error: .discarded
    ) { execution -> Result in
      do {
        let port = try await kind == .vsftpd ? whenListening(wanted) : port(log)
        let result = try await body(
          RcloneServer(
            port: port, remote: try await remote(kind, port, folder), process: execution))
        try? execution.send(signal: .kill)
        return result
      } catch {
        try? execution.send(signal: .kill)
        throw error
      }
    }
    return result.closureResult
  }

  private static func words(_ kind: Kind, _ folder: String, _ port: Int) -> [String] {
    // Without a cache of folders, in which it would not see what the test does to them.
    let rclone = ["--addr=127.0.0.1:0", "--dir-cache-time=0s"]
    return switch kind {
    case .webdav: ["rclone", "serve", "webdav", folder] + rclone
    case .sftp: ["rclone", "serve", "sftp", folder, "--no-auth"] + rclone
    case .s3:
      ["\(programs)/rclone", "serve", "s3", "\(folder)/..", "--auth-key=\(key),\(secret)"] + rclone
    case .wsgidav:
      [
        "\(programs)/wsgidav", "--host=127.0.0.1", "--port=\(port)", "--root=\(folder)",
        "--auth=anonymous",
      ]
    case .moto: ["\(programs)/moto_server", "-H", "127.0.0.1", "-p", "0"]
    case .vsftpd: ["sh", "-c", vsftpd, "sh", folder, "\(port)"]
    case .busy: ["python3", "-c", front]
    }
  }

  // It says where it listens once it does.
  private static func port(_ log: String) async throws -> String {
    for _ in 0..<4_000 {
      let run = try await HermeticGit.runProgram(
        [
          "sh", "-c", "grep -o '127.0.0.1:[1-9][0-9]*' \"$1\" 2>/dev/null || true", "sh", log,
        ], in: "/", environment: HermeticGit.environment())
      if let port = run.output.split(separator: "\n").last?.split(separator: ":").last {
        return String(port)
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw TestKitError("no server listens: \(log)")
  }

  // It says nothing at all.
  private static func whenListening(_ port: Int) async throws -> String {
    for _ in 0..<4_000 {
      let run = try await HermeticGit.runProgram(
        ["ss", "-ltnH", "sport = :\(port)"], in: "/", environment: HermeticGit.environment())
      if !run.output.isEmpty { return String(port) }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw TestKitError("no server listens at \(port)")
  }

  private static func remote(
    _ kind: Kind, _ port: String, _ folder: String
  ) async throws -> String {
    let address = "url=\"http://127.0.0.1:\(port)\""
    switch kind {
    case .webdav, .wsgidav, .busy: return ":webdav,\(address),vendor=other:"
    case .moto, .s3:
      let bucket = kind == .moto ? "photos" : String(folder.split(separator: "/").last ?? "")
      return ":s3,provider=Other,access_key_id=\(key),secret_access_key=\(secret),region=us-east-1,"
        + "endpoint=\"http://127.0.0.1:\(port)\",force_path_style=true:\(bucket)"
    case .sftp, .vsftpd:
      let run = try await HermeticGit.runProgram(
        ["rclone", "obscure", "any"], in: "/", environment: HermeticGit.environment())
      let name = kind == .sftp ? "sftp" : "ftp"
      return ":\(name),host=127.0.0.1,port=\(port),user=anonymous,pass=\(run.output):"
    }
  }

  // rclone takes no short ones.
  private static let (key, secret) = ("tester", "secretsecret")

  private static let vsftpd = """
    cat >"$1.conf" <<END
    listen=YES
    listen_address=127.0.0.1
    listen_port=$2
    background=NO
    anonymous_enable=YES
    no_anon_password=YES
    anon_root=$1
    anon_upload_enable=YES
    anon_mkdir_write_enable=YES
    anon_other_write_enable=YES
    anon_world_readable_only=NO
    write_enable=YES
    allow_writeable_chroot=YES
    run_as_launching_user=YES
    seccomp_sandbox=NO
    force_dot_files=${3-YES}
    END
    exec vsftpd "$1.conf"
    """

  private static let front = """
    import http.client, http.server, sys

    class Front(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        count = 0

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            Front.count += 1
            if Front.count % 3 and self.command in ("PROPFIND", "MOVE", "GET"):
                self.send_response(429)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            there = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
            there.request(self.command, self.path, body, dict(self.headers))
            answer = there.getresponse()
            data = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_HEAD = do_PUT = do_OPTIONS = do_PROPFIND = do_MKCOL = do_MOVE = pass_on

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
    print("serving on 127.0.0.1:%d" % server.server_port, flush=True)
    server.serve_forever()
    """
}
