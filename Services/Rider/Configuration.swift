import RuntimeConfiguration
import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum RiderSettings {
  static let all =
    ServiceDefaults.settings("rider") + [
      Setting("offer.timeout", default: "15s", "how long a rider has to answer an offer"),
      Setting("offer.retry", default: "1s", "when to look again for a delivery that no rider was found for"),
    ]
}

extension Dispatcher.Configuration {
  /// - Throws: `SettingsError` that names the key.
  init(_ runtime: RuntimeConfiguration) throws(SettingsError) {
    let timeout = try runtime.duration("offer.timeout", in: .milliseconds(100)...(.seconds(600)))
    let retry = try runtime.duration("offer.retry", in: .milliseconds(50)...(.seconds(60)))
    self.init(timeout: { timeout.value }, retry: { retry.value })
  }
}
