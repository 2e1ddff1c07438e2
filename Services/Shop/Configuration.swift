import ServiceDefaults
import Web

/// The settings of the service: those of every service, and no others.
enum ShopSettings {
  static let all = ServiceDefaults.settings("shop")
}
