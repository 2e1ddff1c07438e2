import Backends
import Postgres
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum OrderSettings {
  static let all =
    PostgresConfiguration.settings(database: "order") + RedisConfiguration.settings(.events, user: "order")
    + AuthSettings.verification + AuthSettings.calls + [
      ServiceClient.setting("shop", port: 8101),
      ServiceClient.setting("payment", port: 8103),
      ServiceClient.setting("rider", port: 8104),
    ] + CheckoutConfiguration.settings
}
