import Metrics

/// The metrics of dispatching.
struct DispatchMetrics: Sendable {
  let made = Self.offers("made")
  let accepted = Self.offers("accepted")
  let declined = Self.offers("declined")
  let expired = Self.offers("expired")
  let withdrawn = Self.offers("withdrawn")
  /// Deliveries without a rider.
  let waiting = Gauge(label: "deliveries_waiting")
  /// The time from the request of a delivery until its acceptance.
  let match = Timer(label: "delivery_match_seconds")

  private static func offers(_ outcome: String) -> Counter {
    Counter(label: "offers_total", dimensions: [("outcome", outcome)])
  }
}
