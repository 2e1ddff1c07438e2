import Backends
import Discovery
import Postgres
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum OrderSettings {
  static let all =
    PostgresConfiguration.settings(database: "order") + RedisConfiguration.settings(.events, user: "order")
    + AuthSettings.verification + AuthSettings.calls + ServiceClient.settings("shop", port: 8101)
    // More patient than payment is with the card network.
    + ServiceClient.settings("payment", port: 8103, deadline: "3s", bulkhead: 128)
    + ServiceClient.settings("rider", port: 8104, deadline: "3s", bulkhead: 128)
    + CheckoutConfiguration.settings + Registration.settings + [open]

  /// A switch for operators: too few riders, a storm, a card network that is down.
  private static let open = Setting("orders.open", default: "true", "whether new orders are taken; what is under way goes on")
}
