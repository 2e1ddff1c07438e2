import Contracts
import LoadClient
import Synchronization

/// The riders' reactions to offers, by order; safe to use from any task.
///
/// Offers of unknown orders, for example of another run, are accepted.
final class RiderFleet: Sendable {
  private struct ExpectedOffer {
    /// The reaction to the first offer; later ones are accepted.
    var reaction: OfferReaction
    var accepted: ContinuousClock.Instant?
    var isOffered = false
  }

  private struct State {
    var orders: [Identifier: ExpectedOffer] = [:]
    var isDismissed = false
  }

  private let state = Mutex(State())
  private let measurements: RunMeasurements

  init(measurements: RunMeasurements) {
    self.measurements = measurements
  }

  /// Whether riders stop waiting for offers.
  var isDismissed: Bool {
    state.withLock { $0.isDismissed }
  }

  func dismiss() {
    state.withLock { $0.isDismissed = true }
  }

  func expect(_ order: Identifier, _ reaction: OfferReaction) {
    state.withLock { $0.orders[order] = ExpectedOffer(reaction: reaction) }
  }

  /// Records when the shop accepted the order, from which the offer's latency is measured.
  func accepted(_ order: Identifier) {
    state.withLock { $0.orders[order]?.accepted = .now }
  }

  func remove(_ order: Identifier) {
    _ = state.withLock { $0.orders.removeValue(forKey: order) }
  }

  /// The reaction to an offer of this order.
  func reaction(to order: Identifier) -> OfferReaction {
    let (reaction, waited) = state.withLock { state -> (OfferReaction, Duration?) in
      guard let expected = state.orders[order] else { return (.accept, nil) }
      state.orders[order]?.reaction = .accept
      state.orders[order]?.isOffered = true
      // An offer may arrive before the response to the shop's acceptance.
      return (expected.reaction, expected.isOffered ? nil : expected.accepted.map { $0.duration(to: .now) } ?? .zero)
    }
    if let waited { measurements.record(.offer, waited) }
    return reaction
  }
}
