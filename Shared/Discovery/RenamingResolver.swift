import ServiceClient
import ServiceLifecycle

/// Resolves every requested name as one service of the registry.
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
