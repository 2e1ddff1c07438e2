import Auth
import RuntimeConfiguration
import ServiceClient
import ServiceDefaults
import Web

extension ServiceClient {
  /// The client of the card network. The circuit breaker tolerates a network that fails now and then. The network gets our API key and no
  /// access tokens.
  ///
  /// The deadline cannot change at run time, because leases in the database depend on it.
  static func cardNetwork(_ environment: ServiceEnvironment, _ runtime: RuntimeConfiguration) throws -> ServiceClient {
    let client = try ServiceClient(
      "provider",
      configuration: ServiceClientConfiguration(
        deadline: try environment.settings.duration("provider.deadline"), maximumResponseBytes: 1024 * 1024),
      credentials: NoCredentials(), for: environment)
    try client.follow(runtime, keys: "provider")
    return client
  }
}
