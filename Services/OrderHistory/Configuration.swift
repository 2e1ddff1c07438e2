import ServiceDefaults
import Web

/// The settings of this service, which are those of every service.
enum OrderHistorySettings {
  static let all = ServiceDefaults.settings("order-history")
}
