import Contracts
import LoadClient
import Synchronization

/// What the riders of a run shall do with each order that they are offered; any task may ask.
///
/// An order that nobody told of, such as one left over from another run, is delivered like any other.
final class RiderFleet: Sendable {
  private struct Expected {
    /// What the first rider does; the next one accepts.
    var reaction: OfferReaction
    var accepted: ContinuousClock.Instant?
    var isOffered = false
  }

  private struct State {
    var orders: [Identifier: Expected] = [:]
    var isDismissed = false
  }

  private let state = Mutex(State())
  private let measurements: Measurements

  init(measurements: Measurements) {
    self.measurements = measurements
  }

  /// Whether riders shall look for no more offers.
  var isDismissed: Bool {
    state.withLock { $0.isDismissed }
  }

  func dismiss() {
    state.withLock { $0.isDismissed = true }
  }

  func expect(_ order: Identifier, _ reaction: OfferReaction) {
    state.withLock { $0.orders[order] = Expected(reaction: reaction) }
  }

  /// The shop accepted the order just now: it may be offered.
  func accepted(_ order: Identifier) {
    state.withLock { $0.orders[order]?.accepted = .now }
  }

  func forget(_ order: Identifier) {
    _ = state.withLock { $0.orders.removeValue(forKey: order) }
  }

  /// What a rider does who was offered this order.
  func reaction(to order: Identifier) -> OfferReaction {
    let (reaction, waited) = state.withLock { state -> (OfferReaction, Duration?) in
      guard let expected = state.orders[order] else { return (.accept, nil) }
      state.orders[order]?.reaction = .accept
      state.orders[order]?.isOffered = true
      // An offer may arrive before the shop has the answer to its acceptance.
      return (expected.reaction, expected.isOffered ? nil : expected.accepted.map { $0.duration(to: .now) } ?? .zero)
    }
    if let waited { measurements.record(.offer, waited) }
    return reaction
  }
}
