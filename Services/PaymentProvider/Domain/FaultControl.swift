import RandomNumbers
import Synchronization

/// The fault profile in effect, and the sequence of faults: one per call, in the order of the calls.
///
/// Safe to use from any task.
final class FaultControl: Sendable {
  private struct State {
    var profile: FaultProfile
    var draws: SplitMix64
  }

  private let state: Mutex<State>

  init(_ profile: FaultProfile) {
    state = Mutex(State(profile: profile, draws: SplitMix64(seed: UInt64(truncatingIfNeeded: profile.seed))))
  }

  var profile: FaultProfile { state.withLock { $0.profile } }

  /// Changes the profile; a new seed restarts the sequence.
  func change(_ change: (inout FaultProfile) -> Void) -> FaultProfile {
    state.withLock { state in
      let seed = state.profile.seed
      change(&state.profile)
      if state.profile.seed != seed { state.draws = SplitMix64(seed: UInt64(truncatingIfNeeded: state.profile.seed)) }
      return state.profile
    }
  }

  func nextFault() -> Fault {
    state.withLock { $0.profile.fault(drawing: &$0.draws) }
  }
}
