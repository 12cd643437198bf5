import LedgerTestKit
import Testing

/// Two hosts: `desk` and `plex` on one, the hub and its sshd on the other, with a wire between.
@Suite struct `A network between a place and its hub` {
  @Test func `that is away leaves all recorded, and ssh says what it is`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.mounting(
        Self.hosts + """
          echo 2 >desk/b.jpg
          ip link set near down
          run 5 down sync -C desk
          ip link set near up
          # Nobody answers, and nobody says that nobody is there.
          far ip link set away down
          echo 3 >desk/c.jpg
          GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o ConnectTimeout=1" run 5 silent sync -C desk
          run 0 log log --type added -C desk
          far ip link set away up
          run 0 up sync -C desk
          expect_whole a.jpg b.jpg c.jpg
          """, "--net")

      let host = "ssh: connect to host 10.0.0.2 port 22"
      let down = try await family.said("down").words
      #expect(down.contains("The hub can't be reached: \(host): Network is unreachable"), "\(down)")
      let silent = try await family.said("silent").words
      #expect(silent.contains("The hub can't be reached: \(host): Connection timed out"))
      let log = try await family.said("log").output
      #expect(log.contains("a.jpg") && log.contains("b.jpg") && log.contains("c.jpg"), "\(log)")
    }
  }

  @Test func `that goes away in the middle of a push ends the run, and nothing is lost`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.mounting(
        Self.hosts + #"""
          mkfifo arrived go
          hook=hub.git/hooks/pre-receive
          mv $hook saved
          printf '#!/bin/sh\necho $PPID >"%s/arrived"\nread -r go <"%s/go"\nexec "%s/saved"\n' \
            "$PWD" "$PWD" "$PWD" >$hook
          chmod +x $hook
          echo 2 >desk/b.jpg
          GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o ServerAliveInterval=2 -o ServerAliveCountMax=2" \
            run 5 broken sync -C desk &
          sync=$!
          read -r receiver <arrived
          far ip link set away down
          wait $sync
          run 0 log log --type added -C desk
          far ip link set away up
          # What the hub had begun, it ends or not; the next sync finds out.
          echo >go
          while kill -0 $receiver 2>/dev/null; do :; done
          cp saved $hook
          run 0 up sync -C desk
          expect_whole a.jpg b.jpg
          """#, "--net")

      let broken = try await family.said("broken").words
      #expect(
        broken.contains("can't be reached: Timeout, server 10.0.0.2 not responding"), "\(broken)")
      #expect(try await family.said("log").output.contains("b.jpg"))
    }
  }

  @Test func `to a hub that is read-only leaves all recorded, in git's words`() async throws {
    try await withTemporaryFolder { folder in
      let family = Family(in: folder)
      try await family.mounting(
        Self.hosts + """
          echo 2 >desk/b.jpg
          mount --bind hub.git hub.git
          mount -o remount,ro,bind hub.git
          run 5 refused sync -C desk
          run 0 log log --type added -C desk
          mount -o remount,rw,bind hub.git
          run 0 up sync -C desk
          expect_whole a.jpg b.jpg
          """, "--net")

      let refused = try await family.said("refused").words
      let words = "could not write what is new: remote unpack failed: unable to create temporary"
      #expect(refused.contains(words), "\(refused)")
      #expect(try await family.said("log").output.contains("b.jpg"))
    }
  }

  /// The other host is a network namespace that a process holds.
  private static let hosts = #"""
    ip link add near type veth peer name away
    unshare --net sleep infinity &
    holder=$!
    until [ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
    far() { nsenter --net=/proc/$holder/ns/net "$@"; }
    ip link set away netns $holder
    ip addr add 10.0.0.1/24 dev near
    ip link set near up
    far ip addr add 10.0.0.2/24 dev away
    far ip link set away up
    mkdir -p /run/sshd home
    ssh-keygen -q -t ed25519 -N '' -f host
    ssh-keygen -q -t ed25519 -N '' -f key
    echo "10.0.0.2 $(cut -d' ' -f1,2 host.pub)" >known_hosts
    printf '%s\n' 'ListenAddress 10.0.0.2' "HostKey $PWD/host" "AuthorizedKeysFile $PWD/key.pub" \
      "SetEnv HOME=$PWD/home \"PATH=$PATH\"" 'PidFile none' 'UsePAM no' 'StrictModes no' \
      >sshd_config
    far /usr/sbin/sshd -D -f "$PWD/sshd_config" -E log &
    until grep -q 'Server listening' log 2>/dev/null; do kill -0 $!; done
    printf '%s\n' 'Host hub' 'HostName 10.0.0.2' 'User root' "IdentityFile $PWD/key" \
      'IdentitiesOnly yes' 'IdentityAgent none' 'BatchMode yes' \
      "UserKnownHostsFile $PWD/known_hosts" 'StrictHostKeyChecking yes' >ssh_config
    export GIT_SSH_COMMAND="ssh -F $PWD/ssh_config"
    run 0 init init "hub:$PWD/hub.git"
    for name in desk plex; do
      mkdir $name
      run 0 join join "hub:$PWD/hub.git" --as $name --authoritative photo $name
    done
    echo 1 >desk/a.jpg
    run 0 sync sync -C desk
    expect_whole() {
      run 0 plex sync -C plex
      run 0 ls ls -C plex
      for name in "$@"; do
        [ "$(grep -c "$name" ls.out)" = 1 ] || { cat ls.out; exit 1; } >&2
      done
      run 0 check hub check hub.git
      git -C hub.git fsck --strict
    }

    """#
}
