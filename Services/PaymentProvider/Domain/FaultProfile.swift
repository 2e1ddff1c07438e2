/// The faults that the simulator injects.
struct FaultProfile: Hashable, Sendable {
  static let rates = 0.0...1.0
  static let delays = 0...60_000
  static let seeds = 0...Int(Int32.max)

  /// Fraction of calls that fail, half of them after their effect.
  var errorRate = 0.0
  /// Fraction of calls that have their effect and get no response.
  var hangRate = 0.0
  /// Additional latency of every call.
  var delayMilliseconds = 0
  /// Whether webhooks are sent; those held back are sent later.
  var webhooks = true
  /// The same seed gives the same sequence of faults.
  var seed = 1
}

/// The fault of one call.
enum Fault: Hashable, Sendable {
  case none
  case errorBefore
  case errorAfter
  /// No response, after the effect.
  case hang
}

extension FaultProfile {
  /// Draws once per call, whatever the result, so that a change of the rates does not shift the sequence.
  func fault(drawing draws: inout SeededDraws) -> Fault {
    let draw = draws.next()
    let fraction = Double(draw >> 11) * 0x1p-53
    if fraction < hangRate { return .hang }
    if fraction < hangRate + errorRate { return draw & 1 == 0 ? .errorBefore : .errorAfter }
    return .none
  }
}

/// A SplitMix64 sequence. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SeededDraws: Sendable {
  private var state: UInt64

  init(seed: Int) {
    state = UInt64(truncatingIfNeeded: seed)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
