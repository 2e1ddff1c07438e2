import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum ShopSettings {
  static let all = ServiceDefaults.settings("shop")
}
