/// Why a folder can't become a hub or a clone, or is none. Nothing was changed.
package struct HubProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// What stands in the way.
  package enum Kind: Hashable, Sendable, CaseIterable {
    /// A ledger's hub is there already.
    case isLedger
    /// A git repository is there that holds no ledger.
    case isRepository
    /// Other files are there.
    case isNotEmpty
    /// There is a file, not a folder.
    case isFile
    /// The folder that it should be made in is missing: perhaps a disk is not mounted.
    case hasNoParent
    /// The address leads to a repository that is no ledger's hub.
    case isNoLedger
    /// The hub there belongs to another ledger.
    case isOtherLedger
    /// There is no git on the host.
    case hostHasNoGit
  }

  /// The folder or the address.
  package let path: String
  /// What stands in the way.
  package let kind: Kind

  /// A problem from its parts.
  package init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }

  /// A sentence for a person, with what to run where there is something.
  package var description: String {
    switch kind {
    case .isLedger: "\(path) is already a ledger hub: run `ledger join`"
    case .isRepository: "\(path) is a git repository but no ledger"
    case .isNotEmpty: "\(path) is not empty"
    case .isFile: "\(path) is a file"
    case .hasNoParent: "the folder that \(path) should be in is not there: is its disk mounted?"
    case .isNoLedger: "\(path) is no ledger hub"
    case .isOtherLedger: "the hub at \(path) belongs to another ledger"
    case .hostHasNoGit: "there is no git on the host of \(path)"
    }
  }
}
