import Foundation
import LedgerTestKit
import Testing

/// How many power cuts; LEDGER_POWER_CUTS tries more.
private let cutCount =
  ProcessInfo.processInfo.environment["LEDGER_POWER_CUTS"].flatMap { Int($0) } ?? 4

#if DEBUG
  /// A place and its clone on one disk, the hub on another. The power goes when a sync has come to
  /// some effect: it is killed there, and the images of both disks are copied while they are mounted,
  /// so that the copies lack all that the kernel has not yet written.
  @Suite struct `A power cut` {
    /// Of a sync that records what is new, carries deletions out and pushes; the last comes after it.
    @Test(arguments: ["commit=300", "commit=300,noauto_da_alloc"])
    func `takes nothing that was told as recorded, no photo, and stops no later run`(
      options: String
    ) async throws {
      try await withTemporaryFolder { folder in
        let family = Family(in: folder)
        let said = try await family.mounting(
          Self.functions + """
            begin
            power_on base '\(options)'
            person
            LEDGER_FAIL_LOG=$PWD/effects run 0 whole sync -C disk/desk
            power_off
            count=$(wc -l <effects)
            [ "$count" -gt 40 ]
            for number in $(seq \(cutCount)); do
              side=before
              [ $((number % 2)) = 0 ] || side=after
              cut $((number * count / (\(cutCount) + 1))):$side '\(options)'
            done
            cut none '\(options)'
            echo "$cuts cuts at $count effects"
            """)
        print("power cuts, \(options): \(said)")
      }
    }

    private static let functions = """
      cuts=0
      fail() {
        { echo "cut at $at: $*"; cat run.out run.words again.out again.words 2>/dev/null || true; } >&2
        exit 1
      }
      power_on() {
        cp --sparse=always "$1-desk.img" desk.img
        cp --sparse=always "$1-hub.img" hub.img
        insert ext4 desk.img disk "$2"
        insert ext4 hub.img hubdisk "$2"
      }
      power_off() { umount disk hubdisk; }
      begin() {
        format ext4 base-desk.img
        format ext4 base-hub.img
        power_on base defaults
        mkdir amazon disk/desk disk/state
        run 0 begin init hubdisk/hub.git --name family
        run 0 begin join hubdisk/hub.git --as amazon --authoritative photo amazon
        run 0 begin join hubdisk/hub.git --as desk --authoritative photo --state disk/state disk/desk
        for name in 1 2 3 4 5 6; do seq "$name" 9000 >"amazon/$name.jpg"; done
        run 0 begin sync -C amazon
        cp -a amazon/*.jpg disk/desk/
        run 0 begin sync -C disk/desk
        mkdir kept; cp amazon/*.jpg kept/
        rm amazon/1.jpg amazon/2.jpg
        run 0 begin sync -C amazon
        power_off
        mv desk.img base-desk.img; mv hub.img base-hub.img
        for name in 7 8 9; do seq "$name" 9000 >"kept/$name.jpg"; done
      }
      person() { cp kept/[789].jpg disk/desk/; }
      clone() { git -C disk/state/ledger/*/desk/clone.git "$@"; }
      at_place_or_in_trash() {
        cmp -s "kept/$1" "disk/desk/$1" && return
        local file
        for file in disk/desk/.ledger/trash/desk/*/file; do
          cmp -s "kept/$1" "$file" && return
        done
        return 1
      }
      cut() {
        at=$1
        local status=0 reported landed name
        power_on base "$2"
        person
        reported=$(clone rev-parse refs/heads/desk)
        LEDGER_FAIL_AT=${1#none} "$program" sync -C disk/desk >run.out 2>run.words || status=$?
        case $1:$status in
          none:0) reported=$(clone rev-parse refs/heads/desk) ;;
          *:137) ;;
          *) fail "the run ended with $status" ;;
        esac
        landed=$(clone rev-parse refs/remotes/hub/desk)
        cp --sparse=always desk.img cut-desk.img
        cp --sparse=always hub.img cut-hub.img
        power_off
        power_on cut "$2"
        clone merge-base --is-ancestor "$reported" refs/heads/desk || fail 'a recorded batch is lost'
        git -C hubdisk/hub.git merge-base --is-ancestor "$landed" refs/heads/desk ||
          fail 'the hub lost what it said had landed'
        for name in 1 2 3 4 5 6; do at_place_or_in_trash $name.jpg || fail "$name.jpg is lost"; done
        for name in 7 8 9; do
          clone grep -q "\\"path\\":\\"$name.jpg\\"" refs/heads/desk -- events/desk || continue
          cmp "kept/$name.jpg" "disk/desk/$name.jpg" || fail "$name.jpg is recorded, and torn"
        done
        "$program" sync -C disk/desk >again.out 2>again.words || fail "the next run ended with $?"
        for name in 1 2 3 4 5 6; do at_place_or_in_trash $name.jpg || fail "$name.jpg is lost later"; done
        for name in 3 4 5 6; do cmp "kept/$name.jpg" "disk/desk/$name.jpg" || fail "$name.jpg moved"; done
        [ ! -e disk/desk/1.jpg ] && [ ! -e disk/desk/2.jpg ] || fail 'a deletion is not carried out'
        run 0 replay replay -C disk/desk
        clone fsck --strict >again.out 2>&1 || fail 'the clone is damaged'
        git -C hubdisk/hub.git fsck --strict >again.out 2>&1 || fail 'the hub is damaged'
        power_off
        cuts=$((cuts + 1))
      }

      """
  }
#endif
