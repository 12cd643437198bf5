import LedgerTestKit
import Testing

/// One place with a photo.
private func onePlace(_ body: (Family, _ program: String) async throws -> Void) async throws {
  try await withTemporaryFolder { folder in
    let family = Family(in: folder)
    try await family.join([("desk", "photo")])
    try await family.shell("echo one >desk/1.jpg")
    try await family.sync("desk")
    try await body(family, try Family.program())
  }
}

@Suite struct `The lock of a location` {
  @Test func `turns a second run away with the pid of the first`() async throws {
    try await onePlace { family, program in
      try await family.shell("mkfifo started go")
      try await family.shell(
        """
        \(program) exec -C desk -- sh -c 'echo $$ >../started; cat ../go' 2>exec.words &
        read pid <started
        for command in sync scan verify 'approve --all' 'trash empty' 'exec -- true'; do
          (cd desk; \(program) $command 2>../words) && false || [ $? = 4 ]
          grep -q "Another run holds this location's lock (process $pid). Nothing was done." words
        done
        \(program) sync -C desk --wait=0.1 2>words && false || [ $? = 4 ]
        grep -q "Waiting for process $pid" words
        : >go
        wait
        """)
      try await family.sync("desk")
    }
  }

  @Test func `is waited for until the other run ends, where that is asked for`() async throws {
    try await onePlace { family, program in
      try await family.shell(
        """
        mkfifo started go words
        \(program) exec -C desk -- sh -c ': >../started; cat ../go; echo two >2.jpg' 2>exec.words &
        : <started
        \(program) sync --wait -C desk >out 2>words &
        sync=$!
        exec 3<words
        read line <&3
        [[ $line = "Waiting for process "*", which holds the lock of desk." ]]
        : >go
        wait $sync
        """)
      // It went on after the script, and from what the script had left.
      #expect(try await family.file("2.jpg", at: "desk")["state"].text == "synced")
    }
  }

  @Test func `is free again when its holder was killed`() async throws {
    try await onePlace { family, program in
      try await family.shell(
        """
        mkfifo started
        \(program) exec -C desk -- sh -c 'echo $$ >../started; exec sleep 1000' 2>exec.words &
        wrapper=$!
        read script <started
        # The lock names the script a moment after it has begun.
        until grep -qx "$script" state/ledger/*/desk/lock; do :; done
        kill -9 $wrapper; wait $wrapper || true
        # The script holds it on, and is what a person is told of.
        \(program) sync -C desk 2>words && false || [ $? = 4 ]
        grep -q "(process $script)" words
        kill -9 $script
        # The lock goes with the process, which may take a moment to end.
        \(program) sync --wait -C desk
        """)
    }
  }

  @Test(arguments: ["fetch", "push"])
  func `is held by a git that outlives the run, until that has ended`(work: String) async throws {
    try await withTemporaryFolder { folder in
      var family = Family(in: folder)
      family.environment["GIT_CONFIG_GLOBAL"] = "\(folder)/gitconfig"
      let program = try Family.program()
      try await family.join([("desk", "photo"), ("plex", "photo")])
      try await family.shell("echo one >plex/1.jpg; echo two >desk/2.jpg")
      try await family.sync("plex")
      // The hub's side of a real git waits for a person.
      try await family.shell(
        """
        mkfifo started go words
        printf '#!/bin/sh\\n: >\(folder)/started; : <\(folder)/go; exec "$@"\\n' >slow
        chmod +x slow
        case \(work) in
          fetch) git config -f gitconfig uploadpack.packObjectsHook \(folder)/slow ;;
          push) ln -sf \(folder)/slow hub.git/hooks/pre-receive ;;
        esac
        \(program) sync -C desk >first.out 2>first.words &
        ledger=$!
        : <started
        kill -9 $ledger; wait $ledger || true
        """)

      let second = try await family.ledger("sync", at: "desk", status: 4)

      #expect(second.words.contains("has ended, but a program that it started, such as git"))
      #expect(second.words.contains("Nothing was done."))
      let third = try await family.shell(
        """
        \(program) sync --wait --json -C desk >third.out 2>words &
        ledger=$!
        exec 3<words
        read -r line <&3
        rm -f gitconfig hub.git/hooks/pre-receive
        : >go
        wait $ledger
        echo "$line"
        """)
      #expect(third.hasPrefix("Waiting for a program that process"))
      #expect(try await family.file("1.jpg", at: "desk")["copies"].keys.contains("plex"))
      try await family.sync("plex")
      let copies = try await family.file("2.jpg", at: "plex")["copies"]
      #expect(copies["desk"]["state"].text == "present")
    }
  }
}
