import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum ReviewSettings {
  static let all = ServiceDefaults.settings("review")
}
