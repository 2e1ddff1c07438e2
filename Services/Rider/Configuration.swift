import Backends
import Postgres
import Redis
import ServiceClient
import Web

/// The service's own keys, beside those that every service has.
enum RiderSettings {
  static let all =
    PostgresConfiguration.settings(database: "rider") + RedisConfiguration.settings(.events, user: "rider")
    + AuthSettings.verification + AuthSettings.calls + [
      ServiceClient.setting("order", port: 8102),
      Setting("offer.timeout", default: "15s", "how long a rider has to answer an offer"),
      Setting("offer.retry", default: "1s", "when to look again for a delivery that no rider was found for"),
    ]
}

extension Dispatcher.Configuration {
  /// - Throws: `SettingsError` that names the key.
  init(_ settings: Settings) throws(SettingsError) {
    self.init(timeout: try settings.duration("offer.timeout"), retry: try settings.duration("offer.retry"))
  }
}
