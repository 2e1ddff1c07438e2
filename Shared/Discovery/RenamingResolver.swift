import ServiceClient
import ServiceLifecycle

/// Knows one service, whatever its asker calls it, under the name that it has in the registry.
struct RenamingResolver: ServiceResolver, Service {
  let base: RegistryResolver
  let service: String

  func addresses(of service: String) async throws -> [ServiceAddress] {
    try await base.addresses(of: self.service)
  }

  func run() async throws {
    try await base.run()
  }
}
