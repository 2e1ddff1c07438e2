import Synchronization

/// How badly the network behaves.
struct FaultProfile: Hashable, Sendable {
  static let rates = 0.0...1.0
  static let delays = 0...60_000
  static let seeds = 0...Int(Int32.max)

  /// Part of the calls that fail; half of these have had their effect.
  var errorRate = 0.0
  /// Part of the calls that have their effect and get no answer.
  var hangRate = 0.0
  /// What every call takes longer.
  var delayMilliseconds = 0
  /// Whether webhooks are sent; those held back are sent later.
  var webhooks = true
  /// The same seed gives the same calls the same fates.
  var seed = 1
}

/// What becomes of one call.
enum Fate: Hashable, Sendable {
  case wellDone
  case failedBefore
  case failedAfter
  case unanswered
}

/// The behaviour that is in force, and the fates it deals out: one for each call, in the order in which calls come.
///
/// May be used from any task.
final class FaultControl: Sendable {
  private struct State {
    var behaviour: FaultProfile
    var draws: SeededDraws
  }

  private let state: Mutex<State>

  init(_ behaviour: FaultProfile) {
    state = Mutex(State(behaviour: behaviour, draws: SeededDraws(seed: behaviour.seed)))
  }

  var behaviour: FaultProfile { state.withLock { $0.behaviour } }

  /// Replaces the behaviour; with another seed the fates begin anew.
  func change(_ change: (inout FaultProfile) -> Void) -> FaultProfile {
    state.withLock { state in
      let seed = state.behaviour.seed
      change(&state.behaviour)
      if state.behaviour.seed != seed { state.draws = SeededDraws(seed: state.behaviour.seed) }
      return state.behaviour
    }
  }

  func nextFate() -> Fate {
    state.withLock { $0.behaviour.fate(drawing: &$0.draws) }
  }
}

extension FaultProfile {
  /// One draw for each call, whatever comes of it, so that a change of the rates doesn't shift the draws.
  func fate(drawing draws: inout SeededDraws) -> Fate {
    let draw = draws.next()
    let place = Double(draw >> 11) * 0x1p-53
    if place < hangRate { return .unanswered }
    if place < hangRate + errorRate { return draw & 1 == 0 ? .failedBefore : .failedAfter }
    return .wellDone
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
