import Contracts
import Metrics

/// `orders_total`: transitions into each status.
struct OrderMetrics: Sendable {
  private let counters: [OrderStatus: Counter]

  init() {
    counters = Dictionary(
      uniqueKeysWithValues: OrderStatus.allCases.map {
        ($0, Counter(label: "orders_total", dimensions: [("status", $0.rawValue)]))
      })
  }

  func count(_ status: OrderStatus) {
    counters[status]?.increment()
  }
}
