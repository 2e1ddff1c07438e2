import ServiceClient
import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum PaymentSettings {
  static let all =
    ServiceDefaults.settings("payment")
    + ServiceClient.settings("provider", port: 8301, deadline: nil, bulkhead: 256, failures: 20) + [
      Setting("provider.key", default: nil, isSecret: true, "the key that the card network gave us"),
      Setting("provider.deadline", default: "2s", "how long a call of the card network may take, its repetitions included"),
      Setting("provider.webhook.secret", default: nil, isSecret: true, "what the card network signs its webhooks with"),
      Setting("provider.webhook.tolerance", default: "5m", "how far a webhook's time may be from ours"),
    ]
}
