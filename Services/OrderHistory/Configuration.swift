import Backends
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum OrderHistorySettings {
  static let all =
    RedisConfiguration.settings(.events, user: "order-history") + RedisConfiguration.settings(.cache, user: "order-history")
    + AuthSettings.verification + AuthSettings.calls + [
      ServiceClient.setting("order", port: 8102),
      ServiceClient.setting("payment", port: 8103),
      ServiceClient.setting("rider", port: 8104),
    ]
}
