import LedgerGit
import Testing

@Suite struct `A hub's address` {
  @Test(
    arguments: [
      ("/srv/photos.git", .local(path: "/srv/photos.git")),
      ("/srv/photos.git/", .local(path: "/srv/photos.git")),
      ("photos.git", .local(path: "/home/ann/photos.git")),
      ("./a:b", .local(path: "/home/ann/./a:b")),
      ("nas:photos.git", .ssh(host: "nas", port: nil, path: "photos.git")),
      ("ann@nas:/srv/my photos.git", .ssh(host: "ann@nas", port: nil, path: "/srv/my photos.git")),
      ("nas:~/photos.git", .ssh(host: "nas", port: nil, path: "~/photos.git")),
      ("ssh://ann@nas:2222/srv/p.git", .ssh(host: "ann@nas", port: 2222, path: "/srv/p.git")),
      ("ssh://nas/~/p.git", .ssh(host: "nas", port: nil, path: "~/p.git")),
    ] as [(String, HubAddress.Place)])
  func `is a folder or a host's`(text: String, place: HubAddress.Place) throws {
    #expect(try HubAddress(text, relativeTo: "/home/ann").place == place)
  }

  @Test(arguments: [
    "", "-oProxyCommand=x:y", "--upload-pack=x", "https://host/x.git", "ssh://", "ssh://nas",
    "ssh://nas/", "ssh://-oX=y/x", "a@-oX:y", ":x", "nas:", "ssh://nas:0/x", "ssh://nas:x/y",
    "a\nb", "@nas:x",
  ])
  func `is refused when it names none or looks like an option`(text: String) {
    #expect(throws: InvalidHubAddress.self) { try HubAddress(text, relativeTo: "/home/ann") }
  }
}
