/// What the simulator says of a run, as far as tests ask.
struct LoadReport: Decodable {
  struct Step: Decodable {
    /// How often it was done.
    let count: Int
  }

  /// How many lives of each way came to each end; ways that were not taken are missing.
  let lives: [String: [String: Int]]
  /// The ends that each way there is may come to.
  let ends: [String: Set<String>]
  /// Steps that were tried at least once.
  let steps: [String: Step]
}
