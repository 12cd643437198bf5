/// What every location holds, according to the events replayed.
package struct LibraryState: Sendable {
  /// The paths that a file event named, each with what is known of it.
  package var paths: [LibraryPath: PathState]
  /// The settings in force, the locations, and which digests are the same.
  package var context: ReplayContext
  /// For each location the number of its last event that counts as present.
  package var numbers: Seen
  /// The latest instant of any event, or nil where there is none.
  package var latestInstant: Instant?
  /// What was odd, sorted.
  package var problems: [Problem]

  /// A state.
  package init(
    paths: [LibraryPath: PathState], context: ReplayContext, numbers: Seen,
    latestInstant: Instant?, problems: [Problem]
  ) {
    self.paths = paths
    self.context = context
    self.numbers = numbers
    self.latestInstant = latestInstant
    self.problems = problems
  }

  /// The settings in force.
  package var settings: Settings { context.settings }

  /// The paths in byte order.
  package var sortedPaths: [LibraryPath] { paths.keys.sorted() }
}
