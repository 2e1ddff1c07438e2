/// The members of the simulator's JSON report that tests read.
struct LoadReport: Decodable {
  struct Step: Decodable {
    let count: Int
  }

  /// The number of order runs by scenario and final status, for scenarios that were run.
  let lives: [String: [String: Int]]
  /// The permitted final statuses of every scenario.
  let ends: [String: Set<String>]
  /// The steps that occurred at least once.
  let steps: [String: Step]
}
