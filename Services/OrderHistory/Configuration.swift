import Backends
import Discovery
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum OrderHistorySettings {
  static let all =
    RedisConfiguration.settings(.events, user: "order-history") + RedisConfiguration.settings(.cache, user: "order-history")
    + AuthSettings.verification + AuthSettings.calls + ServiceClient.settings("order", port: 8102)
    + ServiceClient.settings("payment", port: 8103) + ServiceClient.settings("rider", port: 8104) + Registration.settings
}
