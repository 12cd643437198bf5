import ArgumentParser
import LedgerStorage
import LedgerWorkflows

/// How a location's files are reached.
struct PlaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the files are reached: folder, rclone:REMOTE:PATH, listing, or command:CMD, whose output "
        + "is what rclone lsjson prints.", valueName: "place"))
  var place = "folder"

  @Option(
    help: "With command: moves the file whose path it gets at its end to the place's own trash.")
  var trashCommand: String?

  @Option(help: "With command: renames the file; it gets both paths at its end.")
  var renameCommand: String?

  @Option(help: "With command: brings the file back from the place's own trash.")
  var restoreCommand: String?

  @Option(help: "With command: prints the bytes of the file.")
  var fetchCommand: String?

  /// The place.
  ///
  /// - Throws: `WorkflowError` where there is no such place.
  func parsed() throws -> LocationPlace {
    guard let parsed = LocationPlace(place) else {
      throw WorkflowError(
        .usage, "There is no place of the kind \(place.debugDescription). Nothing was done.",
        hint: "Give folder, rclone:REMOTE:PATH, listing or command:CMD.")
    }
    let given = [trashCommand, renameCommand, restoreCommand, fetchCommand].compactMap { $0 }
    if let odd = given.first(where: { PlaceCommands.endsEarly($0) }) {
      throw WorkflowError(
        .usage,
        "The command \(odd.debugDescription) can't be given paths at its end. Nothing was done.",
        hint: "Leave out what ends it (; & | # and line breaks), or put it into a script.")
    }
    guard case .command(var commands) = parsed else {
      guard given.isEmpty else {
        throw WorkflowError(
          .usage, "Commands of your own need --place command:CMD, which lists. Nothing was done.")
      }
      return parsed
    }
    commands.trash = trashCommand
    commands.rename = renameCommand
    commands.restore = restoreCommand
    commands.fetch = fetchCommand
    return .command(commands)
  }
}

/// A listing that was brought.
struct ListingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of a place that is known by listings: take this file (- for standard input), as rclone lsjson "
        + "-R --files-only --hash prints it, for all that is there.", valueName: "file"))
  var fromLsjson: String?

  /// The location with the listing, or as it was.
  func apply(to open: OpenLocation) throws -> OpenLocation {
    guard let name = fromLsjson else { return open }
    let here = CommonOptions.currentFolder
    return try open.reading(
      name == "-" ? .standardInput : .file(name.hasPrefix("/") ? name : "\(here)/\(name)"))
  }
}
