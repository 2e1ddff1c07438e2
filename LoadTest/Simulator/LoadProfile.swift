import Contracts
import LoadClient

/// What a run is to be like; every number of it is an option of the command.
struct LoadProfile: Sendable {
  /// Lives in a second.
  var rate = 50.0
  /// How many seconds lives arrive.
  var duration = 30.0
  var seed: UInt64 = 1
  /// The part of lives that take one of the unhappy ways, 0–1.
  var unhappy = 0.1
  /// Taken in turn, whatever `unhappy` says; none: by chance.
  var scenarios: [Scenario] = []
  var curve = RateCurve.steady
  var bursts: [Burst] = []
  var customers = 1000
  /// `nil`: as many as the rate and the pace keep busy.
  var riders: Int?
  var shops = 500
  /// The mean pause between two steps.
  var pace = Duration.milliseconds(50)
  /// How many orders in a hundred are sent twice.
  var repeated = 3
  /// One review in so many is watched until the listing shows it; 0 for none.
  var watchEvery = 20
  /// How long after the last arrival open lives are waited for.
  var drain = Duration.seconds(60)
  var toleratesOutages = false

  var arrivals: Arrivals {
    Arrivals(rate: rate, duration: duration, curve: curve, bursts: bursts, seed: seed)
  }

  /// The states in which an order of this way may end.
  func ends(of scenario: Scenario) -> Set<OrderStatus> {
    toleratesOutages ? scenario.endsUnderOutages : scenario.ends
  }

  /// A ride takes about six pauses and as many requests; half as many again stand by.
  var riderCount: Int {
    let ride = 0.5 + 6 * pace.inSeconds
    return riders ?? 20 + Int(1.5 * rate * curve.peak * ride) + (bursts.map(\.count).max() ?? 0) / 4
  }
}
