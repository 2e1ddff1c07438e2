import RuntimeConfiguration
import ServiceDefaults
import Web

/// The settings of the service, in addition to those of every service.
enum RiderSettings {
  static let all =
    ServiceDefaults.settings("rider") + [
      Setting("offer.timeout", default: "15s", "time until an open offer expires"),
      Setting("offer.retry", default: "1s", "time until a delivery without a free rider is dispatched again"),
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
