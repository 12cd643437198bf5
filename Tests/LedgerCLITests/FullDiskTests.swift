import Foundation
import LedgerTestKit
import Testing

/// How many KiB are left on the disk in each round, beside a round where it is read-only.
/// `LEDGER_FULL_SWEEP=200` tries each number up to that. With 20 and 30, blocks of 1 KiB and a
/// write-ahead log, SQLite dies by SIGBUS.
private let left: String = {
  let sweep = ProcessInfo.processInfo.environment["LEDGER_FULL_SWEEP"].flatMap { Int($0) }
  return sweep.map { "{0..\($0)}" } ?? "0 3 20 30"
}()

@Suite struct `A disk that is full or read-only` {
  /// A disk under one folder, with the size of its blocks: 1 KiB is what small disks have.
  private static let disks = [
    ("the library", "desk", 1024), ("clone and state", "state", 1024), ("the cache", "cache", 1024),
    ("the cache, in large blocks", "cache", 4096), ("the hub", "hub", 1024),
  ]

  @Test(arguments: disks)
  fileprivate func `loses nothing, and the next run with room does the rest`(
    _ what: String, folder: String, blockSize: Int
  ) async throws {
    try await withTemporaryFolder { temporary in
      let family = Family(in: temporary)
      try await family.mounting(
        """
        folder=\(folder)
        \(Self.world(blockSize))
        \(Self.round)
        round ro
        for kib in \(left); do round $kib; done
        """)
    }
  }

  /// Five photos at `desk` and `other`: `other` deleted two of them, of which `desk` has carried one
  /// out. All of it is saved, to begin each round with.
  private static func world(_ blockSize: Int) -> String {
    """
    ledger() { "$program" "$@" >ledger.out 2>&1 || { echo "$*"; cat ledger.out; exit 1; } >&2; }
    mkdir desk other hub state cache home
    truncate -s 8M disk.img
    mkfs.ext4 -q -m 0 -b \(blockSize) disk.img
    mount -o loop disk.img $folder
    ledger init hub/hub.git --name family
    for name in desk other; do
      ledger join hub/hub.git --as $name --authoritative photo $name
    done
    for i in 1 2 3 4 5; do echo $i >desk/$i.jpg; done
    ledger sync -C desk; cp -p desk/*.jpg other/; ledger sync -C other
    rm other/1.jpg; ledger sync -C other; ledger sync -C desk
    rm other/2.jpg; ledger sync -C other
    umount $folder
    mkdir saved
    cp -a disk.img desk other hub state cache home saved/
    mount -o loop disk.img $folder
    """
  }

  /// One round: the disk gets full but for so many KiB, or read-only (`ro`); a person adds a photo, a
  /// sync has a deletion to carry out, and a person restores another photo. Then the disk is well again.
  private static let round = #"""
    complain() { { echo "$folder, $1: $2"; cat ledger.out; } >&2; exit 1; }
    # Each photo's bytes are at desk once, at their path or in the trash.
    conserved() {
      find desk \( -path '*/.ledger/trash/*/file' -o -name '*.jpg' \) -type f -print0 |
        xargs -0 cat | sort | tr '\n' ' ' >photos
      [ "$(cat photos)" = '1 2 3 4 5 new ' ] || complain "$1" "desk holds $(cat photos)"
    }
    troubled() {
      local kib=$1 allowed=" $2 "
      shift 2
      status=0
      "$program" "$@" >ledger.out 2>&1 || status=$?
      [[ $allowed == *" $status "* ]] || complain $kib "$* ended with $status"
      ! grep -q -e take-over -e 'other machine' -e 'nother machine' ledger.out ||
        complain $kib "$* gave advice for another trouble"
      [ $status = 0 ] || grep -q -e 'No space left' -e 'Read-only file system' \
        -e 'could not write what is new' -e 'on a full disk' \
        -e 'disk of the clone is full or read-only' ledger.out || complain $kib "$* did not say why"
      conserved $kib
    }
    round() {
      local kib=$1 place restored fill=$folder
      # Beside the photos, it would be a file of the library.
      [ $folder != desk ] || fill=desk/.ledger
      umount $folder
      cp saved/disk.img disk.img
      for place in desk other hub state cache home; do
        [ $place != $folder ] || continue
        find $place -mindepth 1 -delete
        cp -a saved/$place/. $place/
      done
      mount -o loop disk.img $folder
      echo new >desk/new.jpg
      if [ $kib = ro ]; then
        mount -o remount,ro $folder
      else
        dd if=/dev/zero of=$fill/spare bs=1K count=$kib conv=fsync status=none
        dd if=/dev/zero of=$fill/fill bs=1K conv=fsync status=none 2>/dev/null || true
        rm $fill/spare
        sync -f $folder
      fi
      case $folder in
        cache) troubled $kib 0 sync -C desk; troubled $kib 0 restore 1.jpg --yes -C desk ;;
        hub) troubled $kib '0 5' sync -C desk; troubled $kib 0 restore 1.jpg --yes -C desk ;;
        *) troubled $kib '0 1 3' sync -C desk; troubled $kib '0 1 3' restore 1.jpg --yes -C desk ;;
      esac
      restored=$status
      if [ $kib = ro ]; then mount -o remount,rw $folder; else rm $fill/fill; fi
      ledger sync -C desk
      # The sync has recorded one that was put back and could not be recorded.
      [ $restored = 0 ] || [ -e desk/1.jpg ] || ledger restore 1.jpg --yes -C desk
      for place in desk other; do ledger sync -C $place; done
      conserved $kib
      ledger replay -C desk
      [ "$(cd desk; echo *.jpg)" = '1.jpg 3.jpg 4.jpg 5.jpg new.jpg' ] || complain $kib 'desk differs'
      [ "$(cd other; echo *.jpg)" = '3.jpg 4.jpg 5.jpg' ] || complain $kib 'other differs'
      # And it is recorded, each thing once.
      "$program" log --json --location desk -C other >ledger.out
      grep -c '"type":"added"' ledger.out | grep -qx 6 || complain $kib 'added'
      grep -c '"type":"deleted"' ledger.out | grep -qx 2 || complain $kib 'deleted'
      grep -c '"type":"restored"' ledger.out | grep -qx 1 || complain $kib 'restored'
      git --git-dir=hub/hub.git fsck --strict --no-dangling >ledger.out 2>&1 || complain $kib 'hub'
    }
    """#
}
