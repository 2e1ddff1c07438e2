import ServiceDefaults
import Web

/// The settings of the service, which are those of every service.
enum ReviewSettings {
  static let all = ServiceDefaults.settings("review")
}
