import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum OrderHistorySettings {
  static let all = ServiceDefaults.settings("order-history")
}
