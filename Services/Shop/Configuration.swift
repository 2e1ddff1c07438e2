import Backends
import Discovery
import Postgres
import Redis
import Web

/// The service's own keys, beside those that every service has.
enum ShopSettings {
  static let all =
    PostgresConfiguration.settings(database: "shop") + RedisConfiguration.settings(.events, user: "shop")
    + AuthSettings.verification + Registration.settings
}
