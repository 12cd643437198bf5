import LedgerTestKit
import Testing

extension Family {
  /// Runs a script of a person that mounts disks, in a mount namespace of its own: when it ends, also
  /// by failing, the kernel unmounts everything and ends what serves it.
  ///
  /// The script has these functions:
  /// - `run STATUS NAME ARGUMENTS…` runs the program, expects the exit status and keeps what it says
  ///   for `said(NAME)`;
  /// - `insert KIND IMAGE FOLDER [OPTIONS]` mounts an image as `ext4`, `exfat` or `ntfs`;
  /// - `format KIND IMAGE` makes one.
  /// - Parameter options: more for `unshare`, as `--net` for a network of its own.
  /// - Returns: what the script says on standard output.
  @discardableResult
  func mounting(
    _ script: String, _ options: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    try await shell(
      "unshare --mount true || { echo 'Only root can mount: run the tests as root.' >&2; exit 1; }")
    let run = try await HermeticGit.runProgram(
      ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] + options
        + ["bash", "-euo", "pipefail", "-c"]
        + ["program=\(try Self.program())\n" + Self.functions + script], in: folder,
      environment: environment)
    #expect(run.exitStatus == 0, "\(run.output)\n\(run.words)", sourceLocation: sourceLocation)
    return run.output
  }

  /// What a run in `mounting` said.
  func said(_ name: String) async throws -> Run {
    Run(
      status: 0, output: try await shell("cat \(name).out"),
      words: try await shell("cat \(name).words"))
  }

  private static let functions = """
    run() {
      local expected=$1 name=$2 status=0
      shift 2
      "$program" "$@" >"$name.out" 2>"$name.words" || status=$?
      [ "$status" = "$expected" ] && return
      { echo "$* ended with $status:"; cat "$name.out" "$name.words"; } >&2
      exit 1
    }
    format() {
      truncate -s 32M "$2"
      case $1 in
        ext4) mkfs.ext4 -q "$2" ;;
        exfat) mkfs.exfat "$2" >/dev/null ;;
        ntfs) mkfs.ntfs -q -Q -F "$2" >/dev/null 2>&1 ;;
      esac
    }
    insert() {
      local device
      mkdir -p "$3"
      case $1 in
        ext4) mount -o "loop${4:+,$4}" "$2" "$3" ;;
        ntfs) lowntfs-3g ${4:+-o "$4"} "$2" "$3" ;;
        exfat)
          [ ! -b "$2" ] || { mount.exfat-fuse "$2" "$3" >/dev/null 2>&1; return; }
          # Another test may take the same free device at the same time.
          until device=$(losetup --find --show "$2"); do :; done
          mount.exfat-fuse "$device" "$3" >/dev/null 2>&1 || { losetup -d "$device"; exit 1; }
          # The device goes with the mount.
          losetup -d "$device" ;;
      esac
    }

    """
}
