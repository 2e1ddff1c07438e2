import RandomNumbers

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
  func fault(drawing draws: inout SplitMix64) -> Fault {
    let draw = draws.next()
    let fraction = SplitMix64.fraction(of: draw)
    if fraction < hangRate { return .hang }
    if fraction < hangRate + errorRate { return draw & 1 == 0 ? .errorBefore : .errorAfter }
    return .none
  }
}
