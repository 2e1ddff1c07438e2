import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum __Service__Settings {
  static let all = ServiceDefaults.settings("__name__")
}
