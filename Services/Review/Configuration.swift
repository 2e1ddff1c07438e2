import Backends
import Discovery
import Postgres
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum ReviewSettings {
  static let all =
    PostgresConfiguration.settings(database: "review") + RedisConfiguration.settings(.events, user: "review")
    + AuthSettings.verification + AuthSettings.calls + ServiceClient.settings("order", port: 8102) + Registration.settings
}
