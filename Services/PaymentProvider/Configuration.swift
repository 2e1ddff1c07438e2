import Postgres
import ServiceClient
import ServiceDefaults
import Web

/// The settings of this service, in addition to those of every service.
enum ProviderSettings {
  static let all =
    PostgresConfiguration.settings(database: "payment_provider") + [
      Setting("api.key", default: nil, isSecret: true, "the bearer token that callers must send"),
      Setting("webhook.url", default: "http://127.0.0.1:8103/provider/webhooks", "the URL to which webhooks are sent"),
      Setting("webhook.secret", default: nil, isSecret: true, "the secret with which webhooks are signed"),
      Setting("behaviour.error.rate", default: "0", "fraction of calls that fail, from 0 to 1"),
      Setting("behaviour.hang.rate", default: "0", "fraction of calls that get no response, from 0 to 1"),
      Setting("behaviour.delay", default: "0", "additional latency of every call in milliseconds"),
      Setting("behaviour.webhooks", default: "true", "whether webhooks are sent; those held back are sent later"),
      Setting("behaviour.seed", default: "1", "the same seed gives the same sequence of faults"),
    ]
}

extension FaultProfile {
  /// - Throws: `SettingsError` that names the key.
  init(_ settings: Settings) throws(SettingsError) {
    self.init(
      errorRate: try Self.rate("behaviour.error.rate", settings), hangRate: try Self.rate("behaviour.hang.rate", settings),
      delayMilliseconds: try settings.integer("behaviour.delay", in: Self.delays),
      webhooks: try settings.bool("behaviour.webhooks"), seed: try settings.integer("behaviour.seed", in: Self.seeds))
    guard errorRate + hangRate <= 1 else {
      throw settings.error("behaviour.hang.rate", "and behaviour.error.rate must not be more than 1 together")
    }
  }

  private static func rate(_ key: String, _ settings: Settings) throws(SettingsError) -> Double {
    guard let rate = Double(try settings.string(key)), rates.contains(rate) else {
      throw settings.error(key, "must be a number from 0 to 1")
    }
    return rate
  }
}

extension ServiceAddress {
  /// The receiver of webhooks.
  /// - Throws: `SettingsError` that names the key.
  static func webhooks(_ settings: Settings) throws(SettingsError) -> ServiceAddress {
    guard let address = ServiceAddress(try settings.string("webhook.url")) else {
      throw settings.error("webhook.url", "must be a URL such as http://127.0.0.1:8103/provider/webhooks")
    }
    return address
  }
}
