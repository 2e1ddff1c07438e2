import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum OrderSettings {
  static let all =
    ServiceDefaults.settings(
      "order",
      // More patient than payment is with the card network.
      clients: ["payment": .init(deadline: "3s", bulkhead: 128), "rider": .init(deadline: "3s", bulkhead: 128)])
    + CheckoutConfiguration.settings + [open]

  /// A switch for operators: too few riders, a storm, a card network that is down.
  private static let open = Setting("orders.open", default: "true", "whether new orders are taken; what is under way goes on")
}
