import Concurrency
import Auth
import RuntimeConfiguration
import ServiceClient
import ServiceDefaults
import Web

extension ServiceClient {
  /// The client of the card network: patient with a network that fails now and then, for the breaker is for one that is gone. It takes this
  /// service's key with each request, and no access tokens.
  ///
  /// Its deadline can't change while the service runs: leases in the database depend on it.
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

extension Duration {
  var wholeMilliseconds: Int { Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}
