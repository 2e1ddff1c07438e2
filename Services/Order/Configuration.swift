import ServiceDefaults
import Web

/// The service's own settings, in addition to those of every service.
enum OrderSettings {
  static let all =
    ServiceDefaults.settings(
      "order",
      // Longer than the deadline of payment's calls to the card network.
      clients: ["payment": .init(deadline: "3s", bulkhead: 128), "rider": .init(deadline: "3s", bulkhead: 128)])
    + CheckoutConfiguration.settings + [open]

  /// A switch for operators, for example while the card network is down.
  private static let open = Setting("orders.open", default: "true", "whether new orders are accepted; existing orders continue")
}
