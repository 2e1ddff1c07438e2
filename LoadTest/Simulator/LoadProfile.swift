import Contracts
import LoadClient

/// The parameters of a run, as the command's options give them.
struct LoadProfile: Sendable {
  /// Order runs per second.
  var rate = 50.0
  /// Seconds in which order runs arrive.
  var duration = 30.0
  var seed: UInt64 = 1
  /// The share of order runs with an unhappy scenario, 0–1.
  var unhappy = 0.1
  /// Run in turn; if empty, scenarios are chosen at random by `unhappy`.
  var scenarios: [Scenario] = []
  var curve = RateCurve.steady
  var bursts: [Burst] = []
  var customers = 1000
  /// `nil`: derived from the rate and the pace.
  var riders: Int?
  var shops = 500
  /// The mean pause between two steps.
  var pace = Duration.milliseconds(50)
  /// The percentage of orders that are sent twice.
  var repeated = 3
  /// Every n-th review is watched until the listing shows it; 0 for none.
  var watchEvery = 20
  /// How long to wait for open order runs after the last arrival.
  var drain = Duration.seconds(60)
  var toleratesOutages = false

  var arrivals: Arrivals {
    Arrivals(rate: rate, duration: duration, curve: curve, bursts: bursts, seed: seed)
  }

  /// The final statuses that an order of this scenario may have.
  func ends(of scenario: Scenario) -> Set<OrderStatus> {
    toleratesOutages ? scenario.endsUnderOutages : scenario.ends
  }

  /// A delivery takes about six pauses and as many requests; half as many riders again are in reserve.
  var riderCount: Int {
    let ride = 0.5 + 6 * pace.inSeconds
    return riders ?? 20 + Int(1.5 * rate * curve.peak * ride) + (bursts.map(\.count).max() ?? 0) / 4
  }
}
