import LedgerWorkflows

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The demonstration: a shell script that anyone can read, run with each command printed.
enum Demo {
  /// Runs the demonstration.
  ///
  /// - Returns: its exit status; not 0 where something did not come out as it should.
  static func run(
    in folder: String?, program: String, environment: [String: String]
  ) async throws -> Int32 {
    let temporary = environment["TMPDIR"] ?? "/tmp"
    let place = folder ?? "\(temporary)/ledger-demo-\(getpid())"
    guard access(place, F_OK) != 0 else {
      throw WorkflowError(
        .alreadyThere, "\(place) is there already. Nothing was done.",
        hint: "Name a folder that does not exist yet.")
    }
    setenv("LEDGER", program, 1)
    setenv("DEMO", place, 1)
    setenv("XDG_STATE_HOME", "\(place)/state", 1)
    setenv("XDG_CACHE_HOME", "\(place)/cache", 1)
    setenv("LEDGER_SETTLE_SECONDS", "0", 1)
    Terminal.flush()
    let status = system(script)
    return status == 0 ? 0 : 1
  }

  private static let script = #"""
    set -eu
    say() { printf '\n# %s\n' "$*"; }
    run() {
      { printf '$'
        for word; do case $word in *' '*) word="'$word'" ;; esac; printf ' %s' "$word"; done
        echo; } | sed "s|$LEDGER|ledger|g; s|$DEMO/||g"
      "$@" >"$DEMO/output" 2>&1 || fail "it ended with $?: $* $(cat "$DEMO/output")"
      sed "s|$DEMO/||g" "$DEMO/output"
    }
    fail() { printf 'This did not come out as it should: %s\n' "$*" >&2; exit 1; }
    mkdir -p "$DEMO"; cd "$DEMO"; mkdir amazon desk plex google
    all="amazon desk plex google"

    say 'A hub, and four places. What a person removes at amazon goes everywhere, if it is a photo.'
    run "$LEDGER" init hub.git --name family
    run "$LEDGER" join hub.git --as amazon --authoritative photo amazon
    run "$LEDGER" join hub.git --as desk --authoritative photo,video desk
    run "$LEDGER" join hub.git --as plex --authoritative photo,video plex
    run "$LEDGER" join hub.git --as google google

    say 'Photos and videos arrive in the cloud; scripts of your own copy them around.'
    mkdir -p amazon/2026
    i=1; while [ $i -le 12 ]; do printf 'photo %s' $i >"amazon/2026/IMG_$(printf %04d $i).jpg"; i=$((i + 1)); done
    printf 'a film' >amazon/2026/trip.mp4
    run "$LEDGER" sync -C amazon
    for place in desk plex google; do run cp -a amazon/2026 $place/; done
    for place in desk plex google; do run "$LEDGER" sync -C $place; done

    say 'A photo is deleted at amazon, and a video too, to make room.'
    run rm amazon/2026/IMG_0007.jpg amazon/2026/trip.mp4
    run "$LEDGER" sync -C amazon
    for place in desk plex google; do run "$LEDGER" sync -C $place; done
    for place in desk plex google; do
      [ ! -e $place/2026/IMG_0007.jpg ] || fail "the photo is still at $place"
      [ -e $place/2026/trip.mp4 ] || fail "the video is gone from $place"
    done
    run "$LEDGER" trash list -C desk
    run "$LEDGER" ls -C desk 2026/trip.mp4

    say 'That was a mistake: desk takes the photo out of its trash, and all places get it back:'
    say 'those that trashed it from their own trash, amazon by the script that copies.'
    run "$LEDGER" restore -C desk 2026/IMG_0007.jpg --yes
    for place in $all; do run "$LEDGER" sync -C $place; done
    for place in desk plex google; do
      [ -e $place/2026/IMG_0007.jpg ] || fail "the photo did not come back to $place"
    done

    run cp -a desk/2026/IMG_0007.jpg amazon/2026/

    say 'Every place comes to the same state, and git alone tells the story.'
    for round in 1 2; do for place in $all; do "$LEDGER" sync -C $place >/dev/null; done; done
    for place in $all; do run "$LEDGER" replay -C $place; done
    prints=$(for place in $all; do "$LEDGER" replay -C $place | tail -n 1; done | sort -u | wc -l)
    [ "$prints" -eq 1 ] || fail 'the fingerprints differ'
    run git clone --quiet hub.git audit
    run git -C audit log --format='%an: %s' -S IMG_0007.jpg
    run git -C hub.git fsck --strict --no-dangling
    run "$LEDGER" status -C desk
    printf '\nAll of it is in %s; delete that folder when you have seen enough.\n' "$DEMO"
    """#
}

extension CommonOptions {
  /// The path of this program.
  static var program: String {
    let name = CommandLine.arguments[0]
    if name.contains("/"), let path = realpath(name, nil) {
      defer { free(path) }
      return String(cString: path)
    }
    #if os(Linux)
      if let path = realpath("/proc/self/exe", nil) {
        defer { free(path) }
        return String(cString: path)
      }
    #endif
    return name
  }
}
