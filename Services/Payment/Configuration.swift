import ServiceClient
import ServiceDefaults
import Web

/// The settings of this service, in addition to those of every service.
enum PaymentSettings {
  static let all =
    ServiceDefaults.settings("payment")
    + ServiceClient.settings("provider", port: 8301, deadline: nil, bulkhead: 256, failures: 20) + [
      Setting("provider.key", default: nil, isSecret: true, "the API key that the card network issued"),
      Setting("provider.deadline", default: "2s", "how long a call of the card network may take, including its retries"),
      Setting("provider.webhook.secret", default: nil, isSecret: true, "the secret with which the card network signs webhooks"),
      Setting(
        "provider.webhook.tolerance", default: "5m", "how far the signing time of a webhook may differ from the current time"),
    ]
}
