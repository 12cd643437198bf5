import ArgumentParser
import LedgerFormat
import LedgerGit
import LedgerStorage
import LedgerWorkflows

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Every error in words: what happened, to what, what did not change, what to run next.
enum Explain {
  /// An error as people and programs read it.
  struct Explained {
    let code: WorkflowError.Code
    let message: String
    let hint: String

    var text: String {
      "ledger: \(message)" + (hint.isEmpty ? "" : "\n  \(hint)")
    }

    var json: String {
      var object = JSONObject()
      object.append("kind", "error")
      object.append("code", code.rawValue)
      object.append("message", message)
      object.append("hint", hint)
      return String(decoding: object.bytes, as: UTF8.self)
    }
  }

  private static let diskCodes: Set = [ENOSPC, EDQUOT, EROFS, EIO]

  private static func onDisk(_ message: String, code: Int32) -> Explained {
    let cure =
      switch code {
      case ENOSPC, EDQUOT: "Make room on that disk"
      case EROFS: "Mount that disk writable (a disk with errors becomes read-only: check it)"
      default: "Check that disk and its cable"
      }
    return Explained(
      code: .state,
      message: "\(message). No file was lost or replaced, and what is not recorded is found again.",
      hint: "\(cure) and run the same command again.")
  }

  /// An error of this program; nil for what the argument parser renders itself, as help is.
  static func explain(_ error: any Error, isJSON: Bool) -> Explained? {
    switch error {
    case let error as WorkflowError:
      return Explained(code: error.code, message: error.message, hint: error.hint)
    case let error as GitProgramError where error.kind == .unreachable:
      return Explained(
        code: .unreachable,
        message: "The hub can't be reached: \(error.brief). Nothing was changed.",
        hint: "Check the address, the network and the key, and run the same command again.")
    case let error as GitProgramError:
      return Explained(
        code: .hub, message: "git failed: \(error.brief). No file was touched.",
        hint: error.isAboutWriting
          ? "Look whether the disk of the clone is full or read-only, and run the same command again."
          : "Run the same command again when that is mended.")
    case let error as HubProblem:
      return Explained(
        code: .hub, message: "\(error). Nothing was changed.",
        hint: "Check the address, or make a hub with ledger init HUB.")
    case let error as GitError where error.diskTrouble != nil:
      return onDisk("The clone can't be written: \(error)", code: error.diskTrouble ?? EIO)
    case let error as FileError where diskCodes.contains(error.code):
      return onDisk("\(error)", code: error.code)
    case let error as StorageError where diskCodes.contains(error.code):
      return onDisk("\(error)", code: error.code)
    case let error as GitError:
      return Explained(
        code: .state, message: "The clone can't be used: \(error).",
        hint: "No file was touched. ledger doctor --repair fetches the clone again.")
    case let error as FileError:
      return Explained(
        code: .state, message: "\(error).", hint: "No file of the library was lost or replaced.")
    case let error as StorageError:
      return Explained(
        code: .state, message: "\(error).", hint: "No file of the library was lost or replaced.")
    case let error as PlaceError:
      return Explained(
        code: .unhealthy, message: "\(error). Nothing was recorded after that.",
        hint: "Look after the place, and run the same command again: it goes on where it was.")
    case let error as MalformedLine:
      return Explained(
        code: .state, message: "A file of ledger's own can't be read: \(error.reason).", hint: "")
    default:
      switch LedgerCommand.exitCode(for: error) {
      case .validationFailure where isJSON:
        return Explained(
          code: .usage, message: LedgerCommand.message(for: error), hint: "See ledger --help.")
      case .failure:
        return Explained(
          code: .state, message: "\(error).", hint: "No file of the library was lost or replaced.")
      default: return nil
      }
    }
  }
}
